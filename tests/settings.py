"""What the tests read from the environment."""

import os


def in_ci() -> bool:
    """Whether this run decides about a change; then nothing may be left out."""
    return bool(os.environ.get("CI"))

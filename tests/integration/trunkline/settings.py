"""What the functions of the tests are told, beside what the runtime reads."""

import os


def provider_url() -> str:
    """Where customers are charged."""
    return os.environ["PROVIDER_URL"]

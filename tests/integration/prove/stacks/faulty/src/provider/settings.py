"""Where the provider is."""

import os


def provider_url() -> str:
    """Its address."""
    return os.environ["PROVIDER_URL"]

"""Settings of this service beyond those of the runtime."""

import os


def message_gateway_url() -> str:
    """Returns the URL of the message gateway, or an empty string to use the inbox only."""
    return os.environ.get("MESSAGE_GATEWAY_URL", "")

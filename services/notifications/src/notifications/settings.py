"""What the template tells this service, beside what the runtime reads."""

import os


def message_gateway_url() -> str:
    """Where messages are sent that leave the app; empty where there is no such place."""
    return os.environ.get("MESSAGE_GATEWAY_URL", "")

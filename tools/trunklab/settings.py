"""Where things lie on this machine and which platform the command line talks to."""

import os
from pathlib import Path
from typing import Final

REPOSITORY: Final = Path(__file__).resolve().parents[2]
STATE_DIRECTORY: Final = REPOSITORY / ".trunkline"

LOCAL_STAGE: Final = "local"
LOCAL_PORT: Final = 4566
LOCAL_REGION: Final = "us-east-1"
LOCAL_ACCOUNT: Final = "000000000000"
LOCAL_CREDENTIAL: Final = "test"
"""Access key id and secret for the local platform, which checks neither by itself."""


def endpoint(given: str | None = None) -> str:
    """Return the platform's address: the one given, else AWS_ENDPOINT_URL, else the default."""
    return given or os.environ.get("AWS_ENDPOINT_URL") or f"http://127.0.0.1:{LOCAL_PORT}"


def environment_directory(name: str) -> Path:
    """Return the folder of one of the environments that `make setup` creates."""
    return REPOSITORY / ".venvs" / name


def inherited_environment() -> dict[str, str]:
    """Return a copy of this process's environment, for builds that need registries and proxies."""
    return dict(os.environ)

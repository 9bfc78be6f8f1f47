"""Folders of this checkout, and defaults of the local platform."""

import os
from pathlib import Path
from typing import Final

_TOOLS: Final = Path(__file__).resolve().parents[1]
REPOSITORY: Final = _TOOLS.parent if (_TOOLS / "setup.py").is_file() else Path.cwd()
"""This checkout; where the tools are installed as a wheel, the current folder."""

STATE_DIRECTORY: Final = REPOSITORY / ".trunkline"

LOCAL_STAGE: Final = "local"
LOCAL_PORT: Final = 4566
LOCAL_REGION: Final = "us-east-1"
LOCAL_ACCOUNT: Final = "000000000000"
LOCAL_CREDENTIAL: Final = "test"
"""Default access key id and secret of the local platform."""


def endpoint(given: str | None = None) -> str:
    """Returns the platform's address: the given one, else AWS_ENDPOINT_URL, else the default."""
    return given or os.environ.get("AWS_ENDPOINT_URL") or f"http://127.0.0.1:{LOCAL_PORT}"


def environment_directory(name: str) -> Path:
    """Returns the folder of one of the environments that `make setup` creates."""
    return REPOSITORY / ".venvs" / name


def inherited_environment() -> dict[str, str]:
    """Returns a copy of this process's environment, for builds that need registries and proxies."""
    return dict(os.environ)

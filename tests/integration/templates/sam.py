"""SAM CLI as a user calls it, without an account, credentials or Docker."""

import subprocess
from pathlib import Path
from typing import Final

from trunklab import settings

SAM: Final = settings.environment_directory("sam") / "bin" / "sam"

SAM_S_MAX: Final = 300
"""Seconds after which a SAM command has failed."""


def run(*arguments: str, folder: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """Runs `sam` in a folder, with these variables; the caller checks its exit status."""
    inherited = {
        key: value
        for key, value in settings.inherited_environment().items()
        if not key.startswith(("AWS_", "SAM_"))
    }
    return subprocess.run(  # noqa: S603 - SAM CLI, from our own environment
        [str(SAM), *arguments],
        cwd=folder,
        env=inherited | {"SAM_CLI_TELEMETRY": "0"} | variables,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=SAM_S_MAX,
        check=False,
    )

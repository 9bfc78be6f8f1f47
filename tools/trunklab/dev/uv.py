"""Runs our uv as pip is configured: `python -m trunklab.dev.uv pip install …`."""

import os
import sys
from typing import NoReturn

from trunklab import settings
from trunklab.dev import pip_registry
from trunklab.dev.errors import HouseError


def main() -> NoReturn:
    """Become uv; exit with 1 when pip cannot say how it is configured."""
    programs = settings.REPOSITORY / ".venv" / "bin"
    try:
        environment = pip_registry.uv_environment(programs / "python")
    except HouseError as error:
        sys.exit(f"uv: {error}")
    os.execve(programs / "uv", ["uv", *sys.argv[1:]], environment)  # noqa: S606 - our own program


if __name__ == "__main__":
    main()

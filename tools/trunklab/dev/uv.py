"""Our uv with pip's registry, certificates and proxy: `python -m trunklab.dev.uv pip install …`.

A machine's administrator configures pip; uv reads none of that. The values go from pip into the
environment of one child process: they are never written to a file and never printed.
"""

import ast
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final, NoReturn

from trunklab import settings
from trunklab.dev.programs import CommandError

_UV_NAMES: Final[Mapping[str, tuple[str, ...]]] = {
    "index-url": ("UV_DEFAULT_INDEX",),
    "extra-index-url": ("UV_INDEX",),
    "find-links": ("UV_FIND_LINKS",),
    "trusted-host": ("UV_INSECURE_HOST",),
    "cert": ("SSL_CERT_FILE",),
    "client-cert": ("SSL_CLIENT_CERT",),
    "proxy": ("HTTP_PROXY", "HTTPS_PROXY"),
    "timeout": ("UV_HTTP_TIMEOUT",),
    "default-timeout": ("UV_HTTP_TIMEOUT",),
}

_READ_BY_PIP_INSTALL: Final = ("global", "install", ":env:")
"""Sections of pip's configuration that `pip install` reads, the strongest last."""

_MISLEADING: Final = ("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "CONDA_PREFIX")
"""Variables of the user's shell that point pip and uv at another environment."""

_PIP_CONFIG_S_MAX: Final = 60.0


def main() -> NoReturn:
    """Replaces this process by uv; exits with 1 if pip's configuration cannot be read."""
    programs = settings.REPOSITORY / ".venv" / "bin"
    try:
        environment = uv_environment(programs / "python")
    except CommandError as error:
        sys.exit(f"uv: {error}")
    os.execve(programs / "uv", ["uv", *sys.argv[1:]], environment)  # noqa: S606 - our own program


def plain_environment() -> dict[str, str]:
    """Returns this process's environment for venv and pip, without what would mislead them."""
    inherited = settings.inherited_environment().items()
    environment = {name: value for name, value in inherited if name not in _MISLEADING}
    # pip.conf may say user = true, which pip itself then refuses inside an environment.
    return environment | {"PIP_USER": "0", "PIP_DISABLE_PIP_VERSION_CHECK": "1"}


def uv_environment(python: Path) -> dict[str, str]:
    """Returns the environment in which uv uses the registry of the given Python's pip."""
    environment = plain_environment()
    translated = translate(parse_pip_settings(_pip_config(python, environment)))
    chosen = {name for name in environment if name.startswith("UV_")}
    environment |= {name: value for name, value in translated.items() if name not in chosen}
    # A linked file is the cache's own: an edit in place would reach every later environment.
    environment.setdefault("UV_LINK_MODE", "copy")
    return environment | {"UV_PYTHON_DOWNLOADS": "never", "UV_NO_PROGRESS": "1"}


def parse_pip_settings(listing: str) -> dict[str, str]:
    """Returns pip's effective settings from the output of `pip config list`."""
    sections: dict[str, dict[str, str]] = {section: {} for section in _READ_BY_PIP_INSTALL}
    for line in listing.splitlines():
        key, found, value = line.partition("=")
        section, _, name = key.rpartition(".")
        if found and section in sections:
            sections[section][name] = str(ast.literal_eval(value))
    return {name: value for section in sections.values() for name, value in section.items()}


def translate(pip_settings: Mapping[str, str]) -> dict[str, str]:
    """Returns pip's settings as the variables that uv reads."""
    variables = {
        variable: " ".join(value.split())
        for name, value in pip_settings.items()
        for variable in _UV_NAMES.get(name, ())
    }
    if "UV_FIND_LINKS" in variables:
        variables["UV_FIND_LINKS"] = variables["UV_FIND_LINKS"].replace(" ", ",")
    if "UV_INDEX" in variables:
        # pip looks for a version in every registry, uv only in the first that has the name.
        # The hashes in our lock files make pip's way safe.
        variables["UV_INDEX_STRATEGY"] = "unsafe-best-match"
    return variables


def _pip_config(python: Path, environment: Mapping[str, str]) -> str:
    command = [str(python), "-m", "pip", "config", "list"]
    try:
        done = subprocess.run(  # noqa: S603 - the pip of our own environment
            command,
            env=environment,
            capture_output=True,
            text=True,
            timeout=_PIP_CONFIG_S_MAX,
            check=True,
        )
    except (OSError, subprocess.SubprocessError) as error:
        # The output is left out: it may hold credentials.
        raise CommandError("reading pip's configuration", type(error).__name__) from error
    return done.stdout


if __name__ == "__main__":
    main()

"""Errors of the tools, as one tree.

TrunklabError                  anything that a command reports without a traceback
├── UsageError                 the command was called wrongly (exit status 2)
│   └── StateDirectoryError    the folder for the files of a run is not writable
├── EnvironmentMissingError    an environment of `make setup` is missing
├── PlatformError              the local platform cannot start or go on
│   ├── PortTakenError         something else listens where the platform should
│   ├── NotRunningError        no platform answers at the endpoint (exit status 2)
│   └── EmulatorError          the rented emulator did not start, or died
└── DeployError                a template cannot be deployed
    ├── TemplateError          the template itself is wrong, with file and place
    ├── BuildError             a function's package cannot be built
    └── HandlerImportError     a function's package does not import
"""

from enum import IntEnum
from pathlib import Path
from typing import ClassVar

from trunklab import settings


class ExitStatus(IntEnum):
    """Exit statuses of every command."""

    GOOD = 0
    FINDINGS = 1
    """The command found something, found nothing to show, or failed."""

    WRONG_USAGE = 2
    """The same call can never succeed: options, settings or files must change first."""

    INTERRUPTED = 130
    """Ended by Ctrl-C, as shells expect it."""


class TrunklabError(Exception):
    """A failure that a command reports without a traceback: what, where, what next."""

    exit_status: ClassVar[int] = ExitStatus.FINDINGS


class UsageError(TrunklabError):
    """A command was called in a way that can never work."""

    exit_status = ExitStatus.WRONG_USAGE


class StateDirectoryError(UsageError):
    """The folder for the files of a run is not a writable folder."""

    def __init__(self, path: Path, problem: str) -> None:
        state = settings.STATE_DIRECTORY
        super().__init__(
            f"{path} cannot be written: {problem}; {state} must be a folder of yours:"
            " remove it (it contains only caches and logs) or give it to your user"
        )


class EnvironmentMissingError(TrunklabError):
    """An environment of `make setup` is missing or incomplete."""

    def __init__(self, missing: Path) -> None:
        super().__init__(f"{missing} is missing: run `make setup`")


class PlatformError(TrunklabError):
    """The local platform cannot start or go on."""


class PortTakenError(PlatformError):
    """Something else listens where the platform should."""

    def __init__(self, port: int, owner: str) -> None:
        super().__init__(f"port {port} is taken by {owner}: stop it, or choose another with --port")


class NotRunningError(PlatformError):
    """No platform answers at the endpoint: a retry does not help, as for StageError."""

    exit_status = ExitStatus.WRONG_USAGE

    def __init__(self, endpoint: str) -> None:
        super().__init__(f"no platform answers at {endpoint}: start one with `trunkline up`")


class EmulatorError(PlatformError):
    """The rented emulator did not start, or died."""


class DeployError(TrunklabError):
    """A template cannot be deployed."""

    def __init__(self, template: Path, problem: str) -> None:
        within = template.is_relative_to(settings.REPOSITORY)
        shown = template.relative_to(settings.REPOSITORY) if within else template
        super().__init__(f"{shown}: {problem}")
        self.template = template
        self.problem = problem


class TemplateError(DeployError):
    """The template itself is wrong; the problem names line or logical id."""


class BuildError(DeployError):
    """A function's package cannot be built."""


class HandlerImportError(DeployError):
    """A function's handler cannot be imported from its package."""

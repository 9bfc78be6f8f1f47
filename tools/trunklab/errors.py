"""What can go wrong in the workshop, as one tree.

TrunklabError                  anything a command reports in one or two lines, without a trace
├── UsageError                 the command was called wrongly (exit status 2)
│   └── StateDirectoryError    the folder for what a run writes cannot be written
├── EnvironmentMissingError    an environment that `make setup` creates is not there
├── PlatformError              the local platform cannot start or go on
│   ├── PortTakenError         something else listens where the platform should
│   ├── NotRunningError        no platform answers at the endpoint
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
    """The command found something, or found nothing where something was asked for, or failed."""

    WRONG_USAGE = 2
    """The same call can never succeed: options, settings or files must change first."""

    INTERRUPTED = 130
    """Ended by Ctrl-C, as shells expect it."""


class TrunklabError(Exception):
    """A failure that a command reports as it stands; the message says what, where, what next."""

    exit_status: ClassVar[int] = ExitStatus.FINDINGS


class UsageError(TrunklabError):
    """A command was called in a way that can never work."""

    exit_status = ExitStatus.WRONG_USAGE


class StateDirectoryError(UsageError):
    """The folder for what a run writes is no folder, or not ours to write."""

    def __init__(self, path: Path, problem: str) -> None:
        state = settings.STATE_DIRECTORY
        super().__init__(
            f"{path} cannot be written: {problem}; {state} must be a folder of yours:"
            " remove it (it holds nothing but caches and logs) or give it to your user",
        )
        self.path = path
        self.problem = problem


class EnvironmentMissingError(TrunklabError):
    """An environment that `make setup` creates is absent or half made."""

    def __init__(self, missing: Path) -> None:
        super().__init__(f"{missing} is missing: run `make setup`")
        self.missing = missing


class PlatformError(TrunklabError):
    """The local platform cannot start or go on."""


class PortTakenError(PlatformError):
    """Something else listens where the platform should."""

    def __init__(self, port: int, owner: str) -> None:
        super().__init__(
            f"port {port} is taken by {owner}: stop it, or choose another with --port",
        )
        self.port = port


class NotRunningError(PlatformError):
    """No platform answers at the endpoint."""

    def __init__(self, endpoint: str) -> None:
        super().__init__(f"no platform answers at {endpoint}: start one with `trunkline up`")
        self.endpoint = endpoint


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

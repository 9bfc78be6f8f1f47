"""Keeps unit and contract tests off the network: they need nothing but this process."""

import ipaddress
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

ONLINE: Final = frozenset({"integration", "e2e", "browser"})
"""Folders of tests that may connect to other machines; all others need only this process."""


class NetworkUsedError(Exception):
    """A test that should need only this machine connected to another one."""


class _Guard:
    """An audit hook cannot be taken back, so this one is switched on and off."""

    def __init__(self) -> None:
        self.is_on = False

    def __call__(self, event: str, arguments: tuple[object, ...]) -> None:
        if self.is_on and event == "socket.connect" and not _is_local(arguments[1]):
            raise NetworkUsedError(f"connecting to {arguments[1]}: run the part in this process")


_ROOT: Final = Path(__file__).parents[1]
_GUARD: Final = _Guard()
sys.addaudithook(_GUARD)


@pytest.fixture(autouse=True)
def offline(request: pytest.FixtureRequest) -> Iterator[None]:
    """Refuse connections that leave the machine, in tests that should need none."""
    _GUARD.is_on = ONLINE.isdisjoint(request.path.relative_to(_ROOT).parts)
    yield
    _GUARD.is_on = False


def _is_local(address: object) -> bool:
    """Whether a socket address is this machine's: loopback, or a Unix socket's path."""
    if not isinstance(address, tuple):
        return True
    try:
        ip = ipaddress.ip_address(str(address[0]))
        return (getattr(ip, "ipv4_mapped", None) or ip).is_loopback  # Python 3.13 does it itself
    except ValueError:
        return str(address[0]) == "localhost"

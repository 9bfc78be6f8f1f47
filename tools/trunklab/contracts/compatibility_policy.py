"""Compatibility policies: how a contract may change within one major."""

from enum import StrEnum
from typing import Final

from schemas.compatibility import COMPATIBILITY_DEFAULT


class Promise(StrEnum):
    """One direction of compatibility; an optional field may always be added."""

    BACKWARD = "backward"
    """Consumers of the new version read every event of the old one."""

    FORWARD = "forward"
    """Consumers of the old version read every event of the new one."""


class Policy(StrEnum):
    """The `compatibility` of a contract, named as in schema registries."""

    BACKWARD = "BACKWARD"
    BACKWARD_TRANSITIVE = "BACKWARD_TRANSITIVE"
    FORWARD = "FORWARD"
    FORWARD_TRANSITIVE = "FORWARD_TRANSITIVE"
    FULL = "FULL"
    FULL_TRANSITIVE = "FULL_TRANSITIVE"

    @property
    def promises(self) -> frozenset[Promise]:
        """The directions that every change must keep."""
        return _PROMISES[self.removesuffix(_TRANSITIVE)]

    @property
    def transitive(self) -> bool:
        """True if the promises hold for every committed version of this major."""
        return self.endswith(_TRANSITIVE)

    def weaker_than(self, other: "Policy") -> bool:
        """True if the other policy has a promise that this one lacks."""
        return self.with_promises_of(other) != self

    def with_promises_of(self, other: "Policy") -> "Policy":
        """Returns the policy with the promises of both."""
        both = self.promises | other.promises
        name = next(name for name, kept in _PROMISES.items() if kept == both)
        transitive = _TRANSITIVE if self.transitive or other.transitive else ""
        return Policy(name + transitive)


_TRANSITIVE: Final = "_TRANSITIVE"
_PROMISES: Final = {
    "BACKWARD": frozenset({Promise.BACKWARD}),
    "FORWARD": frozenset({Promise.FORWARD}),
    "FULL": frozenset(Promise),
}

DEFAULT: Final = Policy(COMPATIBILITY_DEFAULT)
"""The policy of a contract file without one."""

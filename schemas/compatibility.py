"""Compatibility modes of a contract."""

from typing import Final

COMPATIBILITIES: Final = (
    "BACKWARD",
    "BACKWARD_TRANSITIVE",
    "FORWARD",
    "FORWARD_TRANSITIVE",
    "FULL",
    "FULL_TRANSITIVE",
)
"""Values of `compatibility=`. BACKWARD: new consumers read old events. FORWARD: old consumers read
new events. FULL: both. _TRANSITIVE: for every committed version, not only the last."""

COMPATIBILITY_DEFAULT: Final = "FULL"
"""FULL, because other teams deploy consumers before and after the producer, and the archive replays
old events to new consumers."""

"""Which promises a contract can make about its own changes, and which it makes by default."""

from typing import Final

COMPATIBILITIES: Final = (
    "BACKWARD",
    "BACKWARD_TRANSITIVE",
    "FORWARD",
    "FORWARD_TRANSITIVE",
    "FULL",
    "FULL_TRANSITIVE",
)
"""What `compatibility=` takes. BACKWARD: new consumers read old events; FORWARD: old consumers read
new events; FULL: both; _TRANSITIVE: against every committed version, not only the last."""

COMPATIBILITY_DEFAULT: Final = "FULL"
"""Consumers are deployed before and after their producer, by other teams, and the archive replays
old events to new consumers: both directions are met in every change."""

"""Time, ids and randomness in one place, so that a run can be replayed."""

import json
import random
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Self

from trunkline.bounds import BACKOFF_BASE_S, BACKOFF_CAP_S

_EVENT_IDS = uuid.UUID("b7c1a0de-5f0e-5c6b-9a63-5d2f1f0c7a11")
"""Namespace of all derived ids; changing it would let a redelivery emit new ids."""


@dataclass(frozen=True)
class Effects:
    """Clock, pauses and randomness of one process.

    `now` is wall time in UTC, `monotonic_s` and `sleep_s` use seconds, `chance` is the source of
    jitter and new trace ids.
    """

    now: Callable[[], datetime]
    monotonic_s: Callable[[], float]
    sleep_s: Callable[[float], None]
    chance: random.Random = field(repr=False)

    @classmethod
    def real(cls) -> Self:
        """Returns the effects of a live process."""
        return cls(
            now=lambda: datetime.now(UTC),
            monotonic_s=time.monotonic,
            sleep_s=time.sleep,
            # From the system, without own state: processes that are forked, or started from one
            # snapshot (SnapStart), must never choose the same ids.
            chance=random.SystemRandom(),
        )

    @classmethod
    def seeded(cls, seed: int, start: datetime) -> Self:
        """Returns effects that depend on the seed only: time advances by pauses only."""
        elapsed = [0.0]

        def sleep_s(seconds: float) -> None:
            elapsed[0] += seconds

        return cls(
            now=lambda: start + timedelta(seconds=elapsed[0]),
            monotonic_s=lambda: elapsed[0],
            sleep_s=sleep_s,
            chance=random.Random(seed),  # noqa: S311 - jitter and ids, no secrets
        )

    def random_hex(self, digits: int) -> str:
        """Returns this number of random hexadecimal digits."""
        return f"{self.chance.getrandbits(4 * digits):0{digits}x}"

    def backoff_s(self, attempt: int) -> float:
        """Returns the pause in seconds after this attempt (0, 1, …): exponential, full jitter."""
        return self.chance.uniform(0.0, min(BACKOFF_CAP_S, BACKOFF_BASE_S * 2.0**attempt))


def derived_id(*parts: str) -> str:
    """Returns an id that is always the same for the same parts (UUID version 5)."""
    # As JSON, so that parts stay separate: ("a", "b") and ("a\nb",) give different ids.
    return str(uuid.uuid5(_EVENT_IDS, json.dumps(parts)))

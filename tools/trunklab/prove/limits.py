"""Every bound of the prover, with its unit and its reason."""

from typing import Final

INVOCATION_S_MIN: Final = 5.0
"""Seconds an invocation of a handler may take: short, since who waits for a lease waits for its
end, and enough for a batch of calls to a provider, each of which asks for two to be left."""

CLEAN_INVOCATION_S: Final = 10.0
"""Seconds an invocation of a clean run may take: nobody waits for its end."""

INVOCATION_TIMES: Final = 4.0
"""An invocation may take at least so many times as long as the slowest one of a clean run."""

ATTEMPTS_MAX: Final = 5
"""How often a client sends a request, or Lambda an event, that gets no answer."""

DRAIN_S: Final = 60.0
"""Seconds until a queue that does not become empty is given up; leases are some seconds long."""

HELD_S: Final = 60.0
"""Seconds until a call is held; none should come near."""

RECEIVE_S: Final = 1
"""Seconds one receive waits for a message."""

POLL_S: Final = 0.002

TIMES_PER_POINT_MAX: Final = 5
"""How often a point is tried that a run does not come to, for who runs handlers side by side
does not always make the same calls."""

CLEAN_RUNS_APART_S: Final = 1.1
"""Seconds between two clean runs: whatever counts whole seconds tells them apart."""

RUNS_AT_ONCE: Final = 16
"""Runs side by side: most of them wait, for a lease or for the emulator."""

BODY_CHARACTERS_MAX: Final = 200
"""Characters shown of one value."""

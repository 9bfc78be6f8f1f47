"""Every bound of the prover, with its unit and its reason."""

from typing import Final

STRUCK_S_MIN: Final = 5.0
"""Seconds an invocation may take that is killed or held: short, since who waits for its leases
waits for its end, and enough for a batch of calls to a provider, each of which asks for two to be
left. Where it does not come to its call it is tried again with twice the time."""

INVOCATION_S: Final = 60.0
"""Seconds an invocation may take that is not to be struck: nobody waits for its end, and a machine
that is busy must not end it."""

ATTEMPTS_MAX: Final = 5
"""How often a client sends a request, or Lambda an event, that gets no answer."""

ENDS_S: Final = 300.0
"""Seconds without any progress after which a run cannot be judged; none should come near."""

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

BUGS_AT_ONCE: Final = 3
"""Planted bugs tried side by side, each with an emulator of its own: most of them wait."""

BUG_S: Final = 900.0
"""Seconds after which a planted bug cannot be judged; none should come near."""

BUGS_SAMPLED: Final = 2
"""Planted bugs of a sample."""

SAMPLE_SHARE: Final = 4
"""A sample has one in so many of the strikes."""

BODY_CHARACTERS_MAX: Final = 200
"""Characters shown of one value."""

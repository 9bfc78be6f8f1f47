"""The testing kit of consumer teams: their service in a real process on real AWS semantics.

`trunklab.testing.plugin` has the fixtures; docs/testing.md tells how to use them.
"""

from trunklab.testing.inspection import DeadLetter
from trunklab.testing.read_recorder import reads_of
from trunklab.testing.service import Answered, Handled, Service

__all__ = ["Answered", "DeadLetter", "Handled", "Service", "reads_of"]

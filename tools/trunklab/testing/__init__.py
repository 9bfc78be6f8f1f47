"""The testing kit: runs a service in real processes on real AWS semantics, see docs/testing.md."""

from trunklab.testing.read_recorder import reads_of
from trunklab.testing.sandbox import DeadLetter
from trunklab.testing.service import Answered, Handled, Service

__all__ = ["Answered", "DeadLetter", "Handled", "Service", "reads_of"]

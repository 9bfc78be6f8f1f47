"""A value that was found, boxed, since null is one."""

from dataclasses import dataclass

from trunklab.schema_solver.shape import JSON


@dataclass(frozen=True, slots=True)
class Found:
    """A value, which may be None."""

    value: JSON

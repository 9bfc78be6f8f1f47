"""Whether two versions of a contract say the same of a field."""

from dataclasses import replace

from trunklab.contracts.impact.break_search import Versions
from trunklab.contracts.impact.field_paths import Path
from trunklab.contracts.impact.path_outcomes import outcomes
from trunklab.schema_solver.schema_paths import reached
from trunklab.schema_solver.shape import ArrayShape, ConstantShape, ObjectShape, Shape


def same_at(versions: Versions, path: Path) -> bool:
    """Whether the same values may stand there, objects and lists looked at by their kind alone."""
    if outcomes(versions.old_node, path).keys() != outcomes(versions.new_node, path).keys():
        return False
    old, new = (
        {_said(shape) for shape in reached(node, path).shapes}
        for node in (versions.old_node, versions.new_node)
    )
    return old == new


def _said(shape: Shape) -> str:
    """What a shape demands, without its place."""
    if isinstance(shape, ObjectShape | ArrayShape):
        return type(shape).__name__
    if isinstance(shape, ConstantShape):
        return f"{type(shape.value).__name__} {shape.value!r}"
    return repr(replace(shape, place=""))

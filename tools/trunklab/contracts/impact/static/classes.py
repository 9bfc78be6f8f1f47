"""The classes of a service and of the contracts: their members, fields and aliases."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from trunklab.contracts.impact.static.analysis import Analysis
from trunklab.contracts.impact.static.names import dotted
from trunklab.contracts.impact.static.sources import CONTRACTS, Module
from trunklab.contracts.impact.static.types import Places
from trunklab.contracts.impact.static.values import Class, Frame, Function

_MODELS = frozenset({"pydantic.BaseModel", "pydantic.RootModel"})


@dataclass(frozen=True)
class Member:
    """A function of a class."""

    function: Function
    kind: str
    """`method`, `property`, `staticmethod` or `classmethod`."""


def family(analysis: Analysis, one: Class) -> Iterator[Class]:
    """The class and those it inherits from, as far as their source is there."""
    waiting, seen = [one], set[Class]()
    while waiting:
        current = waiting.pop(0)
        if current in seen:
            continue
        seen.add(current)
        yield current
        frame = Frame(current.module, {})
        for base in current.node.bases:
            named = base.value if isinstance(base, ast.Subscript) else base
            value = analysis.evaluate(analysis, frame, named)
            waiting += [found for found in value if isinstance(found, Class)]


def member(analysis: Analysis, one: Class, name: str) -> Member | None:
    """The function of that name, the class's own or inherited."""
    for current in family(analysis, one):
        for node in current.node.body:
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name == name:
                return Member(Function(node, current.module), _kind(node))
            if isinstance(node, ast.Assign) and any(
                isinstance(target, ast.Name) and target.id == name for target in node.targets
            ):
                return _assigned(analysis, current, node.value)
    return None


def _assigned(analysis: Analysis, one: Class, value: ast.expr) -> Member | None:
    """`m = lambda self: ...`, `m = other`, `m = property(other)`; None for all else."""
    if isinstance(value, ast.Lambda):
        return Member(Function(value, one.module), "method")
    if isinstance(value, ast.Name) and any(
        isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name == value.id
        for node in one.node.body
    ):
        return member(analysis, one, value.id)
    if isinstance(value, ast.Call) and ast.unparse(value.func) == "property" and value.args:
        getter = _assigned(analysis, one, value.args[0])
        return getter and Member(getter.function, "property")
    return None


def around(module: Module, node: ast.AST) -> ast.ClassDef | None:
    """The class in whose body the node stands, the innermost one."""
    within = [
        one
        for one in ast.walk(module.tree)
        if isinstance(one, ast.ClassDef) and any(inner is node for inner in ast.walk(one))
    ]
    return within[-1] if within else None


def implicit(analysis: Analysis, one: Class) -> list[Function]:
    """What operators, `with`, `for` and `len` call without its name standing there."""
    if is_contracts(one):
        return []
    return [
        Function(node, current.module)
        for current in family(analysis, one)
        for node in current.node.body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.name.startswith("__")
        and node.name not in {"__init__", "__post_init__", "__new__", "__call__"}
        and _kind(node) == "method"
    ]


def constant(analysis: Analysis, one: Class, name: str) -> tuple[ast.expr, Module] | None:
    """The value that the class itself gives to a name."""
    for current in family(analysis, one):
        for node in current.node.body:
            if isinstance(node, ast.Assign) and any(
                isinstance(target, ast.Name) and target.id == name for target in node.targets
            ):
                return node.value, current.module
            if _names(node, name) and isinstance(node, ast.AnnAssign) and node.value is not None:
                return node.value, current.module
    return None


def fields(analysis: Analysis, one: Class) -> list[str]:
    """What objects of the class are made of, in the order of a dataclass: inherited first."""
    names = [
        node.target.id
        for current in reversed(list(family(analysis, one)))
        for node in current.node.body
        if isinstance(node, ast.AnnAssign)
        and isinstance(node.target, ast.Name)
        and "ClassVar" not in ast.unparse(node.annotation)
    ]
    return list(dict.fromkeys(names))


def is_model(analysis: Analysis, one: Class) -> bool:
    """Whether it is a Pydantic model: making one validates all that is handed over."""
    return any(
        dotted(analysis, Frame(current.module, {}), base) in _MODELS
        for current in family(analysis, one)
        for base in current.node.bases
    )


def is_contracts(one: Class) -> bool:
    """Whether the contracts' package defines it."""
    return one.module.name.partition(".")[0] == CONTRACTS


def of_places(analysis: Analysis, places: Places) -> list[Class]:
    """The classes that a value of the event may be of."""
    wanted = set(analysis.types.class_names(places))
    if not wanted:
        return []
    return [
        Class(node, module)
        for module in analysis.sources.contract_modules()
        for node in module.tree.body
        if isinstance(node, ast.ClassDef) and node.name in wanted
    ]


def alias(analysis: Analysis, one: Class, name: str) -> str:
    """The name in the JSON of a field that has another there; empty if it has none."""
    for current in family(analysis, one):
        for node in current.node.body:
            if isinstance(node, ast.AnnAssign) and _names(node, name):
                for call in ast.walk(node):
                    found = _alias_in(call)
                    if found:
                        return found
    return ""


def _alias_in(node: ast.AST) -> str:
    if not isinstance(node, ast.Call):
        return ""
    named = {
        keyword.arg: str(keyword.value.value)
        for keyword in node.keywords
        if keyword.arg in {"alias", "serialization_alias"}
        and isinstance(keyword.value, ast.Constant)
    }
    return named.get("serialization_alias") or named.get("alias", "")


def _names(node: ast.stmt, name: str) -> bool:
    return (
        isinstance(node, ast.AnnAssign)
        and isinstance(node.target, ast.Name)
        and node.target.id == name
    )


def _kind(node: ast.FunctionDef | ast.AsyncFunctionDef) -> str:
    for decorator in node.decorator_list:
        named = ast.unparse(decorator).rpartition(".")[2]
        if named in {"staticmethod", "classmethod"}:
            return named
        if named in {"property", "cached_property"}:
            return "property"
    return "method"

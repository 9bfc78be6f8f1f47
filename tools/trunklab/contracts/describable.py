"""Check that a contract's model and its exported schema accept the same values.

Reads the core schema that Pydantic validates with, node by node. Node types and keys listed here
are in the exported schema too. Every other one is an error with the path of the field.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from inspect import getattr_static
from typing import Any, Final

from pydantic import BaseModel

from schemas.event import Event, PersonalData
from schemas.formats import StringFormat
from trunklab.contracts.errors import NotDescribedError
from trunklab.schema_solver.errors import UndecidedError
from trunklab.schema_solver.number_search import EXACT_MAX
from trunklab.schema_solver.regex_parser import demands
from trunklab.schema_solver.schema_reader import is_annotation

CoreNode = Mapping[str, Any]
Fault = tuple[str, str]
"""Problem, what to do."""

_SILENT: Final = frozenset({"type", "ref", "metadata", "strict"})
"""Keys of any node that accept and reject nothing: data is validated strictly in any case."""

_BOUNDS: Final = frozenset({"ge", "gt", "le", "lt"})
_COUNTS: Final = frozenset({"min_length", "max_length"})
_DESCRIBED: Final[Mapping[str, frozenset[str]]] = {
    "any": frozenset(),
    "none": frozenset(),
    "bool": frozenset(),
    "int": _BOUNDS | {"multiple_of"},
    "float": _BOUNDS,
    "str": _COUNTS | {"pattern"},
    "literal": frozenset({"expected"}),
    "enum": frozenset({"cls", "members", "sub_type"}),
    "list": _COUNTS | {"items_schema"},
    "tuple": _COUNTS | {"items_schema", "variadic_item_index"},
    "dict": _COUNTS | {"keys_schema", "values_schema"},
    "nullable": frozenset({"schema"}),
    "default": frozenset({"schema", "default", "copy_default"}),
    "union": frozenset({"choices", "mode"}),
    "tagged-union": frozenset({"choices", "discriminator", "from_attributes"}),
    "model": frozenset({"cls", "schema", "config"}),
    "model-fields": frozenset({"fields", "model_name"}),
    "model-field": frozenset({"schema", "frozen"}),
    "definitions": frozenset({"schema", "definitions"}),
    "definition-ref": frozenset({"schema_ref"}),
}
"""Core schema types of event data, each with the keys that the exported schema describes."""

_FREE_CONFIG: Final = frozenset({"title", "strict", "defer_build"})
"""Configuration of a model that accepts and rejects nothing."""

_ANY_KEY: Final = {"type": "str"}
_OWN_METHODS: Final = (
    "to_data",
    "from_data",
    "_validated",
    "model_dump_json",
    "model_validate_json",
)

_CODE: Final = (
    "has a validator in code",
    "use Field constraints, Literal or Enum, or check it in the producer",
)
_ALIAS: Final = ("has an alias", "name the field as it is sent")
_SET: Final = ("drops duplicates, which the schema refuses", "use tuple or list")
_FAULTS: Final[Mapping[str, Fault]] = {
    "function-before": _CODE,
    "function-after": _CODE,
    "function-wrap": _CODE,
    "function-plain": _CODE,
    "missing": ("has a validator in code (_missing_)", "list every value in the Enum"),
    "custom_init": ("has an __init__ in code", "remove it"),
    "post_init": ("has model_post_init or private attributes", "remove them"),
    "serialization": ("is serialized in code", "remove the serializer"),
    "computed_fields": ("has a computed field", "declare a field that the producer sets"),
    "default_factory": ("has a default made in code", "declare the value as the default"),
    "validation_alias": _ALIAS,
    "serialization_alias": _ALIAS,
    "serialization_exclude": ("is never sent (exclude=True)", "remove the field"),
    "multiple_of": ("has multiple_of on a float, which Pydantic rounds", "use an int"),
    "date": ("accepts strings that are not of the format date", "use schemas.formats.Date"),
    "datetime": ("accepts strings that are not date-time", "use schemas.formats.DateTime"),
    "uuid": ("accepts strings that are not of the format uuid", "use schemas.formats.Uuid"),
    "set": _SET,
    "frozenset": _SET,
}
"""By the type or key of a node."""

_TYPES: Final = (
    "use str, int, float, bool, Literal, Enum, list, tuple, dict[str, ...], a class derived from "
    "Value, or a type of schemas.formats"
)
_STRINGS: Final = "use strings, or for integers an IntEnum"

_PART: Final = re.compile(r"\\.|\[\^?(?:\\.|[^\]\\])*\]|.", re.DOTALL)
"""An escape, a class, or one character."""

_BRACED_ESCAPE: Final = re.compile(r"\\[xuU]\{")
_CLASS_ESCAPE: Final = re.compile(r"\\([dDwWsS])")
_DIFFERENCES: Final[Mapping[str, str]] = {
    "d": r"write [0-9] instead of \d, which Pydantic extends to all Unicode digits",
    "w": r"write [A-Za-z0-9_] instead of \w, which Pydantic extends to all Unicode letters",
    "s": r"list the characters instead of \s, which includes U+FEFF in JSON Schema only",
}


def check_described(contract: type[Event]) -> None:
    """Raises NotDescribedError for every field that the exported schema cannot describe."""
    reader = _Reader()
    faults = [
        ("", f"overrides {name}", "remove the method")
        for name in _OWN_METHODS
        if getattr_static(contract, name) is not getattr_static(Event, name)
    ]
    faults += reader.faults(contract.__pydantic_core_schema__, "")
    if faults:
        raise NotDescribedError(contract.__name__, tuple(dict.fromkeys(faults)))


@dataclass
class _Reader:
    """Reads each definition once: a recursive model ends there."""

    definitions: dict[str, CoreNode] = field(default_factory=dict)
    read: set[str] = field(default_factory=set)

    def faults(self, node: CoreNode, path: str) -> Iterator[tuple[str, str, str]]:
        """Yields path, problem and remedy of every fault in a node."""
        if _is_known(node):
            return
        kind = node["type"]
        if kind not in _DESCRIBED:
            yield path, *_FAULTS.get(kind, (f"has the type {kind}", _TYPES))
            return
        given = {key for key, value in node.items() if value not in (None, False, [])}
        for key in sorted(given - _DESCRIBED[kind] - _SILENT):
            yield path, *_FAULTS.get(key, (f"sets {key}, which is not exported", "remove it"))
        for problem, remedy in (*_hook_faults(node), *self._own_faults(node)):
            yield path, problem, remedy
        for step, inner in self._inner(node):
            yield from self.faults(inner, f"{path}{step}".removeprefix("."))

    def _inner(self, node: CoreNode) -> Iterator[tuple[str, CoreNode]]:
        match node:
            case {"type": "definitions"}:
                self.definitions = {inner["ref"]: inner for inner in node["definitions"]}
            case {"type": "definition-ref", "schema_ref": ref} if ref not in self.read:
                self.read.add(ref)
                yield "", self.definitions[ref]
            case {"type": "model-fields"}:
                yield from ((f".{name}", inner) for name, inner in node["fields"].items())
            case {"type": "list" | "dict"}:
                inner = node.get("items_schema", node.get("values_schema"))
                yield "[]" if node["type"] == "list" else ".*", inner or {"type": "any"}
            case {"type": "tuple"}:
                yield from (("[]", inner) for inner in node["items_schema"])
            case {"choices": choices}:
                yield from (("", inner) for inner in _members(choices))
        if "schema" in node:
            yield "", node["schema"]

    def _own_faults(self, node: CoreNode) -> Iterator[Fault]:
        match node:
            case {"type": "str", "pattern": pattern} if remedy := _pattern_remedy(pattern):
                yield "has a pattern that validators read differently", remedy
            case {"type": "float"} if any(
                abs(node.get(bound, 0)) >= EXACT_MAX for bound in _BOUNDS
            ):
                yield "has a float bound of 2**53 or more, where integers are rounded", "use an int"
            case {"type": "literal"} if not all(
                isinstance(value, str | None) for value in node["expected"]
            ):
                yield "has a Literal of another type than str", _STRINGS
            case {"type": "enum"} if not _is_exact(node):
                yield "has an Enum of another type than str or int", _STRINGS
            case {"type": "dict"} if node.get("keys_schema", _ANY_KEY) != _ANY_KEY:
                yield "has a dict with keys other than plain str", "use dict[str, ...]"
            case {"type": "model"}:
                yield from _config_faults(node)
            case {"type": "tagged-union"}:
                yield from self._tag_faults(node)

    def _tag_faults(self, node: CoreNode) -> Iterator[Fault]:
        tag = node["discriminator"]
        if not isinstance(tag, str):
            yield "has a discriminator in code", 'name a field: Field(discriminator="kind")'
            return
        for model in self._models(node):
            # Without fields it has a validator in code, which is another fault.
            named = model["schema"].get("fields", {}).get(tag)
            if named is not None and named["schema"]["type"] == "default":
                name = model["cls"].__name__
                yield f"has a discriminator with a default in {name}", f"remove {tag}'s default"

    def _models(self, node: CoreNode) -> Iterator[CoreNode]:
        """Yields the models of a union, however it is nested."""
        if node["type"] == "model":
            yield node
        elif node["type"] == "definition-ref":
            yield from self._models(self.definitions[node["schema_ref"]])
        for inner in _members(node.get("choices", ())):
            yield from self._models(inner)


def _is_known(node: CoreNode) -> bool:
    """True if the node is a type of schemas.formats, or Pydantic's JsonValue."""
    function = node.get("function")  # of a NamedTuple it is the class itself
    validate = function.get("function") if isinstance(function, Mapping) else None
    is_format = isinstance(getattr(validate, "__self__", None), StringFormat)
    return is_format or str(node.get("ref")).startswith("pydantic.types.JsonValue:")


def _members(choices: Any) -> list[CoreNode]:
    """Returns the choices of a union, which Pydantic has in three forms."""
    listed = choices.values() if isinstance(choices, Mapping) else choices
    return [inner[0] if isinstance(inner, tuple) else inner for inner in listed]


def _is_exact(node: CoreNode) -> bool:
    """True if no JSON value of another type equals a member, as true equals 1."""
    return node.get("sub_type") == "int" or all(
        isinstance(member.value, str) for member in node["members"]
    )


def _config_faults(node: CoreNode) -> Iterator[Fault]:
    own, inherited = node["cls"].model_config, Event.model_config
    changed = {key for key in {*own, *inherited} if own.get(key) != inherited.get(key)}
    if changed - _FREE_CONFIG:
        name, keys = node["cls"].__name__, ", ".join(sorted(changed - _FREE_CONFIG))
        yield f"is a {name}, configured differently: {keys}", f"derive {name} from Value alone"


def _hook_faults(node: CoreNode) -> Iterator[Fault]:
    """Yields changes of the exported schema that the model does not have."""
    metadata = node.get("metadata", {})
    hooks = [
        *metadata.get("pydantic_js_functions", ()),
        *metadata.get("pydantic_js_annotation_functions", ()),
    ]
    if node["type"] != "enum" and not all(map(_is_ours, hooks)):
        yield "has its own JSON Schema in code", "remove __get_pydantic_json_schema__"
    for key in ("pydantic_js_extra", "pydantic_js_updates"):
        added = metadata.get(key, {})
        names = added if isinstance(added, Mapping) else ("json_schema_extra",)
        for name in names:
            if name == "default" or not is_annotation(name):
                yield f"adds {name} to the schema alone", "use a Field constraint"


def _is_ours(hook: Any) -> bool:
    plain = getattr_static(BaseModel, "__get_pydantic_json_schema__").__func__
    owner = getattr(hook, "__self__", None)
    return getattr(hook, "__func__", None) is plain or isinstance(
        owner, PersonalData | StringFormat
    )


def _pattern_remedy(pattern: object) -> str | None:
    """Returns a portable replacement, or None if ECMA-262 and Rust agree on the pattern."""
    if not isinstance(pattern, str):
        return "declare the pattern as a str, not as a compiled one"
    if _BRACED_ESCAPE.search(pattern.replace(r"\\", "")):
        return r"write the character instead of \x{…}, which ECMA-262 reads as a repetition"
    for part in _PART.findall(pattern):
        if part == ".":
            return r"write [^\n] instead of ., which excludes \r in JSON Schema"
        escape = _CLASS_ESCAPE.search(part.replace(r"\\", ""))
        if escape is not None:
            return _DIFFERENCES[escape[1].lower()]
    try:
        demands(pattern)
    except UndecidedError as error:
        return f"write it in plain classes, groups and repetitions: {error}"
    return None

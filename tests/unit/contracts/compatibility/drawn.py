"""Random models and random changes of them, as Pydantic writes them down."""

from random import Random
from typing import Annotated, Any, Final, Literal, cast

from pydantic import Field, create_model

from schemas.event import Value
from tests.unit.contracts.compatibility.models import Fields

Plan = tuple[Any, ...]
"""A type before it is made: its kind, and what it is made of."""

PATTERNS: Final = (None, None, "^[a-z]+$", "^[a-z]{1,3}$", "^a", "^[a-c]*$", "^(a|b)+$")
WORDS: Final = ("a", "b", "c", 1, 2)
NAMES: Final = ("x", "y", "z")
DEPTH: Final = 3
PLAIN: Final = ("int", "text", "literal", "bool", "number")
KINDS: Final = (*PLAIN, "list", "map", "record", "optional", "union", "tagged", "tuple")


def plan(random: Random, depth: int = 0) -> Plan:
    """Draw a type."""
    return _drawn(random, random.choice(KINDS if depth < DEPTH else PLAIN), depth)


def record(random: Random, depth: int = 0) -> Plan:
    """Draw a record: each field with a type, and whether it has to be there."""
    names = random.sample(NAMES, random.randint(0, len(NAMES)))
    return "record", tuple((name, random.random() < 0.5, plan(random, depth + 1)) for name in names)


def changed(random: Random, old: Plan, depth: int = 0) -> Plan:
    """Change one part of a type, or none."""
    if random.random() < 0.15:
        return plan(random, depth)
    kind, *parts = old
    if kind == "record":
        return "record", _changed_fields(random, parts[0], depth)
    inner = [at for at, part in enumerate(parts) if isinstance(part, tuple) and part[0] in KINDS]
    if not inner:
        return _drawn(random, str(kind), depth)
    at = random.choice(inner)
    if random.random() < 0.2:
        return cast("Plan", parts[at])
    parts[at] = changed(random, parts[at], depth + 1)
    return kind, *parts


def annotation(of: Plan) -> Any:
    """Make the type."""
    match of:
        case ("int" | "number" as kind, low, high, step):
            bounds = Field(ge=low, le=high, multiple_of=step)
            return Annotated[int if kind == "int" else float, bounds]
        case ("text", low, high, pattern):
            return Annotated[str, Field(min_length=low, max_length=high, pattern=pattern)]
        case ("literal", words):
            return Literal[words]
        case ("bool",):
            return bool
    return _made_of_others(of)


def fields_of(of: Plan) -> Fields:
    """The fields of a record, for `models.model`."""
    return _fields(of[1])


def _made_of_others(of: Plan) -> Any:
    kind, *parts = of
    if kind == "record":
        return create_model("Record", __base__=Value, **_fields(parts[0]))
    if kind == "tagged":
        made = [_member(tag, fields) for tag, fields in parts[0]]
        return made[0] if len(made) == 1 else Annotated[_union(made), Field(discriminator="k")]
    types = [annotation(part) for part in parts if isinstance(part, tuple)]
    if kind == "list":
        low, high = parts[1:]
        return Annotated[list[types[0]], Field(min_length=low, max_length=high)]  # type: ignore[valid-type]  # made at run time
    if kind == "optional":
        return types[0] | None
    if kind == "union":
        return _union(types)
    return dict[str, types[0]] if kind == "map" else tuple[tuple(types)]  # type: ignore[valid-type, misc]  # made at run time


def _union(types: list[Any]) -> Any:
    made = types[0]
    for one in types[1:]:
        made = made | one
    return made


def _member(tag: str, fields: Any) -> Any:
    return create_model(f"Member{tag}", __base__=Value, k=(Literal[tag], ...), **_fields(fields))


def _fields(fields: Any) -> Fields:
    # None is no value of most types; it only stands for "may be absent".
    return {name: (annotation(of), ... if must else None) for name, must, of in fields}


def _drawn(random: Random, kind: str, depth: int) -> Plan:
    if kind in {"int", "number", "text", "literal", "bool"}:
        return _plain(random, kind)
    match kind:
        case "list":
            low = random.randint(0, 2)
            return kind, plan(random, depth + 1), low, random.choice((None, low + 1))
        case "map" | "optional":
            return kind, plan(random, depth + 1)
        case "record":
            return record(random, depth)
        case "tagged":
            tags = random.sample("pqr", random.randint(1, 3))
            return kind, tuple((tag, record(random, depth + 1)[1]) for tag in sorted(tags))
    return kind, plan(random, depth + 1), plan(random, depth + 1)


def _plain(random: Random, kind: str) -> Plan:
    low, high = sorted((random.randint(-3, 9), random.randint(-3, 9)))
    match kind:
        case "int" | "number":
            step = random.choice((None, None, None, 2, 3)) if kind == "int" else None
            return kind, random.choice((None, low)), random.choice((None, high)), step
        case "text":
            least, most = max(low, 0), max(high, 0) + 1
            return kind, least, random.choice((None, most)), random.choice(PATTERNS)
        case "literal":
            return kind, tuple(random.sample(WORDS, random.randint(1, 3)))
    return ("bool",)


def _changed_fields(random: Random, fields: Any, depth: int) -> Any:
    kept = [
        (name, must, changed(random, of, depth + 1) if random.random() < 0.5 else of)
        for name, must, of in fields
        if random.random() < 0.9
    ]
    if kept and random.random() < 0.2:
        name, must, of = kept.pop()
        kept.append((name, not must, of))
    if random.random() < 0.3:
        free = [name for name in NAMES if name not in {name for name, _, _ in kept}]
        kept += [(name, random.random() < 0.4, plan(random, depth + 1)) for name in free[:1]]
    return tuple(kept)

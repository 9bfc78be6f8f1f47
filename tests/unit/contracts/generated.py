"""Contracts made from a seed, of every type that a contract may use."""

from collections.abc import Callable, Mapping
from enum import Enum, IntEnum
from itertools import count
from random import Random
from typing import Annotated, Any, Final, Literal

from pydantic import Field, JsonValue, create_model

from schemas.event import PERSONAL, Event, Value
from schemas.formats import Date, DateTime, Uuid
from tests.unit.contracts.drawn_events import drawn

CONTRACTS_MADE: Final = 30
FIELDS_MAX: Final = 5
DEPTH_MAX: Final = 2
PATTERNS: Final = (None, "^[A-Z]{2}$", "^[a-z0-9-]+$", r"^[^\u0000-\u001f]*$", "^(a|bc)+$", "x")
WORDS: Final = ("card", "invoice", "", "ä", "null", "1")

Maker = Callable[[Random, int], Any]


class Colour(Enum):
    """Strings."""

    RED = "red"
    BLUE = "blue"


class Level(IntEnum):
    """Integers."""

    LOW = -1
    HIGH = 7


class Point(Value):
    """A value that another one has twice."""

    x: int
    y: float = 0.0


class Line(Value):
    """Two points."""

    start: Point
    end: Point | None = None


def generated(seed: int) -> type[Event]:
    """Declares a contract with an example that was drawn from its own model."""
    random, makers = Random(seed), (*LEAVES, *NESTED)  # noqa: S311 - examples, no secrets
    # One type after the other comes first, so that none is left out.
    fields = {"first": (makers[seed % len(makers)](random, 1), ...), **_fields(random, 0)}
    draft = _declared(seed, fields, {"id": "unused"})
    return _declared(seed, fields, drawn(draft, random).to_data())


def _declared(seed: int, fields: dict[str, Any], example: Mapping[str, Any]) -> type[Event]:
    keywords = {
        "source": "fleet.vans",
        "owner": "team-fleet",
        "subject": "id",
        "examples": (example,),
    }
    body = {"id": (str, ...), **fields}
    return create_model(f"ThingMade{seed}", __base__=Event, __cls_kwargs__=keywords, **body)


def _fields(random: Random, depth: int) -> dict[str, Any]:
    return {f"f{at}": _field(random, depth) for at in range(random.randint(1, FIELDS_MAX))}


def _field(random: Random, depth: int) -> Any:
    of = _type(random, depth + 1)
    kind = random.choice(("required", "required", "optional", "default"))
    if kind == "optional":
        return (of | None, None)
    return (bool, False) if kind == "default" else (of, ...)


def _type(random: Random, depth: int) -> Any:
    makers = LEAVES if depth > DEPTH_MAX else (*LEAVES, *NESTED)
    return random.choice(makers)(random, depth)


def _integer(random: Random, _depth: int) -> Any:
    low = random.choice((None, -3, 0, 2**53))
    step = random.choice((None, None, 5))
    high = None if low is None or random.random() < 0.3 else low + 20
    strict = random.choice((None, True, False))
    return Annotated[int, Field(ge=low, lt=high, multiple_of=step, strict=strict)]


def _number(random: Random, _depth: int) -> Any:
    low = random.choice((None, -0.5, 0, 1e15))
    return Annotated[float, Field(gt=low, strict=random.choice((None, True)))]


def _text(random: Random, _depth: int) -> Any:
    pattern = random.choice(PATTERNS)
    least, most = (2, 40) if pattern is None else (None, random.choice((None, 30)))
    return Annotated[str, Field(min_length=least, max_length=most, pattern=pattern), PERSONAL]


def _literal(random: Random, _depth: int) -> Any:
    return Literal[tuple(random.sample(WORDS, random.randint(1, 3)))]


def _named(of: Any) -> Maker:
    return lambda _random, _depth: of


def _list(random: Random, depth: int) -> Any:
    inner = _type(random, depth + 1)
    of = random.choice((list[inner], tuple[inner, ...]))  # type: ignore[valid-type]  # made at run time
    least = random.randint(0, 2)
    return Annotated[of, Field(min_length=least, max_length=random.choice((None, least + 1)))]


def _map(random: Random, depth: int) -> Any:
    inner = _type(random, depth + 1)
    return Annotated[dict[str, inner], Field(min_length=random.choice((0, 1)))]  # type: ignore[valid-type]  # made at run time


def _value(random: Random, depth: int) -> Any:
    return create_model(f"Part{next(_NUMBERS)}", __base__=Value, **_fields(random, depth))


def _union(random: Random, _depth: int) -> Any:
    return random.choice((int | str, bool | float | None, Colour | int, Date | bool))


def _tagged(random: Random, depth: int) -> Any:
    first, second = (
        create_model(
            f"Kind{next(_NUMBERS)}",
            __base__=Value,
            kind=(Literal[tag], ...),
            **_fields(random, depth),
        )
        for tag in ("a", "b")
    )
    return Annotated[first | second, Field(discriminator="kind")]


_NUMBERS: Final = count()

LEAVES: Final[tuple[Maker, ...]] = (
    _integer,
    _number,
    _text,
    _literal,
    _union,
    *map(_named, (bool, Colour, Level, Date, DateTime, Uuid)),
)
NESTED: Final[tuple[Maker, ...]] = (
    _list,
    _map,
    _value,
    _tagged,
    *map(_named, (Any, JsonValue, Line)),
)

"""Events made by a contract's constructor, drawn from what its model validates with."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta, timezone
from random import Random
from typing import Any, Final, TypeVar
from uuid import UUID

from schemas.event import Event
from trunklab.schema_solver.random_values import random_text
from trunklab.schema_solver.shape import TextShape

ANY_VALUES: Final[tuple[Any, ...]] = (
    None,
    True,
    0,
    -7,
    2.5,
    "",
    "ü",
    [],
    [1, {"a": None}],
    {"b": [0.5]},
)
DEPTH_MAX: Final = 6
FAR: Final = 1000

CoreNode = Mapping[str, Any]
Made = TypeVar("Made", bound=Event)


def drawn(contract: type[Made], random: Random) -> Made:
    """Returns an event of the contract."""
    event = _Drawing(random).value(contract.__pydantic_core_schema__, 0)
    assert isinstance(event, contract)
    return event


class _Drawing:
    def __init__(self, random: Random) -> None:
        self.random = random
        self.definitions: dict[str, CoreNode] = {}

    def value(self, node: CoreNode, depth: int) -> Any:
        """A Python value that the node accepts."""
        kind = node["type"]
        draw = getattr(self, f"_{kind.replace('-', '_')}")
        return draw(node, depth + 1)

    def _definitions(self, node: CoreNode, depth: int) -> Any:
        self.definitions = {inner["ref"]: inner for inner in node["definitions"]}
        return self.value(node["schema"], depth)

    def _definition_ref(self, node: CoreNode, depth: int) -> Any:
        return self.value(self.definitions[node["schema_ref"]], depth)

    def _model(self, node: CoreNode, depth: int) -> Any:
        fields = node["schema"]["fields"].items()
        given = {
            name: self.value(field["schema"], depth)
            for name, field in fields
            if field["schema"]["type"] != "default" or (depth < DEPTH_MAX and self._maybe())
        }
        return node["cls"](**given)

    def _default(self, node: CoreNode, depth: int) -> Any:
        return self.value(node["schema"], depth)

    def _nullable(self, node: CoreNode, depth: int) -> Any:
        return self.value(node["schema"], depth) if self._maybe() else None

    def _union(self, node: CoreNode, depth: int) -> Any:
        return self.value(self.random.choice(node["choices"]), depth)

    def _tagged_union(self, node: CoreNode, depth: int) -> Any:
        return self.value(self.random.choice(list(node["choices"].values())), depth)

    def _list(self, node: CoreNode, depth: int) -> Any:
        return [self.value(node["items_schema"], depth) for _ in range(self._length(node, 3))]

    def _tuple(self, node: CoreNode, depth: int) -> Any:
        (inner,) = node["items_schema"]
        return tuple(self.value(inner, depth) for _ in range(self._length(node, 3)))

    def _dict(self, node: CoreNode, depth: int) -> Any:
        names = (f"name {at}ß" for at in range(self._length(node, 3)))
        return {name: self.value(node["values_schema"], depth) for name in names}

    def _int(self, node: CoreNode, _depth: int) -> int:
        step = node.get("multiple_of", 1)
        low = node.get("ge", node.get("gt", -FAR - 1) + 1)
        high = node.get("le", node.get("lt", max(low, 0) + FAR + 1) - 1)
        first, last = -(-low // step), high // step
        return int(step * self.random.choice((first, last, self.random.randint(first, last))))

    def _float(self, node: CoreNode, _depth: int) -> float:
        low = float(node.get("gt", -FAR))
        return self.random.choice((low + FAR + abs(low), low + self.random.random() + abs(low)))

    def _str(self, node: CoreNode, _depth: int) -> str:
        patterns = (node["pattern"],) if "pattern" in node else ()
        shape = TextShape("", patterns, node.get("min_length", 0), node.get("max_length"))
        text = random_text(shape, self.random)
        assert text is not None
        return text

    def _literal(self, node: CoreNode, _depth: int) -> Any:
        return self.random.choice(node["expected"])

    def _enum(self, node: CoreNode, _depth: int) -> Any:
        return self.random.choice(node["members"])

    def _bool(self, _node: CoreNode, _depth: int) -> bool:
        return self._maybe()

    def _none(self, _node: CoreNode, _depth: int) -> None:
        return None

    def _any(self, _node: CoreNode, _depth: int) -> Any:
        return self.random.choice(ANY_VALUES)

    def _json_or_python(self, node: CoreNode, depth: int) -> Any:
        return self._any(node, depth)

    def _function_plain(self, node: CoreNode, _depth: int) -> Any:
        """One of schemas.formats."""
        day = self.random.choice((date.min, date.max, date(2028, 2, 29)))
        zone = timezone(timedelta(minutes=self.random.choice((-1439, 0, 90))))
        microsecond = self.random.choice((0, 1, 999_999))
        made: dict[str, Any] = {
            "date": day,
            "date-time": datetime(day.year, day.month, day.day, 23, 59, 59, microsecond, zone),
            "uuid": UUID(int=self.random.getrandbits(128)),
        }
        return made[node["function"]["function"].__self__.name]

    def _length(self, node: CoreNode, extra: int) -> int:
        least = int(node.get("min_length", 0))
        return min(
            least + self.random.randint(0, extra), int(node.get("max_length", least + extra))
        )

    def _maybe(self) -> bool:
        return self.random.random() < 0.5

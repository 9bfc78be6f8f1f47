"""Random contracts with so few events that all of them can be tried, and patterns about them."""

from collections.abc import Iterator
from itertools import islice, product
from pathlib import PurePosixPath
from random import Random
from typing import Any, Final

from trunklab.contracts.contract import Contract

Schema = dict[str, Any]

KEYS: Final = ("a", "b", "c")
TEXTS: Final = ("x", "xy", "y")
VALUES_MAX: Final = 1_500
CONDITIONS: Final[tuple[Any, ...]] = (
    *("x", "xy", "y", "z", "", 0, 1, 2, 3, True, False, None),
    *({"exists": True}, {"exists": False}, {"prefix": "x"}, {"suffix": "y"}, {"wildcard": "x*"}),
    *({"anything-but": "x"}, {"anything-but": ["x", "xy"]}, {"anything-but": [1, 2]}),
    *({"anything-but": {"prefix": "x"}}, {"equals-ignore-case": "XY"}, {"cidr": "10.0.0.0/8"}),
    *({"numeric": [">", 0]}, {"numeric": ["<=", 1]}, {"numeric": [">", 0, "<", 2]}),
)


def a_contract(random: Random) -> Contract:
    """A contract, with an example or without."""
    while True:
        data = an_object(random, 2)
        values = list(islice(every(data), VALUES_MAX + 1))
        if 1 <= len(values) <= VALUES_MAX:
            break
    examples = [random.choice(values)] if random.random() < 0.5 else []
    heads = {"x-source": "shop.small", "x-detail-type": "Small", "x-subject": "id"}
    return Contract(PurePosixPath("small.json"), {**heads, **data, "examples": examples})


def an_object(random: Random, levels: int) -> Schema:
    """An object with optional and required fields."""
    keys = random.sample(KEYS, random.randint(1, 2 if levels else 3))
    return {
        "type": "object",
        "properties": {key: a_schema(random, levels - 1) for key in keys},
        "required": [key for key in keys if random.random() < 0.5],
    }


def a_schema(random: Random, levels: int) -> Schema:
    """A schema of any kind that has few values."""
    kind = random.randrange(9)
    if levels <= 0 or kind < 4:
        return a_leaf(random)
    if kind < 6:
        return an_object(random, levels)
    if kind == 6:
        arms = [a_schema(random, levels - 1) for _ in range(2)]
        return {"anyOf": arms}
    return an_array(random, levels)


def an_array(random: Random, levels: int) -> Schema:
    """An array of at most two elements; sometimes a tuple, sometimes a set."""
    if random.random() < 0.2:
        prefix = [a_schema(random, levels - 1) for _ in range(2)]
        return {"type": "array", "prefixItems": prefix, "minItems": 2, "maxItems": 2}
    least = random.randint(0, 2)
    found = {
        "type": "array",
        "items": a_schema(random, levels - 1),
        "minItems": least,
        "maxItems": random.randint(max(least, 1), 2),
    }
    return found | ({"uniqueItems": True} if random.random() < 0.2 else {})


def a_leaf(random: Random) -> Schema:
    """An enum, a constant, truth, a few whole numbers, null or any of these."""
    kind = random.randrange(6)
    if kind < 2:
        return {"enum": random.sample(TEXTS, random.randint(1, 2))}
    if kind == 2:
        return {"type": "boolean"}
    if kind == 3:
        low = random.randint(0, 2)
        return {"type": "integer", "minimum": low, "maximum": low + random.randint(0, 1)}
    if kind == 4:
        return {"anyOf": [{"const": random.choice([*TEXTS, 1])}, {"type": "null"}]}
    return {"const": random.choice([*TEXTS, 0, 1, True, None])}


def every(schema: Schema) -> Iterator[Any]:
    """Every value of a schema, some more than once."""
    if "enum" in schema:
        yield from schema["enum"]
    elif "const" in schema:
        yield schema["const"]
    elif "anyOf" in schema:
        for arm in schema["anyOf"]:
            yield from every(arm)
    elif schema["type"] in {"boolean", "null"}:
        yield from [True, False] if schema["type"] == "boolean" else [None]
    elif schema["type"] == "integer":
        yield from range(schema["minimum"], schema["maximum"] + 1)
    elif schema["type"] == "array":
        yield from _arrays(schema)
    else:
        yield from _objects(schema)


def _arrays(schema: Schema) -> Iterator[Any]:
    if "prefixItems" in schema:
        yield from map(list, product(*map(list, map(every, schema["prefixItems"]))))
        return
    items = list(islice(every(schema["items"]), VALUES_MAX + 1))
    for count in range(schema["minItems"], schema["maxItems"] + 1):
        for found in product(items, repeat=count):
            if not ("uniqueItems" in schema and count > 1 and repr(found[0]) == repr(found[1])):
                yield list(found)


_GONE: Final = object()


def _objects(schema: Schema) -> Iterator[Any]:
    options = []
    for key, inner in schema["properties"].items():
        values = list(islice(every(inner), VALUES_MAX + 1))
        options.append(values if key in schema["required"] else [_GONE, *values])
    for found in product(*options):
        members = zip(schema["properties"], found, strict=True)
        yield {key: value for key, value in members if value is not _GONE}


def a_pattern(random: Random, contract: Contract) -> dict[str, Any]:
    """A pattern about the contract's fields, now and then about others."""
    data = a_pattern_of(random, contract.document)
    found: dict[str, Any] = {"detail": {"data": data}} if data else {}
    if not found or random.random() < 0.3:
        found["source"] = ["shop.small"]
    if random.random() < 0.4:
        arms = [a_pattern_of(random, contract.document) for _ in range(random.randint(2, 3))]
        if all(arms):
            found["$or"] = [{"detail": {"data": arm}} for arm in arms]
    return found


def a_pattern_of(random: Random, schema: Schema) -> dict[str, Any]:
    """What a pattern says of an object's fields."""
    found: dict[str, Any] = {}
    properties = schema.get("properties", {})
    for key in random.sample(KEYS, random.randint(1, 2)):
        if key not in properties and random.random() < 0.8:
            continue
        inner = _an_object_in(random, properties.get(key, {}))
        below = a_pattern_of(random, inner) if inner and random.random() < 0.85 else {}
        found[key] = below or random.sample(CONDITIONS, random.randint(1, 3))
    return found


def _an_object_in(random: Random, schema: Schema) -> Schema | None:
    if "properties" in schema:
        return schema
    inner = [schema["items"]] if "items" in schema else schema.get("prefixItems", [])
    inner = [*inner, *schema.get("anyOf", [])]
    return _an_object_in(random, random.choice(inner)) if inner else None

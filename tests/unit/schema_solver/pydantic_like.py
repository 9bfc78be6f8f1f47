"""Random schemas of the kind that Pydantic writes, and values that may have such a shape."""

from random import Random
from typing import Any, Final

Schema = dict[str, Any]

KEYS: Final = ("id", "total", "lines", "note", "kind", "a.b")
PATTERNS: Final = (
    r"^[A-Z]{2}$",
    r"^[a-z0-9-]+$",
    r"^\d{1,3}(\.\d{2})?$",
    r"^[^\x00-\x1f]*$",
    r"x|y$",
    r"^\S+@\S+$",
    r"^(?!^[-+.]*$)[+-]?0*\d*\.?\d*$",
)
FORMATS: Final = ("date", "date-time", "uuid", "email", "ipv4", "uri", "time", "uuid4")
LEVELS: Final = 3


def a_document(random: Random) -> Schema:
    """A model with definitions; one of them may hold itself."""
    names = ("Money", "Tree")
    document = an_object(random, LEVELS, names)
    tree = an_object(random, 1, ())
    tree["properties"]["children"] = {"type": "array", "items": {"$ref": "#/$defs/Tree"}}
    return document | {"$defs": {"Money": a_schema(random, 1, ()), "Tree": tree}}


def a_schema(random: Random, levels: int, names: tuple[str, ...]) -> Schema:
    """Any schema."""
    kind = random.randrange(12)
    if names and kind == 0:
        return {"$ref": f"#/$defs/{random.choice(names)}", "description": "by name"}
    if levels <= 0 or kind < 6:
        return random.choice((a_text, a_number, a_constant))(random)
    if kind < 8:
        return an_object(random, levels, names)
    if kind == 8:
        return {"anyOf": [a_schema(random, levels - 1, names), {"type": "null"}], "default": None}
    if kind == 9:
        return a_map(random, levels, names)
    return a_union(random, levels, names) if kind == 10 else an_array(random, levels, names)


def a_text(random: Random) -> Schema:
    """Text with bounds, a pattern or a format."""
    found: Schema = {"type": "string"}
    if random.random() < 0.4:
        return found | {"pattern": random.choice(PATTERNS)}
    if random.random() < 0.3:
        return found | {"format": random.choice(FORMATS)}
    least = random.randint(0, 3)
    return found | {"minLength": least, "maxLength": least + random.randint(0, 5)}


def a_number(random: Random) -> Schema:
    """A number with bounds, open or closed, or a multiple."""
    found: Schema = {"type": random.choice(("integer", "number"))}
    low = random.choice((-3, 0, 0.5, 10**12))
    if random.random() < 0.6:
        found[random.choice(("minimum", "exclusiveMinimum"))] = low
    if random.random() < 0.6:
        found[random.choice(("maximum", "exclusiveMaximum"))] = low + random.choice((2, 7.5))
    if random.random() < 0.3:
        found["multipleOf"] = random.choice((2, 0.5, 0.01))
    return found


def a_constant(random: Random) -> Schema:
    """Truth, null, a literal or an enum."""
    options: tuple[Schema, ...] = (
        {"type": "boolean"},
        {"type": "null"},
        {"const": random.choice(("card", 1, None, True)), "title": "Literal"},
        {"enum": ["EUR", "USD"], "type": "string"},
        {"enum": [1, 2, "x", None]},
        {"type": ["string", "null"]},
        {},
    )
    return random.choice(options)


def an_object(random: Random, levels: int, names: tuple[str, ...]) -> Schema:
    """A model."""
    keys = random.sample(KEYS, random.randint(1, 3))
    found: Schema = {
        "type": "object",
        "properties": {key: a_schema(random, levels - 1, names) for key in keys},
        "required": [key for key in keys if random.random() < 0.5],
    }
    return found | ({"additionalProperties": False} if random.random() < 0.2 else {})


def a_map(random: Random, levels: int, names: tuple[str, ...]) -> Schema:
    """A dict, with bounds or rules for its keys."""
    found: Schema = {"type": "object"}
    inner = a_schema(random, levels - 1, names)
    if random.random() < 0.3:
        found["patternProperties"] = {"^[a-z]$": inner}
    else:
        found["additionalProperties"] = inner
    if random.random() < 0.3:
        found["propertyNames"] = {"pattern": "^[a-z]+$"}
    return found | ({"minProperties": 1} if random.random() < 0.3 else {})


def a_union(random: Random, levels: int, names: tuple[str, ...]) -> Schema:
    """A union, with a discriminator or without."""
    if random.random() < 0.5:
        return {"anyOf": [a_schema(random, levels - 1, names) for _ in range(2)]}
    arms = []
    for tag in ("cat", "dog"):
        arm = an_object(random, levels - 1, names)
        arm["properties"]["kind"] = {"const": tag, "type": "string"}
        arms.append(arm | {"required": sorted({*arm["required"], "kind"})})
    return {"oneOf": arms, "discriminator": {"propertyName": "kind"}}


def an_array(random: Random, levels: int, names: tuple[str, ...]) -> Schema:
    """A list, a set or a tuple."""
    inner = a_schema(random, levels - 1, names)
    kind = random.randrange(4)
    if kind == 0:
        other = a_schema(random, levels - 1, names)
        return {"type": "array", "prefixItems": [inner, other], "minItems": 2, "maxItems": 2}
    found: Schema = {"type": "array", "items": inner, "minItems": random.randint(0, 2)}
    return found | ({"uniqueItems": True, "minItems": 0} if kind == 1 else {})


def bent(random: Random, value: Any) -> Any:
    """The value with something changed somewhere, so that it may or may not be valid."""
    if isinstance(value, dict) and value and random.random() < 0.85:
        key = random.choice(list(value))
        if random.random() < 0.2:
            return {name: one for name, one in value.items() if name != key}
        return {**value, key: bent(random, value[key])}
    if isinstance(value, list) and value and random.random() < 0.85:
        index = random.randrange(len(value))
        return [*value[:index], bent(random, value[index]), *value[index:]]
    if isinstance(value, str) and random.random() < 0.7:
        return random.choice((value + "x", value[1:], value.upper(), "", "EUR"))
    if isinstance(value, int | float) and not isinstance(value, bool) and random.random() < 0.7:
        return random.choice((value + 1, value - 1, -value, value + 0.5, float(value)))
    return random.choice((None, True, 0, 1.0, "card", [], {}, {"id": 1}))

"""What a reader of a field loses when its contract changes."""

from pathlib import PurePosixPath
from typing import Any, Final

import pytest

from trunklab.contracts.contract import Contract
from trunklab.contracts.impact.break_search import Versions
from trunklab.contracts.impact.consumer_breaks import losses
from trunklab.contracts.impact.field_paths import covers, normal

Schema = dict[str, Any]

TEXT: Final[Schema] = {"type": "string"}
WHOLE: Final[Schema] = {"type": "integer"}


def record(required: list[str] | None = None, **properties: Schema) -> Schema:
    """An object; all its fields are required unless some are named."""
    names = list(properties) if required is None else required
    return {"type": "object", "properties": properties, "required": names}


def any_of(*schemas: Schema) -> Schema:
    """A union."""
    return {"anyOf": list(schemas)}


NULL: Final[Schema] = {"type": "null"}
CARD: Final = record(token=TEXT)
LATER: Final = record(days=WHOLE)

LOST: Final[dict[str, tuple[Schema, Schema, str, list[str]]]] = {
    "a field": (record(a=TEXT), record(), "a", ["a, which is no longer there"]),
    "a field below": (
        record(a=record(b=TEXT)),
        record(a=record()),
        "a.b",
        ["a.b, which is no longer there"],
    ),
    "what it lies in": (record(a=record(b=TEXT)), record(), "a.b", ["a, which is no longer there"]),
    "a guarantee": (record(a=TEXT), record([], a=TEXT), "a", ["a, which may be absent"]),
    "a guarantee above": (
        record(a=record(b=TEXT)),
        record([], a=record(b=TEXT)),
        "a.b",
        ["a, which may be absent"],
    ),
    "no null": (record(a=TEXT), record(a=any_of(TEXT, NULL)), "a", ["a, which may be null"]),
    "no null above": (
        record(a=record(b=TEXT)),
        record(a=any_of(record(b=TEXT), NULL)),
        "a.b",
        ["a, which may be null"],
    ),
    "its kind": (record(a=TEXT), record(a=WHOLE), "a", ["a, which may be of type integer"]),
    "whole numbers": (
        record(a=WHOLE),
        record(a={"type": "number"}),
        "a",
        ["a, which may be of type number"],
    ),
    "its format": (
        record(a={**TEXT, "format": "uuid"}),
        record(a=TEXT),
        "a",
        ["a, which may be of type string"],
    ),
    "that it is no list": (
        record(a=TEXT),
        record(a={"type": "array", "items": TEXT}),
        "a",
        ["a, which may be of type array or may be of type string in an array"],
    ),
    "the kind of elements": (
        record(a={"type": "array", "items": TEXT}),
        record(a={"type": "array", "items": WHOLE}),
        "a",
        ["a, which may be of type integer in an array"],
    ),
    "a field of elements": (
        record(a={"type": "array", "items": record(b=TEXT)}),
        record(a={"type": "array", "items": record([], b=TEXT)}),
        "a.b",
        ["a.b, which may be absent"],
    ),
    "the only member": (
        record(a=CARD),
        record(a=any_of(CARD, LATER)),
        "a.token",
        ["a.token, which is no longer there"],
    ),
    "everything": (
        record(a=TEXT, b=record(c=TEXT)),
        record(b=record([], c=TEXT)),
        "*",
        ["a, which is no longer there", "b.c, which may be absent"],
    ),
    "everything of a part": (
        record(a=TEXT, b=record(c=TEXT, d=TEXT)),
        record(b=record(c=TEXT)),
        "b.*",
        ["b.d, which is no longer there"],
    ),
    "a value of a map": (
        record(a={"type": "object", "additionalProperties": TEXT}),
        record(a={"type": "object", "additionalProperties": WHOLE}),
        "a.x",
        ["a.x, which may be of type integer"],
    ),
    "a constant of another kind": (
        record(a={"const": "x"}),
        record(a={"enum": ["x", 1]}),
        "a",
        ["a, which may be of type integer"],
    ),
}

KEPT: Final[dict[str, tuple[Schema, Schema, str]]] = {
    "a field more": (record(a=TEXT), record(a=TEXT, b=TEXT), "a"),
    "another field": (record(a=TEXT, b=TEXT), record(a=TEXT), "a"),
    "a value more": (record(a={"enum": ["x"]}), record(a={"enum": ["x", "y"]}), "a"),
    "wider bounds": (record(a={**WHOLE, "maximum": 1}), record(a=WHOLE), "a"),
    "a stronger guarantee": (record([], a=TEXT), record(a=TEXT), "a"),
    "null no more": (record(a=any_of(TEXT, NULL)), record(a=TEXT), "a"),
    "a fraction no more": (record(a={"type": "number"}), record(a=WHOLE), "a"),
    "a part that is passed by": (record(a=record(b=TEXT)), record(a=record()), "a"),
    "a member less": (record(a=any_of(CARD, LATER)), record(a=CARD), "a.token"),
    "a field that only the new one has": (record(), record([], a=TEXT), "a"),
    "everything": (record(a=TEXT), record([*"a"], a=TEXT, b=TEXT), "*"),
}


def versions(old: Schema, new: Schema) -> Versions:
    """Two versions of a contract."""
    marks = {"x-source": "fleet.a", "x-detail-type": "A"}
    path = PurePosixPath("schemas/a/A.schema.json")
    return Versions(Contract(path, {**old, **marks}), Contract(path, {**new, **marks}), [])


@pytest.mark.parametrize(("old", "new", "path", "lost"), LOST.values(), ids=LOST.keys())
def test_a_loss_is_told_with_its_place(
    old: Schema, new: Schema, path: str, lost: list[str]
) -> None:
    """Each field once, with all that may be met there now."""
    assert [str(one) for one in losses(versions(old, new), [tuple(path.split("."))])] == lost


@pytest.mark.parametrize(("old", "new", "path"), KEPT.values(), ids=KEPT.keys())
def test_a_reader_that_meets_nothing_new_loses_nothing(old: Schema, new: Schema, path: str) -> None:
    """What it counted on is still so."""
    assert losses(versions(old, new), [tuple(path.split("."))]) == []


COVERED: Final = [
    ("a", "a", True),
    ("a.b", "a", True),
    ("a.*", "a", True),
    ("a.*", "a.b.c", True),
    ("*", "a.b", True),
    ("a", "a.b", False),
    ("a", "a.*", False),
    ("a.b", "a.*", False),
    ("a.b", "b", False),
    ("ab", "a", False),
]


@pytest.mark.parametrize(("path", "wanted", "expected"), COVERED)
def test_a_path_stands_for_what_leads_to_it(path: str, wanted: str, *, expected: bool) -> None:
    """And with a star for everything below, but never for more."""
    assert covers([tuple(path.split("."))], tuple(wanted.split("."))) is expected


def test_paths_that_say_nothing_more_are_left_out() -> None:
    """`a.b` says that `a` is looked at, and `c.*` all of `c`."""
    paths = (tuple(path.split(".")) for path in ["a", "a.b", "c.d", "c.*", "c"])

    assert normal(paths) == {("a", "b"), ("c", "*")}

"""Assignments of `--set`: an error names the nearest field or the allowed values."""

from copy import deepcopy

import pytest

from tests.unit.operate.test_event_generator import EXAMPLE, NESTED
from trunklab.errors import UsageError
from trunklab.operate.event_generator import data_node
from trunklab.operate.field_assignments import Assignment, parse_assignments


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("load", "Invalid --set 'load': use path=value"),
        ("=5", "Invalid --set '=5'"),
        (".id=5", "Invalid --set '.id=5'"),
        ("id.=5", "Invalid --set 'id.=5'"),
        ("lod.kind=none", "no field lod; did you mean load?"),
        ("load.kid=none", "no field load.kid; did you mean load.kind?"),
        ("zzz=1", "no field zzz; use one that exists. Fields there: id, stops, load, notes"),
        ("stops.city=Bern", "stops is an array; name an element, such as stops.0."),
        ("stops.-1.city=Bern", "stops is an array"),
        ("stops.99999.city=Bern", "stops is an array"),
        ("id.x=1", "id is not an object; set it as a whole"),
        ("stops.0.city=Paris", 'use "Bern" or "Basel"'),
        ("load.count=many", "use integer"),
        ("load.count=1.5", "use integer"),
        ("load.count=NaN", "use integer"),
        ("load.count=true", "use integer"),
        ("id=car-1", "use string like ^van-[0-9]+$"),
        ("stops=none", "use array"),
        ("id=\x1b[31m", "Invalid value '\N{REPLACEMENT CHARACTER}[31m'"),
    ],
)
def test_an_invalid_assignment_is_refused(text: str, message: str) -> None:
    """It says what is wrong and what is possible."""
    with pytest.raises(UsageError) as raised:
        parse_assignments([text], data_node(NESTED))

    assert message in str(raised.value)


def test_a_repeated_path_is_refused() -> None:
    """Which of both should count is unclear."""
    with pytest.raises(UsageError, match="twice"):
        parse_assignments(["id=van-1", "id=van-2"], data_node(NESTED))


def test_putting_a_value_leaves_the_original_alone() -> None:
    """Examples of contracts are shared."""
    data = deepcopy(EXAMPLE)

    changed = Assignment(("stops", "1", "city"), "Basel").put_into(data)

    assert data == EXAMPLE
    assert changed["stops"][1] == {"city": "Basel", "times": [[1]]}


@pytest.mark.parametrize(
    ("path", "value", "holds"),
    [
        (("id",), "van-1", True),
        (("load", "count"), 3.0, True),
        (("load", "count"), True, False),
        (("stops", "0", "city"), "Basel", False),
        (("stops", "1", "city"), "Bern", False),
        (("notes", "x"), None, False),
    ],
)
def test_a_value_is_compared_as_json(path: tuple[str, ...], value: object, holds: bool) -> None:  # noqa: FBT001 - a parameter of the test
    """3 equals 3.0, and true equals neither; a missing field has no value."""
    assert Assignment(path, value).holds_in(EXAMPLE) is holds

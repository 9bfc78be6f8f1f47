"""Every value of what is seen has a path of its own."""

from typing import Any

import pytest

from trunklab.prove.oracle import values_of


@pytest.mark.parametrize(
    ("content", "values"),
    [
        ({"a": 1, "b": {"c": "x"}}, {"a": "1", "b.c": '"x"'}),
        ({"a": [{"b": 1}, {"b": 2}]}, {"a.0.b": "1", "a.1.b": "2"}),
        ({"a": {}, "b": [], "c": None}, {"a": "{}", "b": "[]", "c": "null"}),
        ({"a": '{"b": {"c": 1}}'}, {"a.b.c": "1"}),
        ({"a": "[1, 2"}, {"a": '"[1, 2"'}),
        ({"a": "1"}, {"a": '"1"'}),
        ("text", {"": '"text"'}),
    ],
)
def test_values_lie_at_their_paths(content: Any, values: dict[str, str]) -> None:
    """Also those of JSON that is a text within JSON."""
    assert values_of(content) == values

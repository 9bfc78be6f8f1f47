"""Names that marks are made of are unique in their service, and never renamed."""

import ast
from collections import Counter
from collections.abc import Iterator
from typing import Final

import pytest
import yaml

from trunklab.settings import REPOSITORY

SERVICES: Final = sorted(path.parent.name for path in REPOSITORY.glob("services/*/template.yaml"))

_NAMED: Final = {"on", "commit", "answer"}
"""Methods of the runtime whose keyword `name` becomes part of a mark."""


def calls_in(service: str) -> Iterator[ast.Call]:
    """Every call in the service's code."""
    for path in (REPOSITORY / "services" / service / "src").rglob("*.py"):
        tree = ast.parse(path.read_text("utf-8"))
        yield from (node for node in ast.walk(tree) if isinstance(node, ast.Call))


def handlers_of(service: str) -> list[str]:
    """The names of its handlers."""
    return [
        str(ast.literal_eval(keyword.value))
        for call in calls_in(service)
        if isinstance(call.func, ast.Attribute) and call.func.attr in _NAMED
        for keyword in call.keywords
        if keyword.arg == "name"
    ]


def external_calls_of(service: str) -> list[str]:
    """The names of its calls to the outside world."""
    return [
        str(ast.literal_eval(call.args[0]))
        for call in calls_in(service)
        if isinstance(call.func, ast.Attribute) and call.func.attr == "once"
    ]


@pytest.mark.parametrize("service", SERVICES)
def test_no_name_is_given_twice(service: str) -> None:
    """Two functions of a service with handlers of one name would take each other's marks."""
    assert [name for name, count in Counter(handlers_of(service)).items() if count > 1] == []


@pytest.mark.parametrize("service", SERVICES)
def test_no_name_has_changed(service: str) -> None:
    """Under a new name a handler has not handled anything yet, and a call has never been made.

    A new name is added to the service's handlers.yaml; an entry there is never changed.
    """
    kept = yaml.safe_load((REPOSITORY / "services" / service / "handlers.yaml").read_text("utf-8"))

    assert sorted(handlers_of(service)) == kept["handlers"]
    assert sorted(set(external_calls_of(service))) == kept["calls"]

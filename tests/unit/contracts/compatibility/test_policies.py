"""What breaks whom, decided by the check and by executing both versions.

Values are drawn from one version and read by the other: where the check says that nothing breaks,
none of them may be refused; where it says that something breaks, its own example must be.
"""

from collections.abc import Iterator
from random import Random
from typing import Any, Final

import pytest
from pydantic import ValidationError

from tests.settings import seeds
from tests.unit.contracts.compatibility.conftest import PACKED, Checkout
from tests.unit.contracts.compatibility.models import Schema, model, schema
from tests.unit.contracts.compatibility.table import ROWS, Row
from trunklab.contracts.compatibility import baseline
from trunklab.contracts.compatibility.compatibility_check import level
from trunklab.contracts.compatibility.contract_changes import (
    Change,
    changes,
    closed,
    opened,
)
from trunklab.contracts.contract import Breaks, Policy
from trunklab.findings.finding import Level
from trunklab.schema_solver.random_values import some_value
from trunklab.schema_solver.schema_reader import node
from trunklab.schema_solver.validate import validator

LETTERS: Final = {"B": Breaks.BACKWARD, "F": Breaks.FORWARD, "P": Breaks.PRODUCERS}

rows = pytest.mark.parametrize("row", [pytest.param(row, id=row.about) for row in ROWS])


def changes_of(row: Row) -> list[Change]:
    """What the check finds."""
    return changes(schema(model(row.old)), schema(model(row.new)))


def readings(row: Row) -> Iterator[tuple[Breaks, Schema, Schema]]:
    """Who sends and who reads, for each way to break."""
    old, new = schema(model(row.old)), schema(model(row.new))
    yield Breaks.BACKWARD, closed(old), opened(new)
    yield Breaks.FORWARD, closed(new), opened(old)
    yield Breaks.PRODUCERS, closed(old), closed(new)


def drawn(document: Schema) -> Iterator[Any]:
    """Values of a schema."""
    place = node(document)
    for seed in seeds(60, 600):
        yield some_value(place, Random(seed))  # noqa: S311 - examples, no secrets


def broken(row: Row) -> set[Breaks]:
    """Whom the change breaks, as the table says."""
    return {LETTERS[letter] for letter in row.breaks}


def test_the_table_is_long_enough() -> None:
    """Every kind of change that JSON Schema from Pydantic can say."""
    assert len(ROWS) >= 40
    assert len({row.about for row in ROWS}) == len(ROWS)


@rows
def test_a_change_breaks_whom_the_table_says(row: Row) -> None:
    """Nobody else, and no one less."""
    found = {who for change in changes_of(row) for who in change.breaks}

    assert found == broken(row)


@rows
def test_a_change_is_called_what_it_is(row: Row) -> None:
    """The ids of the findings are the ones of the guide."""
    if row.ids:
        assert {change.id for change in changes_of(row)} >= set(row.ids.split())
    elif not row.breaks:
        assert changes_of(row) == []


@rows
@pytest.mark.parametrize("policy", Policy)
def test_a_policy_refuses_what_breaks_its_promises(row: Row, policy: Policy) -> None:
    """And nothing else."""
    found = {level(policy, change) for change in changes_of(row)} or {Level.NOTE}

    promised = policy.promises
    assert (max(found, key=_weight) is Level.ERROR) == bool(broken(row) & promised)


@rows
def test_both_versions_executed_agree_with_the_verdict(row: Row) -> None:
    """No drawn value is refused where nothing breaks; the example is refused where it does."""
    breaks = broken(row)
    for who, sends, reads in readings(row):
        sent, read = validator(sends), validator(reads)
        if who not in breaks:
            assert all(read.is_valid(value) for value in drawn(sends))
            continue
        examples = [
            one.counterexamples[who] for one in changes_of(row) if who in one.counterexamples
        ]
        assert examples
        assert all(sent.is_valid(value) and not read.is_valid(value) for value in examples)


@rows
def test_the_models_themselves_agree_with_the_verdict(row: Row) -> None:
    """Pydantic reads, open for consumers and closed for producers, what the schemas say."""
    breaks = broken(row)
    for who, sends, _ in readings(row):
        reader = model(row.old if who is Breaks.FORWARD else row.new)
        extra: Any = "forbid" if who is Breaks.PRODUCERS else "ignore"
        if who not in breaks:
            for value in drawn(sends):
                reader.model_validate(value, extra=extra)


def test_a_model_refuses_the_example_of_a_break() -> None:
    """One break of each family, through the models alone."""
    by_name = {row.about: row for row in ROWS}
    for about in (
        "required field added",
        "enum value removed",
        "maximum lowered",
        "member removed",
    ):
        row = by_name[about]
        for change in changes_of(row):
            with pytest.raises(ValidationError):
                model(row.new).model_validate(
                    change.counterexamples[Breaks.BACKWARD], extra="ignore"
                )


def test_a_policy_promises_what_its_name_says() -> None:
    """FULL is both, and looking further back changes no direction."""
    assert Policy.FULL.promises == {Breaks.BACKWARD, Breaks.FORWARD}
    assert Policy.BACKWARD_TRANSITIVE.promises == Policy.BACKWARD.promises == {Breaks.BACKWARD}
    assert Policy.FORWARD_TRANSITIVE.transitive
    assert not Policy.FORWARD.transitive


def _weight(found: Level) -> int:
    return [Level.NOTE, Level.WARNING, Level.ERROR].index(found)


@pytest.mark.parametrize(("versions", "found"), [(1, []), (2, ["type-changed"])])
def test_a_transitive_policy_looks_back_at_the_newest_versions(
    checkout: Checkout, monkeypatch: pytest.MonkeyPatch, versions: int, found: list[str]
) -> None:
    """As many as the bound says; what is older is not looked at."""
    monkeypatch.setattr(baseline, "VERSIONS_MAX", versions)
    document = PACKED | {"x-compatibility": "FULL_TRANSITIVE"}
    checkout.write(document)
    checkout.commit()
    without = {name: one for name, one in PACKED["properties"].items() if name != "gift"}
    checkout.write(document | {"properties": without})
    checkout.commit()
    checkout.write(document | {"properties": {**without, "gift": {"type": "string"}}})

    assert [one for one in checkout.ids() if one == "type-changed"] == found

"""Random models, changed at random: the verdict agrees with both versions executed.

Goal: no schema pair that Pydantic can write gets a wrong verdict. Method: values of one version are
drawn and read by the other; a compatible verdict must survive all of them, a breaking one must be
shown by its own example. A verdict without an example is allowed, but must stay rare.
"""

import json
from random import Random
from typing import Final

from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.event import Value
from tests.settings import examples
from tests.unit.contracts.compatibility.drawn import changed, fields_of, record
from tests.unit.contracts.compatibility.models import Schema, model, schema
from trunklab.contracts.compatibility.compatibility_findings import IDS
from trunklab.contracts.compatibility.contract_changes import changes, closed, opened
from trunklab.contracts.contract import Breaks
from trunklab.schema_solver.errors import NoValueError
from trunklab.schema_solver.random_values import some_value
from trunklab.schema_solver.schema_reader import node
from trunklab.schema_solver.validate import validator

VALUES: Final = 25
RATED_PAIRS: Final = examples(150, 5_000)


def models(seed: int) -> tuple[type[Value], type[Value]]:
    """Two versions of a random contract."""
    random = Random(seed)  # noqa: S311 - examples, not secrets
    old = record(random)
    new = old
    for _ in range(random.randint(0, 3)):
        new = changed(random, new)
        new = new if new[0] == "record" else old
    return model(fields_of(old)), model(fields_of(new))


def pair(seed: int) -> tuple[Schema, Schema]:
    """Their schemas, as they are committed."""
    old, new = models(seed)
    return schema(old), schema(new)


def disagreements(old: Schema, new: Schema, seed: int) -> list[object]:
    """What the verdict says otherwise than both versions executed."""
    found = changes(old, new)
    breaks = {who for change in found for who in change.breaks}
    wrong: list[object] = [change.id for change in found if change.id not in IDS]
    for who, sends, reads in (
        (Breaks.BACKWARD, closed(old), opened(new)),
        (Breaks.FORWARD, closed(new), opened(old)),
        (Breaks.PRODUCERS, closed(old), closed(new)),
    ):
        sent, read = validator(sends), validator(reads)
        for change in found:
            if who in change.counterexamples:
                value = change.counterexamples[who]
                if not sent.is_valid(value) or read.is_valid(value):
                    wrong.append((who, change, value))
        if who not in breaks:
            wrong += [(who, value) for value in drawn(sends, seed) if not read.is_valid(value)]
    return wrong


def drawn(document: Schema, seed: int) -> list[object]:
    """Values of a schema; none if nothing is valid."""
    random = Random(seed)  # noqa: S311 - examples, not secrets
    try:
        return [some_value(node(document), random) for _ in range(VALUES)]
    except NoValueError:
        return []


@settings(max_examples=examples(40, 2_000))
@given(st.integers(0, 2**64 - 1))
def test_the_verdict_agrees_with_both_versions_executed(seed: int) -> None:
    """For every pair of versions, in every direction."""
    assert disagreements(*pair(seed), seed) == []


@settings(max_examples=examples(40, 2_000))
@given(st.integers(0, 2**64 - 1))
def test_the_verdict_agrees_with_the_models_themselves(seed: int) -> None:
    """What is not called breaking, the other version's model reads."""
    old, new = models(seed)
    breaks = {who for change in changes(schema(old), schema(new)) for who in change.breaks}

    for value in [] if Breaks.BACKWARD in breaks else drawn(closed(schema(old)), seed):
        new.model_validate_json(json.dumps(value), extra="ignore")
    for value in [] if Breaks.FORWARD in breaks else drawn(closed(schema(new)), seed):
        old.model_validate_json(json.dumps(value), extra="ignore")
    for value in [] if Breaks.PRODUCERS in breaks else drawn(closed(schema(old)), seed):
        new.model_validate_json(json.dumps(value), extra="forbid")


def test_a_break_without_an_example_is_rare() -> None:
    """An example is what convinces; at most one break in a hundred may lack it."""
    all_breaks, shown = 0, 0
    for seed in range(RATED_PAIRS):  # always the same: another sample of this size has another rate
        for change in changes(*pair(seed)):
            all_breaks += len(change.breaks)
            shown += len(change.breaks & change.counterexamples.keys())

    assert all_breaks > RATED_PAIRS // 2
    assert shown >= all_breaks * 0.99

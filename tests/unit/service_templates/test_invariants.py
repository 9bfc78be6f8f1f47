"""Tests that every template keeps every invariant, and that each invariant can fail."""

import inspect
from collections.abc import Iterator
from typing import get_type_hints

import pytest

from tests.unit.service_templates import (
    call_invariants,
    consumer_invariants,
    function_invariants,
    outbox_invariants,
    rights_invariants,
    stack_invariants,
    store_invariants,
)
from tests.unit.service_templates.consumer_twins import CONSUMERS
from tests.unit.service_templates.function_twins import FUNCTIONS, RIGHTS
from tests.unit.service_templates.outbox_twins import CALLS, OUTBOXES
from tests.unit.service_templates.stack import PLATFORM, SERVICES, Stack, stack
from tests.unit.service_templates.stack_twins import STACKS, STORES
from tests.unit.service_templates.twin import Invariant, Twin

MODULES = (
    call_invariants,
    consumer_invariants,
    function_invariants,
    outbox_invariants,
    rights_invariants,
    stack_invariants,
    store_invariants,
)
TWINS = CONSUMERS + FUNCTIONS + RIGHTS + STORES + STACKS + OUTBOXES + CALLS
INVARIANTS = tuple(dict.fromkeys(twin.invariant for twin in TWINS))


@pytest.mark.parametrize("name", [PLATFORM, *SERVICES])
@pytest.mark.parametrize("invariant", INVARIANTS, ids=lambda invariant: invariant.__name__)
def test_a_template_keeps_the_invariant(invariant: Invariant, name: str) -> None:
    """An invariant has nothing to say of the repository's templates."""
    findings = list(invariant(stack(name)))

    assert findings == []


@pytest.mark.parametrize(
    "twin", TWINS, ids=lambda twin: f"{twin.invariant.__name__}-{twin.finding}"
)
def test_a_broken_twin_is_found(twin: Twin) -> None:
    """Each invariant says what is wrong with a template that breaks it."""
    findings = list(twin.invariant(twin.broken()))

    assert [finding for finding in findings if twin.finding in finding]


def test_every_invariant_has_a_broken_twin() -> None:
    """An invariant that nobody ever saw fail is not one; without a twin it would not even run."""
    written = {
        function
        for module in MODULES
        for name, function in vars(module).items()
        if inspect.isgeneratorfunction(function)
        and not name.startswith("_")
        and get_type_hints(function) == {"stack": Stack, "return": Iterator[str]}
    }

    assert written == set(INVARIANTS)


def test_the_repository_has_the_services_of_the_shop() -> None:
    """The invariants look at something: templates that moved away would satisfy them all."""
    assert set(SERVICES) >= {"orders", "payments", "notifications"}

"""How long an invocation may take: only leases that a duplicate waits for make it short."""

from typing import cast

import pytest

from trunklab.prove import handler_discovery
from trunklab.prove.crash_points import Point, Strike, When
from trunklab.prove.handler_run import INVOCATION_S, HandlerRun
from trunklab.settings import REPOSITORY
from trunklab.testing.sandbox import Sandbox
from trunklab.testing.template_stack import Function

STRUCK_S = 5.0
TIMEOUT_S = 10
"""The Timeout in the template of payments."""


def seconds_given(strike: Strike, logical_id: str = "DecidePaymentFunction") -> float:
    """How long an invocation may take under that strike."""
    run = HandlerRun(cast("Sandbox", None), STRUCK_S, {})

    return run.seconds(function(logical_id), strike.ahead)


def function(logical_id: str) -> Function:
    """A function of payments."""
    (service,) = handler_discovery.services(REPOSITORY / "services", "payments")
    return next(one for one in service.stack.functions if one.logical_id == logical_id)


def reached(when: When) -> Strike:
    """A strike that has been made: what comes after it is a redelivery."""
    strike = Strike(Point(1, "PutItem", when))
    strike.reached.set()
    return strike


@pytest.mark.parametrize("when", [When.BEFORE, When.AFTER, When.HELD])
def test_an_invocation_that_dies_or_is_held_is_short(when: When) -> None:
    """Whoever comes after it waits for the end of its leases."""
    assert seconds_given(Strike(Point(1, "PutItem", when))) == STRUCK_S


@pytest.mark.parametrize("when", [When.CUT_BEFORE, When.CUT_AFTER, When.THROTTLED, When.REFUSED])
def test_an_invocation_that_lives_on_has_the_time_of_its_template(when: When) -> None:
    """The runtime's retries depend on it."""
    assert seconds_given(Strike(Point(1, "PutItem", when))) == TIMEOUT_S


@pytest.mark.parametrize(
    "strike",
    [Strike(), reached(When.BEFORE), reached(When.HELD), reached(When.REFUSED)],
)
def test_no_other_invocation_is_ended_by_a_busy_machine(strike: Strike) -> None:
    """A clean run and a redelivery may take long: that says nothing about the handler."""
    assert seconds_given(strike) == INVOCATION_S


def test_a_sweep_has_the_time_of_its_template() -> None:
    """It begins nothing that it could not finish in less."""
    assert seconds_given(Strike(Point(1, "Query", When.BEFORE)), "OutboxSweepFunction") == 50


def test_others_change_something_once() -> None:
    """However many calls and deliveries ask for it."""
    changes: list[str] = []
    run = HandlerRun(
        cast("Sandbox", None), STRUCK_S, {}, meanwhile=lambda: changes.append("changed")
    )

    for _ in range(3):
        run.let_others_continue()

    assert changes == ["changed"]

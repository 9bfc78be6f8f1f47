"""A run that does not come to its call gets more time, and is never held against its handler."""

import pytest

from trunklab.prove import handler_discovery
from trunklab.prove.crash_points import Point, When
from trunklab.prove.handler_discovery import STRUCK_S_MIN, Handler
from trunklab.prove.handler_run import HandlerRun
from trunklab.prove.prover import TIMES_PER_POINT_MAX, Runs
from trunklab.prove.scenarios import Scenario
from trunklab.settings import REPOSITORY
from trunklab.testing import template_stack
from trunklab.testing.sandbox import Clients

POINT = Point(1, "GetItem", When.BEFORE)


def seconds_of_runs(clients: Clients, *, reached_by: float) -> tuple[list[float], bool]:
    """How long a struck invocation may take in each run; it needs the given seconds."""
    (service,) = handler_discovery.services(REPOSITORY / "services", "payments")
    handler = Handler(service, service.stack.functions[0], "decide-payment")
    seconds: list[float] = []

    def play(run: HandlerRun, _point: Point | None) -> bool:
        seconds.append(run.struck_s)
        return run.struck_s >= reached_by

    scenario = Scenario(handler, "one message", play, [])
    runs = Runs(clients, template_stack.read(REPOSITORY / "template.yaml"))
    return seconds, runs.run(scenario, POINT).reached


@pytest.mark.sampled
def test_a_run_on_a_slow_machine_is_repeated_with_twice_the_time(emulated_aws: Clients) -> None:
    """Until it comes to its call."""
    seconds, reached = seconds_of_runs(emulated_aws, reached_by=4 * STRUCK_S_MIN)

    assert reached
    assert seconds == [STRUCK_S_MIN, 2 * STRUCK_S_MIN, 4 * STRUCK_S_MIN]


def test_a_call_that_no_run_comes_to_ends_the_repetition(emulated_aws: Clients) -> None:
    """There is a limit to patience, and it is reported."""
    seconds, reached = seconds_of_runs(emulated_aws, reached_by=float("inf"))

    assert not reached
    assert len(seconds) == TIMES_PER_POINT_MAX

"""What a proof tries: everything, one kind, or a sample that a string selects."""

from functools import cache

import pytest

from trunklab.prove import handler_discovery
from trunklab.prove.crash_points import EVERYWHERE, When
from trunklab.prove.handler_discovery import Handler
from trunklab.prove.prover import Trial, sampled, select
from trunklab.prove.scenarios import Scenario
from trunklab.settings import REPOSITORY

SEEDS = [f"commit-{number}" for number in range(60)]


@cache  # reads a template
def scenarios() -> list[Scenario]:
    """Two runs of one handler, the second with a strike of its own."""
    (service,) = handler_discovery.services(REPOSITORY / "services", "payments")
    handler = Handler(service, service.stack.functions[0], "decide-payment")
    return [
        Scenario(handler, "one message", lambda *_: True, []),
        Scenario(handler, "a change", lambda *_: True, [], strikes=[When.CHANGED]),
    ]


def strikes(trials: list[Trial]) -> list[str]:
    """The strikes of each trial."""
    return [", ".join(trial.strikes) for trial in trials]


@pytest.mark.parametrize(
    ("selection", "lines"),
    [
        ({}, [", ".join(EVERYWHERE), "changed at"]),
        ({"run": "a change"}, ["changed at"]),
        ({"strike": "cut before"}, ["cut before"]),
        ({"run": "a change", "strike": "cut before"}, []),
        ({"run": "no such run"}, []),
    ],
)
def test_a_selection_has_the_strikes_that_were_asked_for(
    selection: dict[str, str], lines: list[str]
) -> None:
    """A run without any of them is left out."""
    assert strikes(select(scenarios(), **selection)) == lines


def test_a_sample_is_the_same_for_the_same_string() -> None:
    """A commit can be proved again as it was."""
    first, second = (strikes(select(scenarios(), sample="abc")) for _ in range(2))

    assert first == second


@pytest.mark.parametrize("seed", SEEDS[:5])
def test_a_sample_has_an_eighth_of_the_strikes(seed: str) -> None:
    """Rounded up, so that it is never empty."""
    tried = select(scenarios(), sample=seed)

    assert sum(len(one.strikes) for one in tried) == 1


def test_over_many_commits_every_strike_is_tried() -> None:
    """None is left out for ever."""
    tried = {
        (trial.scenario.name, when)
        for seed in SEEDS
        for trial in select(scenarios(), sample=seed)
        for when in trial.strikes
    }

    assert len(tried) == len(EVERYWHERE) + 1


@pytest.mark.parametrize("count", [0, 1, 3, 9])
def test_a_sample_keeps_the_order_of_its_choices(count: int) -> None:
    """And has as many as there are, at the most."""
    found = sampled(range(5), "seed", count)

    assert found == sorted(found)
    assert len(found) == min(count, 5)

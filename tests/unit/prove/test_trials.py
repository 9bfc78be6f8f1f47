"""What a trial learns from clean runs, and what it makes of the others."""

from dataclasses import replace

import pytest

from trunklab.prove import handler_discovery
from trunklab.prove.crash_points import When
from trunklab.prove.handler_discovery import Handler
from trunklab.prove.oracle import Record, Snapshot
from trunklab.prove.prover import Seen, Trial
from trunklab.prove.scenarios import Scenario
from trunklab.settings import REPOSITORY

TABLE = "table Table"
LETTERS = "queue DeadLetters"


def a_run(
    outcome: str = "captured",
    *,
    letters: int = 0,
    failures: tuple[str, ...] = (),
    calls: tuple[str, ...] = ("PutItem",),
    at: str = "2026-11-02T12:00:00Z",
) -> Seen:
    """What one run left: a payment, and dead letters."""
    item = Record({"pk": '"p-1"', "outcome": f'"{outcome}"', "at": f'"{at}"'}, ("pk",))
    snapshot: Snapshot = {TABLE: [item], LETTERS: [Record({"body": '"x"'})] * letters}
    return Seen(snapshot, [*calls], [*failures], refused=0, reached=True)


def a_trial(*runs: tuple[Seen, Seen], clean: Seen | None = None, broken: bool = False) -> Trial:
    """A trial that has seen these clean runs."""
    (service,) = handler_discovery.services(REPOSITORY / "services", "payments")
    handler = Handler(service, service.stack.functions[0], "decide-payment")
    scenario = Scenario(
        handler, "one message", lambda *_: True, [lambda _: None], expects_dead_letters=broken
    )
    trial = Trial(scenario)
    trial.learn(runs or ((a_run(), a_run(at="2026-11-02T12:00:01Z")),), clean or a_run())
    return trial


def test_a_sound_handler_has_no_problem() -> None:
    """Its calls are counted, its times left out."""
    trial = a_trial()

    assert (trial.problem, trial.calls) == ("", ["PutItem"])
    assert trial.ignored == {(TABLE, "at")}
    assert trial.differences == []


@pytest.mark.parametrize(
    ("trial", "problem"),
    [
        (a_trial((a_run(), a_run("declined"))), "two clean runs differ"),
        (a_trial(clean=a_run(calls=())), "it makes no AWS call"),
        (a_trial((a_run(failures=("KeyError: x",)), a_run())), "a clean run fails: KeyError: x"),
        (a_trial((a_run(letters=1), a_run(letters=1))), "its message ends in a dead-letter queue"),
        (a_trial((a_run(letters=1), a_run())), "two clean runs differ"),
        (a_trial((a_run(), a_run()), broken=True), "a broken message leaves no dead letter"),
        (a_trial((a_run(letters=1), a_run(letters=1)), broken=True), ""),
        (a_trial((a_run(), a_run()), (a_run(), a_run())), "changes nothing"),
    ],
)
def test_what_a_clean_run_fails_at_is_no_proof(trial: Trial, problem: str) -> None:
    """Whatever came of the other runs would say nothing."""
    assert problem in trial.problem
    assert bool(problem) == bool(trial.problem)
    assert bool(trial.points) != bool(problem)


@pytest.mark.parametrize(("outcome", "wrong"), [("captured", 0), ("declined", 0), ("both", 1)])
def test_either_decision_is_right_where_others_change_something(outcome: str, wrong: int) -> None:
    """The one before the change or the one after it, and no third."""
    trial = a_trial((a_run(), a_run()), (a_run("declined"), a_run("declined")))

    trial.judge(trial.points[0], a_run(outcome))

    assert len(trial.differences) == wrong


def test_a_run_that_does_not_come_to_its_point_proves_nothing() -> None:
    """It is told, and fails the proof."""
    trial = a_trial()
    seen = a_run()

    trial.judge(trial.points[0], Seen(seen.snapshot, seen.calls, [], 0, reached=False))

    assert trial.tried[-1].problem == "could not be judged: none of 5 runs came to this call"


def test_a_run_without_an_end_is_not_held_against_its_handler() -> None:
    """It is reported as not judged, and is no difference."""
    trial = a_trial()

    trial.judge(trial.points[0], "a message did not come back in 300 s")

    assert trial.differences == []
    assert trial.tried[-1].problem == ("could not be judged: a message did not come back in 300 s")


def test_a_provider_without_keys_is_spared_what_no_record_can_prevent() -> None:
    """A death between the request and the note of its answer repeats the request."""
    scenario = replace(a_trial().scenario, keeps_keys=False)

    points = scenario.points(["PutItem", "POST /x", "UpdateItem", "PutItem"], [When.AFTER])

    assert [one.number for one in points] == [1, 4, 5]

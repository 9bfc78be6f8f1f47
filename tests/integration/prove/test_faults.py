"""Whatever breaks exactly-once effects is found, at the point at which it breaks them.

The proof of every handler in `stacks` takes minutes, so that only `make verify` makes it.
"""

from collections.abc import Callable
from typing import Any

import pytest

pytestmark = pytest.mark.long_run

Findings = Callable[[str], list[dict[str, str]]]


def points(found: list[dict[str, str]], run: str = "one message") -> set[str]:
    """Where something was found in runs of that name."""
    return {one["point"] for one in found if one["run"] == run}


def of_deaths(found: list[dict[str, str]]) -> list[dict[str, str]]:
    """What was found where a process was killed or held."""
    return [one for one in found if one["point"].startswith(("killed", "held"))]


@pytest.mark.parametrize(
    ("handler", "where", "operation"),
    [
        ("write-itself", "table Table", "TransactWriteItems"),
        ("publish-itself", "bus", "PutEvents"),
        ("call-outside", "outside", "POST /calls"),
    ],
)
def test_an_effect_past_the_commit_comes_twice(
    findings: Findings, handler: str, where: str, operation: str
) -> None:
    """Who dies between the effect and the commit has it again."""
    found = of_deaths(findings(handler))

    assert {(one["kind"], one["where"]) for one in found} == {("duplicate", where)}
    assert points(found) == {
        f"killed after call 1, {operation}",
        f"held at call 1, {operation}",
        "killed before call 2, TransactWriteItems",
        "killed after call 2, TransactWriteItems",
        "held at call 2, TransactWriteItems",
        "killed after call 3, (its answer)",
    }


def test_a_duplicate_in_the_same_batch_is_found_without_any_death(findings: Findings) -> None:
    """SQS may deliver it so, and then nothing else need go wrong."""
    assert "a run that nobody disturbs" in points(
        findings("write-itself"), "a batch with a duplicate"
    )


def test_a_mark_before_its_effects_loses_them(findings: Findings) -> None:
    """State and event: whoever comes after the death takes them for done."""
    found = of_deaths(findings("MarksFirst"))

    assert {(one["kind"], one["where"]) for one in found} == {
        ("loss", "table Table"),
        ("loss", "bus"),
    }
    assert "killed after call 1, PutItem" in points(found)
    assert "killed before call 3, PutEvents" in points(found)


def test_what_only_two_deliveries_at_once_break_is_found_by_a_pause(findings: Findings) -> None:
    """No death at any call does: the mark and its effect are one transaction."""
    assert points(findings("ChecksThenActs")) == {"held at call 2, TransactWriteItems"}


def test_an_event_that_the_bus_did_not_take_is_lost_while_the_process_lives_on(
    findings: Findings,
) -> None:
    """No death finds it: cut off, throttled or refused, the handler takes no answer for success."""
    found = findings("HopesToPublish")

    assert {(one["kind"], one["where"]) for one in found} == {("loss", "bus")}
    assert points(found) == {
        "cut before call 1, PutEvents",
        "throttled at call 1, PutEvents",
        "refused at call 1, PutEvents",
    }


def test_a_change_between_read_and_write_is_found(findings: Findings) -> None:
    """Alone and in a batch, where the other two messages have nothing to do with it."""
    found = findings("OverwritesOthers")

    assert "changed at call 2, PutItem" in points(found, "a change meanwhile")
    assert len(points(found, "a change within a batch")) == 1
    assert points(found) == set()


def test_a_broken_message_that_disappears_is_not_proved(proof: dict[str, Any]) -> None:
    """Nothing is found twice or missing then: it must have come somewhere."""
    assert (
        "faulty.SwallowsBroken, a broken message: "
        "a broken message leaves no dead letter: it is lost"
    ) in proof["not_proved"]


@pytest.mark.parametrize(
    ("function", "said"),
    [
        ("Missing", "faulty.no_such_function cannot be run"),
        ("Undeclared", "is a consumer and declares no handler"),
        ("Idle, one message", "it makes no AWS call"),
    ],
)
def test_a_handler_that_cannot_be_proved_fails_the_proof(
    proof: dict[str, Any], function: str, said: str
) -> None:
    """Missing, without handlers, or without a call: each of them would pass unseen."""
    (line,) = [one for one in proof["not_proved"] if one.startswith(f"faulty.{function}:")]

    assert said in line


def test_a_proof_with_findings_fails(proof: dict[str, Any]) -> None:
    """Its exit status is what scripts look at."""
    assert (proof["status"], proof["holds"]) == (1, False)


@pytest.mark.parametrize("handler", ["count-order", "Sweep"])
def test_a_sound_handler_is_clean_beside_faulty_ones(
    proof: dict[str, Any], findings: Findings, handler: str
) -> None:
    """However it is started: here by a rule and by a schedule."""
    assert findings(handler) == []
    assert not [one for one in proof["not_proved"] if one.startswith("sound.")]


def test_every_call_of_a_handler_is_struck_in_each_way(proof: dict[str, Any]) -> None:
    """Two deaths, a pause and four faults for each, and one answer lost in each run."""
    for handler in proof["handlers"]:
        for run in handler["runs"]:
            calls = len(run["calls"])
            if run["crash_points"]:
                changes = calls if run["name"] == "a change meanwhile" else 0
                assert run["crash_points"] == 2 * calls + 1
                assert (run["pauses"], run["faults"]) == (calls, 4 * calls + changes)

"""Whatever breaks exactly-once effects is found, at the point at which it breaks them."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.integration.prove.conftest import STACKS, Prove

Findings = Callable[[str], list[dict[str, str]]]


def points(found: list[dict[str, str]], run: str = "one message") -> set[str]:
    """Where something was found in runs of that name."""
    return {one["point"] for one in found if one["run"] == run}


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
    found = findings(handler)

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
    found = findings("MarksFirst")

    assert {(one["kind"], one["where"]) for one in found} == {
        ("loss", "table Table"),
        ("loss", "bus"),
    }
    assert "killed after call 1, PutItem" in points(found)
    assert "killed before call 3, PutEvents" in points(found)


def test_what_only_two_deliveries_at_once_break_is_found_by_a_pause(findings: Findings) -> None:
    """No death at any call does: the mark and its effect are one transaction."""
    assert points(findings("ChecksThenActs")) == {"held at call 2, TransactWriteItems"}


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
    """Two deaths and a pause for each, and one answer lost in each run."""
    for handler in proof["handlers"]:
        for run in handler["runs"]:
            if run["crash_points"]:
                assert run["crash_points"] == 2 * len(run["calls"]) + 1
                assert run["pauses"] == len(run["calls"])


@pytest.mark.parametrize(
    "words",
    [
        ("--services", STACKS / "no-such-folder"),
        ("--services", STACKS, "--service", "nonsense"),
        ("--services", STACKS, "--handler", "nonsense"),
    ],
)
def test_nothing_to_prove_is_wrong_usage(prove: Prove, words: tuple[str, ...]) -> None:
    """A misspelt name must not look like a proof that holds."""
    assert prove(*words) == (2, "")

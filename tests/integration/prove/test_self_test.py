"""The prover finds what is planted, and says so when it does not."""

import json
from dataclasses import replace

import pytest

from tests.integration.prove.conftest import Prove
from trunklab import settings
from trunklab.prove import planted_bugs
from trunklab.prove.planted_bugs import BUGS, Bug, BugTrial, PlantError

UNANSWERED = BUGS[0]

HARMLESS = replace(
    UNANSWERED, name="no bug at all", old='"""PutEvents on one bus."""', new='"""PutEvents."""'
)


def tried(*bugs: Bug) -> list[BugTrial]:
    """What came of them."""
    return list(planted_bugs.run(bugs))


@pytest.mark.sampled
def test_a_planted_bug_is_caught_and_its_absence_is_not() -> None:
    """The copy with the bug is proved, and nothing but the bug is found in it."""
    caught, missed = tried(UNANSWERED, HARMLESS)

    assert caught.caught_at == "cut before call 3, PutEvents"
    assert caught.found.startswith("loss in bus: PaymentCaptured")
    assert (missed.is_caught, missed.problem) == (False, "")


def test_a_copy_that_cannot_be_proved_catches_nothing() -> None:
    """A bug that breaks everything would be no test of the prover."""
    broken = replace(UNANSWERED, old="import json\n", new="import jsno\n", file="envelope.py")

    (trial,) = tried(broken)

    assert not trial.is_caught
    assert trial.problem


def test_a_bug_that_does_not_fit_ends_the_self_test_at_once() -> None:
    """Nothing of the copies is left."""
    others = set(settings.STATE_DIRECTORY.glob("planted-*"))

    with pytest.raises(PlantError, match="0 times"):
        tried(UNANSWERED, replace(UNANSWERED, old="no such text"))

    assert set(settings.STATE_DIRECTORY.glob("planted-*")) <= others


@pytest.mark.sampled
def test_a_sample_of_the_bugs_is_planted(prove: Prove) -> None:
    """As many as CI has time for; the seed selects them."""
    status, printed = prove("--self-test", "--sample", "a-commit", "--json")

    trials = json.loads(printed)
    assert status == 0
    assert len(trials) == 2
    assert all(one["caught_at"] for one in trials)

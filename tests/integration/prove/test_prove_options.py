"""Options of `trunkline prove`: a part of a proof, and wrong usage."""

import json

import pytest

from tests.integration.prove.conftest import STACKS, Prove


def test_a_part_of_a_proof_finds_what_breaks_there(prove: Prove) -> None:
    """One handler that writes past its commit, killed after each call."""
    part = ("--handler", "write-itself", "--run", "one message", "--strike", "killed after")

    status, printed = prove("--services", STACKS, *part, "--json")

    ((run,),) = [handler["runs"] for handler in json.loads(printed)["handlers"]]
    found = {(one["kind"], one["where"], one["point"]) for one in run["findings"]}
    assert status == 1
    assert found == {
        ("duplicate", "table Table", "killed after call 1, TransactWriteItems"),
        ("duplicate", "table Table", "killed after call 2, TransactWriteItems"),
        ("duplicate", "table Table", "killed after call 3, (its answer)"),
    }


@pytest.mark.parametrize(
    "words",
    [
        ("--strike", "cut before"),
        ("--run", "one message"),
        ("--handler", "decide-payment"),
        ("--service", "payments"),
    ],
)
def test_a_self_test_chooses_its_handlers_itself(prove: Prove, words: tuple[str, ...]) -> None:
    """Part of it would look like the whole."""
    assert prove("--self-test", *words) == (2, "")


@pytest.mark.parametrize(
    "words",
    [
        ("--services", STACKS / "no-such-folder"),
        ("--services", STACKS, "--service", "nonsense"),
        ("--services", STACKS, "--handler", "nonsense"),
        ("--services", STACKS, "--run", "one message", "--strike", "changed at"),
    ],
)
def test_nothing_to_prove_is_wrong_usage(prove: Prove, words: tuple[str, ...]) -> None:
    """A misspelt name must not look like a proof that holds."""
    assert prove(*words) == (2, "")

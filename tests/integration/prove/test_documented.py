"""What becomes of a payment that is made as the documentation of Powertools makes it."""

import json

import pytest

from tests.integration.prove.conftest import STACKS, Prove


@pytest.mark.long_run
def test_random_ids_make_two_events_of_one(prove: Prove) -> None:
    """Who dies after PutEvents and before its record is done runs again once the lease is over."""
    status, printed = prove(
        *("--services", STACKS.parent / "documented", "--run", "one message", "--json")
    )

    ((found,),) = (one["runs"] for one in json.loads(printed)["handlers"])
    assert status == 1
    assert found["calls"] == ["PutItem", "PutItem", "PutEvents", "UpdateItem"]
    assert {("duplicate", "bus")} <= {(one["kind"], one["where"]) for one in found["findings"]}
    assert {one["point"] for one in found["findings"]} >= {
        "killed after call 3, PutEvents",
        "killed before call 4, UpdateItem",
    }

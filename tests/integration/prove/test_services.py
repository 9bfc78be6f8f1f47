"""A service of the shop passes its proof; `make prove` and CI prove all of them."""

import re

import pytest

from tests.integration.prove.conftest import Prove


@pytest.mark.sampled
def test_a_handler_has_its_effects_once_and_only_times_are_not_compared(prove: Prove) -> None:
    """At every call of a delivery; ids are compared: they must be the same in every run."""
    status, printed = prove("--service", "orders", "--handler", "PlaceOrderFunction")

    *_, last = printed.splitlines()
    _, _, ignored = printed.partition("Not compared, since two clean runs differ in it:\n")
    lines = {line.strip() for line in ignored.partition("\n\n")[0].splitlines()}
    assert re.fullmatch(r"prove: 1 handlers, \d+ crash points, 0 duplicates, 0 losses", last)
    assert status == 0
    assert "orders.PlaceOrderFunction" in printed
    assert lines == {
        "bus: detail.metadata.occurred_at",
        "table Table: _trunkline_expires_at, handled_at, history.*.at",
    }

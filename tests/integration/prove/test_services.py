"""A service of the shop stands its proof; `make prove` and CI prove all of them."""

from tests.integration.prove.conftest import Prove


def test_payments_decides_a_payment_once(prove: Prove) -> None:
    """At every call of one delivery, killed and held."""
    status, printed = prove(
        "--service", "payments", "--handler", "decide-payment", "--run", "one message"
    )

    *_, last = printed.splitlines()
    assert last == "prove: 1 handlers, 9 crash points, 0 duplicates, 0 losses"
    assert status == 0
    assert "payments.decide-payment" in printed


def test_only_times_are_left_out_of_the_comparison(prove: Prove) -> None:
    """Ids above all are not: they must be the same in every run."""
    _, printed = prove("--service", "orders", "--handler", "PlaceOrderFunction")

    _, _, told = printed.partition("Not compared, since two clean runs differ in it:\n")
    left_out = {part.strip() for part in told.partition("\n\n")[0].splitlines()}
    assert left_out == {
        "bus: detail.metadata.occurred_at",
        "table Table: _trunkline_expires_at, handled_at, history.*.at",
    }

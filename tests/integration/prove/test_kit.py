"""What the testing kit shows of a service, and what it refuses."""

import shutil
from pathlib import Path

import pytest

from schemas import CONTRACTS
from schemas.event import Event
from schemas.orders import OrderPlaced
from schemas.payments import PaymentCaptured, PaymentDeclined
from tests.integration.prove.conftest import STACKS
from trunklab.errors import UsageError
from trunklab.settings import REPOSITORY
from trunklab.testing.plugin import StartService


class Unknown(
    Event, source="test.nobody", owner="team-tests", subject="id", examples=({"id": "1"},)
):
    """Nobody takes it."""

    id: str


def test_a_request_is_answered(start_service: StartService) -> None:
    """With status, headers and body; what it published is typed as well."""
    orders = start_service("services/orders")
    order = OrderPlaced.examples()[0].model_dump(mode="json")
    body = {name: order[name] for name in ("customer", "lines", "payment")}

    placed = orders.request("POST", "/orders", body, {"Idempotency-Key": "k-1"})
    found = orders.request("GET", f"/orders/{placed.body['order_id']}")

    assert (placed.status, found.status) == (202, 200)
    assert placed.headers["location"] == placed.body["status_url"]
    assert [type(event) for event in placed.events] == [OrderPlaced]
    assert found.body["status"] == "PLACED"
    assert found.events == ()


def test_a_request_that_repeats_its_key_is_answered_again(start_service: StartService) -> None:
    """The kit can send it twice, as clients do."""
    orders = start_service("services/orders")
    order = OrderPlaced.examples()[0].model_dump(mode="json")
    body = {name: order[name] for name in ("customer", "lines", "payment")}

    first, second = (
        orders.request("POST", "/orders", body, {"Idempotency-Key": "k-1"}) for _ in range(2)
    )

    assert (first.status, first.body) == (second.status, second.body)
    assert second.events == ()


def test_what_is_given_up_is_seen_with_its_reason(start_service: StartService) -> None:
    """A dead letter has the event as it came."""
    notifications = start_service("services/notifications", environment={"MESSAGE_GATEWAY_URL": ""})
    fraud = PaymentDeclined.examples()[2]

    handled = notifications.handle(fraud)

    (letter,) = handled.dead_letters
    assert letter.reason.startswith("no message for suspected_fraud")
    assert fraud.order_id in letter.body
    assert (handled.failed, notifications.items()) == (0, {})


def test_a_broken_message_can_be_delivered_as_it_stands(start_service: StartService) -> None:
    """No contract stands between."""
    payments = start_service("services/payments")

    handled = payments.deliver({"source": "shop.orders", "detail-type": "OrderPlaced"})

    assert [letter.attributes["error_type"] for letter in handled.dead_letters] == [
        "InvalidEventError"
    ]


def test_several_events_are_one_batch(start_service: StartService) -> None:
    """Each with its own id; the same id twice is the same event."""
    payments = start_service("services/payments")
    first, second = OrderPlaced.examples()[:2]

    handled = payments.handle(first, first, second, ids=("e-1", "e-1", "e-2"))

    assert len(handled.events) == 2
    assert len(payments.items()) == 2


def test_each_test_has_a_service_of_its_own(start_service: StartService) -> None:
    """Two of them know nothing of each other."""
    one, other = start_service("services/payments"), start_service("services/payments")

    one.handle(OrderPlaced.examples()[0])

    assert (len(one.items()), other.items()) == (1, {})


def test_an_event_finds_its_function_among_several(start_service: StartService) -> None:
    """The functions themselves say what they take."""
    faulty = start_service(STACKS / "faulty")

    with pytest.raises(UsageError, match="takes this event"):
        faulty.handle(Unknown(id="1"))


def test_an_event_that_the_only_function_does_not_handle_is_wrong_usage(
    start_service: StartService,
) -> None:
    """Otherwise the function would dead-letter it, and the test check an accident."""
    with pytest.raises(UsageError, match="no function of service payments takes this event"):
        start_service("services/payments").handle(PaymentDeclined.examples()[0])


@pytest.mark.parametrize("folder", ["services/nowhere", "services/payments/src", "/nowhere", ""])
def test_a_folder_without_a_service_is_wrong_usage(
    start_service: StartService, folder: str
) -> None:
    """The message names every path that was tried."""
    with pytest.raises(UsageError, match=r"No service in .*template\.yaml"):
        start_service(folder or STACKS)


def test_a_logical_id_of_the_platform_may_be_one_of_the_service_too(
    start_service: StartService, tmp_path: Path
) -> None:
    """The platform's template has a Bus as well; events sent to either are seen."""
    shutil.copytree(REPOSITORY / "shared" / "stacks", tmp_path / "shared" / "stacks")
    payments = tmp_path / "services" / "payments"
    shutil.copytree(REPOSITORY / "services" / "payments", payments)
    template = payments / "template.yaml"
    bus = "Resources:\n  Bus:\n    Type: AWS::Events::EventBus\n    Properties: {Name: payments}\n"
    own = template.read_text("utf-8").replace("Resources:\n", bus, 1)
    template.write_text(
        own.replace("TRUNKLINE_BUS: !Ref BusName", "TRUNKLINE_BUS: !Ref Bus"), "utf-8"
    )

    handled = start_service(payments).handle(OrderPlaced.examples()[0])

    assert handled.only(PaymentCaptured).method == "card"


def test_an_event_that_nobody_names_a_contract_for_is_told(start_service: StartService) -> None:
    """A test must not look at less than what happened."""
    payments = start_service("services/payments", contracts=[OrderPlaced])

    with pytest.raises(UsageError, match=r"PaymentCaptured of .*add its contract"):
        payments.handle(OrderPlaced.examples()[0])


def test_the_only_event_must_be_of_that_contract(start_service: StartService) -> None:
    """The message says what was published instead."""
    handled = start_service("services/payments", contracts=CONTRACTS).handle(
        OrderPlaced.examples()[0]
    )

    with pytest.raises(AssertionError, match=r"published \['PaymentCaptured'\]"):
        handled.only(PaymentDeclined)
    assert handled.only(PaymentCaptured).method == "card"


def test_a_missing_event_is_reported_with_the_reason(start_service: StartService) -> None:
    """A function that failed published nothing: its error says more than the missing event."""
    broken = start_service("services/payments", environment={"TRUNKLINE_BUS": ""})
    gatewayless = start_service("services/notifications", environment={"MESSAGE_GATEWAY_URL": ""})

    with pytest.raises(AssertionError, match=r"published \[\], .*TRUNKLINE_BUS is not set"):
        broken.handle(OrderPlaced.examples()[0]).only(PaymentCaptured)
    with pytest.raises(AssertionError, match="no message for suspected_fraud"):
        gatewayless.handle(PaymentDeclined.examples()[2]).only(PaymentDeclined)


def test_an_error_that_ends_a_function_is_told(start_service: StartService) -> None:
    """All its messages come again."""
    payments = start_service("services/payments", environment={"TRUNKLINE_BUS": ""})

    handled = payments.handle(*OrderPlaced.examples()[:2])

    assert handled.error.startswith("ConfigurationError: TRUNKLINE_BUS is not set")
    assert (handled.failed, payments.items()) == (2, {})


@pytest.mark.parametrize(("method", "path"), [("DELETE", "/orders/1"), ("GET", "/nowhere")])
def test_a_request_without_a_route_is_wrong_usage(
    start_service: StartService, method: str, path: str
) -> None:
    """As the service's API would not know it."""
    with pytest.raises(UsageError, match="has no route"):
        start_service("services/orders").request(method, path)

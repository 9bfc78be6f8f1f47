"""A declined customer is told once, in the inbox and through the gateway."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from schemas.payments import PaymentDeclined
from tests.integration.trunkline.asked import a_batch, an_event
from tests.integration.trunkline.outside import Outside
from tests.integration.trunkline.provider import answer_lost, death_after, refused
from tests.integration.trunkline.stage import Stage
from tests.integration.trunkline.wire import Wire
from trunklab.settings import REPOSITORY
from trunklab.testing.function_process import Function
from trunklab.testing.function_worker import Code

NOTIFY = Code(
    "notifications.handler.handler", (str(REPOSITORY / "services" / "notifications" / "src"),)
)

Notify = Callable[..., Function]


def declined(event_id: str = "e-1", reason: str = "limit_exceeded") -> dict[str, Any]:
    """The event as the bus delivers it."""
    event = an_event(event_id)
    data = {**PaymentDeclined.examples()[0].to_data(), "reason": reason}
    event["detail"]["data"] = data
    return {**event, "source": "shop.payments", "detail-type": "PaymentDeclined"}


@pytest.fixture
def notify(
    _forkserver: None, stage: Stage, outside: Outside, wire: Wire, signing_key: str
) -> Iterator[Notify]:
    """Starts the service's function; keywords change its environment."""
    running: list[Function] = []
    environment = {
        "AWS_ENDPOINT_URL": wire.endpoint,
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": signing_key,
        "AWS_SECRET_ACCESS_KEY": "test",
        **stage.settings(),
        **outside.settings(),
        "TRUNKLINE_SERVICE": "notifications",
        "TRUNKLINE_SOURCE": "shop.notifications",
        "MESSAGE_GATEWAY_URL": outside.provider.url,
    }

    def start(**changes: str) -> Function:
        running.append(Function(NOTIFY, {**environment, **changes}))
        return running[-1]

    yield start
    for function in running:
        function.stop()


def inbox(stage: Stage) -> list[str]:
    """The messages in the app."""
    items = stage.items()
    return [str(items[key]["text"]) for key in items if key[0].startswith("inbox#")]


def test_the_customer_is_told_in_the_app_and_through_the_gateway(
    notify: Notify, stage: Stage, outside: Outside
) -> None:
    """The same text on both ways."""
    result = notify().invoke(a_batch(declined()))

    (request,) = outside.provider.requests
    event = PaymentDeclined.examples()[0]
    assert result.failures == []
    assert inbox(stage) == [request.body["text"]]
    assert request.body["customer_id"] == event.customer_id
    assert request.headers["path"] == "/charges?tenant=tests"


def test_without_a_gateway_the_inbox_is_all(notify: Notify, stage: Stage, outside: Outside) -> None:
    """Nothing leaves the app, and no table of calls is needed."""
    result = notify(MESSAGE_GATEWAY_URL="", TRUNKLINE_CALLS_TABLE="").invoke(a_batch(declined()))

    assert result.failures == []
    assert len(inbox(stage)) == 1
    assert outside.provider.requests == []


def test_a_batch_is_told_once_each(notify: Notify, stage: Stage, outside: Outside) -> None:
    """Ten messages on five threads, delivered twice."""
    function = notify()
    batch = a_batch(*(declined(f"e-{index}") for index in range(10)))
    function.invoke(batch)

    again = function.invoke(batch)

    assert again.failures == []
    assert len(outside.provider.requests) == len(set(outside.provider.keys)) == 10
    assert len(inbox(stage)) == 10


def test_a_customer_is_told_once_although_the_function_died(
    notify: Notify, stage: Stage, outside: Outside
) -> None:
    """The gateway knows the key."""
    function = notify()
    outside.provider.script(death_after(lambda: function.pid))
    with pytest.raises(EOFError):
        function.invoke(a_batch(declined()))
    outside.end_lease()

    again = notify().invoke(a_batch(declined()))

    assert again.failures == []
    assert len(outside.provider.requests) == 2
    assert len(outside.provider.charged) == len(inbox(stage)) == 1


def test_a_gateway_that_did_not_answer_is_asked_again_with_the_same_key(
    notify: Notify, stage: Stage, outside: Outside
) -> None:
    """Until then the app shows nothing either: both or neither."""
    outside.provider.script(answer_lost)
    function = notify()
    first = function.invoke(a_batch(declined()))
    shown = inbox(stage)

    second = function.invoke(a_batch(declined()))

    (line,) = first.lines("event failed")
    assert line["error"] == "the message gateway did not respond (RemoteDisconnected)"
    assert (shown, len(inbox(stage))) == ([], 1)
    assert second.failures == []
    assert len(outside.provider.charged) == 1


def test_a_message_that_the_gateway_will_never_take_is_dead_lettered(
    notify: Notify, stage: Stage, outside: Outside
) -> None:
    """With the status as its reason, and nothing of the customer in it."""
    outside.provider.script(refused(422))

    result = notify().invoke(a_batch(declined()))

    (letter,) = stage.dead_letters(1)
    reason = letter["MessageAttributes"]["reason"]["StringValue"]
    assert result.failures == []
    assert "422" in reason
    assert PaymentDeclined.examples()[0].customer_id not in json.dumps(reason)
    assert inbox(stage) == []


def test_nobody_is_tipped_off_through_the_gateway(notify: Notify, outside: Outside) -> None:
    """Should the rule let suspected fraud through, it is given up before any call."""
    notify().invoke(a_batch(declined(reason="suspected_fraud")))

    assert outside.provider.requests == []

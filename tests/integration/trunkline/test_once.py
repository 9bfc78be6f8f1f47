"""However often an event is delivered, it has one effect."""

from datetime import datetime

from tests.integration.trunkline.asked import QUEUE_ARN, a_batch, an_event
from tests.integration.trunkline.functions import Start
from tests.integration.trunkline.stage import Stage
from trunkline.retention import EXPIRES_AT

TOGETHER = 8


def test_an_event_is_handled_and_its_event_is_published(start: Start, stage: Stage) -> None:
    """Mark and write are there, the outbox is empty, and the bus has the event."""
    result = start().invoke(a_batch(an_event()))

    (heard,) = stage.heard(1)
    metadata = heard["detail"]["metadata"]
    assert result.failures == []
    assert stage.thing() == {"n": 1}
    assert stage.marks() == ["trunkline#inbox#do-thing#e-1"]
    assert stage.outbox() == []
    assert (heard["source"], heard["detail-type"]) == ("test.things", "ThingDone")
    assert (metadata["correlation_id"], metadata["causation_id"]) == ("corr-1", "e-1")
    assert (metadata["subject"], metadata["producer"]) == ("t-1", "things")


def test_an_event_delivered_twice_has_one_effect(start: Start, stage: Stage) -> None:
    """The second delivery finds the mark and is done."""
    function = start()
    function.invoke(a_batch(an_event()))

    again = function.invoke(a_batch(an_event(), attempt=2))

    (line,) = again.lines("duplicate event")
    assert again.failures == []
    assert stage.thing() == {"n": 1}
    assert len(stage.heard(1)) == 1
    assert (line["attempt"], line["queue"], line["event_id"]) == (2, QUEUE_ARN, "e-1")


def test_an_event_twice_in_one_batch_has_one_effect(start: Start, stage: Stage) -> None:
    """SQS may deliver it so."""
    result = start().invoke(a_batch(an_event(), an_event()))

    assert result.failures == []
    assert len(result.lines("duplicate event")) == 1
    assert stage.thing() == {"n": 1}


def test_an_event_delivered_to_eight_processes_at_once_has_one_effect(
    start: Start, stage: Stage
) -> None:
    """Whoever commits first has handled it; everybody else is told so by the table."""
    functions = [start() for _ in range(TOGETHER)]

    for function in functions:
        function.begin(a_batch(an_event()))
    results = [function.finish() for function in functions]

    handled = [line for result in results for line in result.lines("event handled")]
    duplicates = [line for result in results for line in result.lines("duplicate event")]
    assert (len(handled), len(duplicates)) == (1, TOGETHER - 1)
    assert [result.failures for result in results] == [[]] * TOGETHER
    assert stage.thing() == {"n": 1}
    assert len(stage.heard(1)) == 1


def test_a_retry_emits_the_same_ids(start: Start, stage: Stage) -> None:
    """Ids derive from handler, event and index: here the table has forgotten the first delivery."""
    start().invoke(a_batch(an_event(act="send-many", amount=3)))
    first = {event["detail"]["metadata"]["event_id"] for event in stage.heard(3)}
    for pk, sk in stage.items():
        key = {"pk": {"S": pk}, "sk": {"S": sk}}
        stage.clients.dynamodb.delete_item(TableName=stage.name, Key=key)

    start().invoke(a_batch(an_event(act="send-many", amount=3)))

    assert len(first) == 3
    assert {event["detail"]["metadata"]["event_id"] for event in stage.heard(3)} == first


def test_a_handled_event_is_a_duplicate_whatever_its_handler_says_now(
    start: Start, stage: Stage
) -> None:
    """Stock of one: the redelivery finds none, and yet must not be given up as refused."""
    stage.put({"pk": {"S": "thing#t-1"}, "sk": {"S": "thing"}, "n": {"N": "1"}})
    function = start()
    function.invoke(a_batch(an_event(act="take-from-stock")))

    again = function.invoke(a_batch(an_event(act="take-from-stock")))

    assert again.failures == []
    assert len(again.lines("duplicate event")) == 1
    assert stage.dead_letters(0) == []
    assert stage.thing() == {"n": 0}


def test_a_handled_event_is_a_duplicate_even_if_its_contract_changed(
    start: Start, stage: Stage
) -> None:
    """A deployment may have narrowed the contract between two deliveries."""
    function = start()
    function.invoke(a_batch(an_event()))

    again = function.invoke(a_batch(an_event(amount="one")))

    assert again.failures == []
    assert len(again.lines("duplicate event")) == 1
    assert stage.dead_letters(0) == []


def test_a_handled_event_is_a_duplicate_even_if_its_handler_conflicts_now(start: Start) -> None:
    """Mark and item conditions fail together: the mark decides."""
    function = start()
    function.invoke(a_batch(an_event()))

    again = function.invoke(a_batch(an_event(act="changed-always")))

    assert again.failures == []
    assert len(again.lines("duplicate event")) == 1


def test_events_that_differ_are_each_handled(start: Start, stage: Stage) -> None:
    """The mark is of the one event."""
    start().invoke(a_batch(*(an_event(f"e-{index}") for index in range(10))))

    assert stage.thing() == {"n": 10}
    assert len(stage.marks()) == 10
    assert len({event["detail"]["metadata"]["event_id"] for event in stage.heard(10)}) == 10


def test_a_mark_outlives_the_archive_and_every_queue(start: Start, stage: Stage) -> None:
    """An event replayed on the archive's last day may wait 14 days, be redriven and wait again."""
    start().invoke(a_batch(an_event()))

    mark = stage.items()["trunkline#inbox#do-thing#e-1", "mark"]
    handled_at = str(mark["handled_at"])
    assert mark[EXPIRES_AT] == _epoch_s(handled_at) + (30 + 28) * 86_400


def _epoch_s(moment: str) -> int:
    return int(datetime.fromisoformat(moment).timestamp())

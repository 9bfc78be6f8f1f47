"""An event that ends every process that handles it is given up alone."""

from collections import Counter
from typing import Any, Final

from tests.integration.trunkline.asked import a_batch, an_event
from tests.integration.trunkline.functions import Start
from tests.integration.trunkline.stage import Stage
from tests.integration.trunkline.wire import Wire, answered

RECEIVES_MAX: Final = 5
"""maxReceiveCount of the templates."""


class Queue:
    """What matters of SQS here: who is deleted is gone, who is put off misses the next round."""

    def __init__(self, events: dict[str, dict[str, Any]]) -> None:
        self.events = events
        self.received: Counter[str] = Counter()
        self._away = ""

    def round(self, start: Start, wire: Wire) -> None:
        """One invocation with all that can be received."""
        names = [name for name in self.events if name != self._away] or list(self.events)
        self.received.update(names)
        batch = a_batch(*[self.events[name] for name in names])
        for record, name in zip(batch["Records"], names, strict=True):
            record["receiptHandle"] = name
            record["attributes"] = {"ApproximateReceiveCount": str(self.received[name])}
        wire.calls.clear()
        try:
            failures = start(TRUNKLINE_QUEUE_URL="https://queue").invoke(batch).failures
            done = {name for n, name in enumerate(names) if f"m-{n}" not in failures}
        except EOFError:
            # Nothing is acknowledged: only what the function itself has deleted is gone.
            done = {call["ReceiptHandle"] for call in wire.seen("DeleteMessage")}
        put_off = [call["ReceiptHandle"] for call in wire.seen("ChangeMessageVisibility")]
        self._away = next((name for name in reversed(put_off) if name not in done), "")
        for name in done:
            self.events.pop(name, None)


def a_queue_with_one_deadly_event() -> Queue:
    """Nine good ones and one that kills."""
    good = {f"r-{n}": an_event(f"e-{n}", thing_id=f"t-{n}") for n in range(9)}
    return Queue({**good, "r-9": an_event("e-9", thing_id="t-9", act="die")})


def test_an_event_that_ends_its_process_takes_no_other_to_the_dead_letter_queue(
    start: Start, stage: Stage, wire: Wire
) -> None:
    """All others are done with before the fifth time that they are received."""
    wire.always("DeleteMessage", answered({}))
    wire.always("ChangeMessageVisibility", answered({}))
    queue = a_queue_with_one_deadly_event()

    while max(queue.received.values(), default=0) < RECEIVES_MAX - 1:
        queue.round(start, wire)

    assert set(queue.events) == {"r-9"}
    assert len(stage.marks()) == 9


def test_a_message_that_comes_again_alone_is_not_put_off(start: Start, wire: Wire) -> None:
    """There is nobody whom it could take along: if it fails it comes back as soon as ever."""
    wire.always("DeleteMessage", answered({}))

    start(TRUNKLINE_QUEUE_URL="https://queue").invoke(a_batch(an_event(), attempt=2))

    assert wire.seen("ChangeMessageVisibility") == []
    assert len(wire.seen("DeleteMessage")) == 1


def test_a_message_that_fails_again_is_not_deleted(start: Start, wire: Wire) -> None:
    """Only what is done with is."""
    wire.always("DeleteMessage", answered({}))
    wire.always("ChangeMessageVisibility", answered({}))
    batch = a_batch(an_event(act="raise"), an_event("e-2", thing_id="t-2"), attempt=2)

    result = start(TRUNKLINE_QUEUE_URL="https://queue").invoke(batch)

    assert result.failures == ["m-0"]
    assert [call["ReceiptHandle"] for call in wire.seen("DeleteMessage")] == ["r-1"]


def test_a_queue_that_cannot_be_reached_holds_up_nothing(start: Start, stage: Stage) -> None:
    """Lambda deletes the messages itself when the invocation ends."""
    batch = a_batch(an_event(), an_event("e-2"), attempt=2)

    result = start(TRUNKLINE_QUEUE_URL="http://127.0.0.1:1/nobody").invoke(batch)

    assert result.failures == []
    assert stage.thing() == {"n": 2}
    assert len(result.lines("message not deleted")) == 2

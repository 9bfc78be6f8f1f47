"""Scenarios: the kinds of run that each handler must pass, with its messages and requests."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from trunklab.errors import UsageError
from trunklab.prove.crash_points import EVERYWHERE, Point, When, points_of
from trunklab.prove.handler_discovery import Handler, Items, handlers
from trunklab.prove.handler_run import (
    ENDS_S,
    FromQueue,
    HandlerRun,
    Repeated,
    killed_before_publishing,
)
from trunklab.testing.lambda_events import Occurrence, Poller
from trunklab.testing.sandbox import Sandbox
from trunkline.items import to_attributes
from trunkline.writes import VERSION

SWEPT: Final = {"older_than_s": 0}
"""The event with which a sweep publishes every row."""

_BATCH: Final = 3
"""Messages of a batch during which others change an item."""

_OTHERS: Final = {VERSION: "others"}
"""The attribute by which the runtime detects a change."""


@dataclass(frozen=True)
class Scenario:
    """One kind of run of one handler."""

    handler: Handler
    name: str
    play: Callable[[HandlerRun, Point | None], bool]
    """Makes the deliveries; returns True if the first one reached the point."""
    references: Sequence[Callable[[HandlerRun], object]]
    """Clean runs: every run must have the effects of one of them."""
    prepare: Callable[[HandlerRun], object] = lambda _run: None
    expects_dead_letters: bool = False
    strikes: Sequence[When] = EVERYWHERE
    keeps_keys: bool = True
    """False if the provider outside AWS ignores idempotency keys."""

    @property
    def full_name(self) -> str:
        """Unique among all scenarios."""
        return f"{self.handler.full_name}, {self.name}"

    def points(self, calls: Sequence[str], strikes: Sequence[When]) -> list[Point]:
        """Returns the points at which a run with these calls is struck.

        A provider without keys may receive a request twice if the process dies before it records
        the response: the request and the call after it are left out.
        """
        points = points_of(calls, strikes)
        if self.keeps_keys:
            return points
        requests = {number for number, call in enumerate(calls, 1) if " " in call}
        return [one for one in points if requests.isdisjoint({one.number, one.number - 1})]


def scenarios(handler: Handler) -> Iterator[Scenario]:
    """Returns every scenario of a handler; raises UsageError if proof.yaml lacks an entry."""
    if handler.function.queue:
        yield from _of_queue(handler)
    elif handler.is_sweep:
        sweep = Repeated(handler.function, lambda _attempt: SWEPT)
        yield _once(handler, "sweep", sweep, prepare=lambda run: _leave_rows(handler, run))
    elif handler.function.routes:
        yield _once(handler, "request", _request(handler))
    else:
        event = _event(handler)
        yield _once(handler, "event", Repeated(handler.function, lambda _attempt: event))


def _of_queue(handler: Handler) -> Iterator[Scenario]:
    different = _occurrences(handler)
    first = different[0]
    events = [occurrence.delivered() for occurrence in different]
    one, *others = [FromQueue(handler.function, [event]) for event in events[:2]]
    yield _once(handler, "one message", one)
    if handler.case.provider_without_keys:
        yield _once(handler, "a provider without keys", one, keeps_keys=False)
    if handler.case.meanwhile:
        yield _changed(handler, "a change meanwhile", one, [*EVERYWHERE, When.CHANGED])
        several = FromQueue(handler.function, events)
        yield _changed(handler, "a change within a batch", several, [When.CHANGED])
    # SQS delivers at least once: two messages have the same event id.
    batch = FromQueue(handler.function, [events[0], *events[:2]])
    yield Scenario(
        handler,
        "a batch with a duplicate",
        batch.play,
        [lambda run: [single.play(run, None) for single in (one, *others)]],
    )
    broken = Occurrence(first.source, first.detail_type, first.subject, {}, "event-broken")
    poison = FromQueue(handler.function, [broken.delivered()])
    yield _once(handler, "a broken message", poison, expects_dead_letters=True)


def _once(handler: Handler, name: str, delivery: FromQueue | Repeated, **more: Any) -> Scenario:
    return Scenario(handler, name, delivery.play, [lambda run: delivery.play(run, None)], **more)


def _changed(handler: Handler, name: str, delivery: FromQueue, strikes: Sequence[When]) -> Scenario:
    """Lets others change an item that the handler reads, once: both outcomes are correct."""

    def change(run: HandlerRun) -> None:
        items = handler.case.meanwhile.items()
        put_items(run.sandbox, {table: [_OTHERS | row for row in rows] for table, rows in items})

    def before(run: HandlerRun) -> None:
        change(run)
        delivery.play(run, None)

    def after(run: HandlerRun) -> None:
        delivery.play(run, None)
        change(run)

    def play(run: HandlerRun, point: Point | None) -> bool:
        run.meanwhile = lambda: change(run)
        return delivery.play(run, point)

    return Scenario(handler, name, play, [after, before], strikes=strikes)


def _occurrences(handler: Handler) -> list[Occurrence]:
    """Returns the events for a handler, all different, at least one."""
    contract = handler.contract
    if contract is None:
        raise _unknown(handler, "contract of its messages", "contract: schemas.domain.Contract")
    examples = list(contract.examples)
    for index, data in enumerate(handler.case.events):
        subject = str(data.get(contract.subject_field, ""))
        examples[index : index + 1] = [{"subject": subject, "data": data}]
    return [
        Occurrence(contract.source, contract.detail_type, event_id=f"event-{number}", **example)
        for number, example in enumerate(examples[:_BATCH], 1)
    ]


def _request(handler: Handler) -> Repeated:
    request = handler.case.request
    if request is None:
        raise _unknown(handler, "HTTP request", "request: {method: …, path: …}")
    return Repeated(
        handler.function,
        lambda attempt: request.delivered(handler.function, f"request-{attempt}"),
        is_http=True,
    )


def _event(handler: Handler) -> Any:
    if handler.case.event is not None:
        return handler.case.event
    if handler.contract is None:
        raise _unknown(handler, "event", "event: …")
    return _occurrences(handler)[0].delivered()


def _unknown(handler: Handler, what: str, entry: str) -> UsageError:
    advice = f"Add it to proof.yaml: handlers: {{{handler.name}: {{{entry}}}}}"
    return UsageError(f"{handler.full_name}: unknown {what}. {advice}")


def _leave_rows(sweep: Handler, run: HandlerRun) -> None:
    """Makes every other function of the service commit an event and die before it publishes."""
    for other in handlers(sweep.service):
        if not isinstance(other, Handler) or other.is_sweep:
            continue
        put_items(run.sandbox, other.case.items)
        if other.function.queue:
            poller = Poller(run.sandbox, other.function)
            poller.send([_occurrences(other)[0].delivered()])
            received = poller.receive_all(1, ENDS_S)
            killed_before_publishing(run, other.function, poller.batch(received))
            poller.settle(received)
        elif other.function.routes:
            killed_before_publishing(run, other.function, _request(other).event(1))
        else:
            killed_before_publishing(run, other.function, _event(other))


def put_items(sandbox: Sandbox, items: Items) -> None:
    """Stores items; raises UsageError if the template has no such table."""
    for table, rows in items.items():
        if table not in sandbox.tables:
            raise UsageError(f"proof.yaml: the template has no table {table}")
        for row in rows:
            item = to_attributes(row)
            sandbox.clients.dynamodb.put_item(TableName=sandbox.tables[table], Item=item)

"""What is done to a handler in a run: the messages, requests and events that it is handed."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from trunklab.errors import UsageError
from trunklab.prove.arena import Arena
from trunklab.prove.deliveries import (
    FromQueue,
    Repeated,
    all_of,
    good_http,
    killed_before_publishing,
)
from trunklab.prove.discover import Handler, handlers
from trunklab.prove.point import EVERYWHERE, Point, When, points_of
from trunklab.prove.proof import Items
from trunklab.testing.messages import Occurrence
from trunklab.testing.poller import Poller
from trunklab.testing.sandbox import Sandbox
from trunkline.items import to_attributes
from trunkline.writes import VERSION

SWEPT: Final = {"older_than_s": 0}
"""What a sweep is invoked with by hand: it sends every row."""

_BATCH: Final = 3
"""Messages of a batch that others change something under."""

_OTHERS: Final = {VERSION: "others"}
"""What the runtime sets on an item, so that whoever read the item before is in conflict."""


@dataclass(frozen=True)
class Scenario:
    """One kind of run of one handler."""

    handler: Handler
    name: str
    play: Callable[[Arena, Point | None], bool]
    """Does it, the first delivery with that point; tells whether the point was reached."""
    references: Sequence[Callable[[Arena], object]]
    """Does it as nobody could object to: what comes of one of these must come of every run."""
    prepare: Callable[[Arena], object] = lambda _arena: None
    expects_dead_letters: bool = False
    strikes: Sequence[When] = EVERYWHERE
    """What is done to it at each of its calls."""
    keeps_keys: bool = True
    """Whether the provider outside AWS has one effect for each idempotency key."""

    @property
    def full_name(self) -> str:
        """Unique among all scenarios."""
        return f"{self.handler.full_name}, {self.name}"

    def points(self, calls: Sequence[str], strikes: Sequence[When]) -> list[Point]:
        """Returns where a run that makes these calls is to be struck.

        A provider without keys may have a request twice where the process did not learn that it was
        answered, or had not noted it: the request and the call after it are left out.
        """
        points = points_of(calls, strikes)
        if self.keeps_keys:
            return points
        asked = {number for number, call in enumerate(calls, 1) if " " in call}
        return [one for one in points if asked.isdisjoint({one.number, one.number - 1})]


def scenarios(handler: Handler) -> Iterator[Scenario]:
    """Every kind of run that a handler must stand; raises UsageError where proof.yaml must help."""
    if handler.function.queue:
        yield from _of_queue(handler)
    elif handler.is_sweep:
        sweep = Repeated(handler.function, lambda _attempt: SWEPT)
        yield _once(handler, "sweep", sweep, prepare=lambda arena: _leave_rows(handler, arena))
    elif handler.function.routes:
        yield _once(handler, "request", _request(handler))
    else:
        event = _event(handler)
        yield _once(handler, "event", Repeated(handler.function, lambda _attempt: event))


def _of_queue(handler: Handler) -> Iterator[Scenario]:
    different = _occurrences(handler)
    first, second = different[0], different[min(1, len(different) - 1)]
    one = FromQueue(handler.function, [first.delivered()])
    yield _once(handler, "one message", one)
    if handler.case.provider_without_keys:
        yield _once(handler, "a provider without keys", one, keeps_keys=False)
    if handler.case.meanwhile:
        yield _changed(handler, "a change meanwhile", one, [*EVERYWHERE, When.CHANGED])
        several = FromQueue(handler.function, [each.delivered() for each in different])
        yield _changed(handler, "a change within a batch", several, [When.CHANGED])
    # The second of the pair has the same event id: SQS delivers at least once.
    batch = FromQueue(handler.function, [each.delivered() for each in (first, first, second)])
    yield Scenario(handler, "a batch with a duplicate", batch.play, [batch.each_by_itself])
    broken = Occurrence(first.source, first.detail_type, first.subject, {}, "event-broken")
    poison = FromQueue(handler.function, [broken.delivered()])
    yield _once(handler, "a broken message", poison, expects_dead_letters=True)


def _once(handler: Handler, name: str, what: FromQueue | Repeated, **more: Any) -> Scenario:
    return Scenario(handler, name, what.play, [lambda arena: what.play(arena, None)], **more)


def _changed(handler: Handler, name: str, what: FromQueue, strikes: Sequence[When]) -> Scenario:
    """Others change what the handler reads, once: either decision is right."""

    def change(arena: Arena) -> None:
        items = handler.case.meanwhile.items()
        put_items(arena.sandbox, {table: [_OTHERS | row for row in rows] for table, rows in items})

    def before(arena: Arena) -> None:
        change(arena)
        what.play(arena, None)

    def after(arena: Arena) -> None:
        what.play(arena, None)
        change(arena)

    def play(arena: Arena, point: Point | None) -> bool:
        arena.meanwhile = lambda: change(arena)
        return what.play(arena, point)

    return Scenario(handler, name, play, [after, before], strikes=strikes)


def _occurrences(handler: Handler) -> list[Occurrence]:
    """Returns the events that a handler is given, all different, at least one."""
    contract = handler.contract
    if contract is None:
        raise UsageError(
            f"{handler.full_name} takes messages, but of what contract? Name it in proof.yaml: "
            f"handlers: {{{handler.name}: {{contract: schemas.domain.Contract}}}}"
        )
    examples = list(contract.examples)
    for index, data in enumerate(handler.case.events):
        subject = str(data.get(contract.subject_field, ""))
        examples[index : index + 1] = [{"subject": subject, "data": data}]
    return [
        Occurrence(contract.source, contract.detail_type, event_id=f"event-{number}", **example)
        for number, example in enumerate(examples[:_BATCH], 1)
    ]


def _request(handler: Handler) -> Repeated:
    asked = handler.case.request
    if asked is None:
        raise UsageError(
            f"{handler.full_name} answers requests, but which? Name one in proof.yaml: "
            f"handlers: {{{handler.name}: {{request: {{method: …, path: …}}}}}}"
        )
    return Repeated(
        handler.function,
        lambda attempt: asked.request.delivered(handler.function, f"request-{attempt}"),
        good_http,
        keep_answers=True,
    )


def _event(handler: Handler) -> Any:
    if handler.case.event is not None:
        return handler.case.event
    if handler.contract is None:
        raise UsageError(
            f"{handler.full_name}: nothing says what it is invoked with. Say it in proof.yaml: "
            f"handlers: {{{handler.name}: {{event: …}}}}"
        )
    return _occurrences(handler)[0].delivered()


def _leave_rows(sweep: Handler, arena: Arena) -> None:
    """Have every other function of the service commit an event and die before it is published."""
    for other in handlers(sweep.service):
        if not isinstance(other, Handler) or other.is_sweep:
            continue
        put_items(arena.sandbox, other.case.items)
        if other.function.queue:
            poller = Poller(arena.sandbox, other.function)
            poller.send([_occurrences(other)[0].delivered()])
            received = all_of(poller, 1)
            killed_before_publishing(arena, other.function, poller.batch(received))
            poller.delete(received)
        elif other.function.routes:
            killed_before_publishing(arena, other.function, _request(other).event(1))
        else:
            killed_before_publishing(arena, other.function, _event(other))


def put_items(sandbox: Sandbox, items: Items) -> None:
    """Store what is to be there before; raises UsageError for a table that the template lacks."""
    for table, rows in items.items():
        if table not in sandbox.tables:
            raise UsageError(f"proof.yaml names the table {table}, the template does not")
        for row in rows:
            item = to_attributes(row)
            sandbox.clients.dynamodb.put_item(TableName=sandbox.tables[table], Item=item)

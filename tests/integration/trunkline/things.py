"""A service for tests: its one consumer does whatever the event asks for."""

import json
import signal
from collections.abc import Callable
from functools import partial
from typing import Annotated, Any

import boto3
from pydantic import Field

from schemas.event import Event
from tests.integration.trunkline.provider import charge
from trunkline import (
    Answer,
    Answered,
    Consumer,
    KeyedRequest,
    LambdaContext,
    PermanentError,
    Producer,
    RetryableError,
    Sweep,
    UnitOfWork,
    json_answer,
    key_in,
)
from trunkline.settings import Settings

app = Consumer()
api = Producer()
handler = app.handler
keeper = Consumer()
in_order = keeper.handler
sweep = Sweep().handler


class ThingAsked(
    Event,
    source="test.asks",
    owner="team-tests",
    subject="thing_id",
    examples=({"thing_id": "t-1", "act": "count"},),
):
    """Somebody wants something done to a thing."""

    thing_id: str
    act: str
    amount: Annotated[int, Field(strict=True)] = 1
    secret: str = ""
    tags: list[str] = Field(default_factory=list)


class ThingDone(
    Event,
    source="test.things",
    owner="team-tests",
    subject="thing_id",
    examples=({"thing_id": "t-1"},),
):
    """It was done."""

    thing_id: str
    total: int = 0
    text: str = ""


class ForeignThing(
    Event,
    source="test.others",
    owner="team-tests",
    subject="thing_id",
    examples=({"thing_id": "t-1"},),
):
    """An event that belongs to another service."""

    thing_id: str


Emitted = Event | list[Event] | None
Act = Callable[[ThingAsked, UnitOfWork], Emitted]


@app.on(ThingAsked, name="do-thing")
def on_thing_asked(asked: ThingAsked, unit: UnitOfWork) -> Emitted:
    """Something is asked for: do it."""
    return ACTS[asked.act](asked, unit)


@keeper.on(ThingAsked, name="do-thing-in-order", ordered=True)
def on_thing_asked_in_order(asked: ThingAsked, unit: UnitOfWork) -> Emitted:
    """The same where the order of a thing's events matters."""
    return ACTS[asked.act](asked, unit)


def ask(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """The same as an API: an act that a request asks for."""
    asked = ThingAsked.model_validate(event["ask"])
    done = api.commit(
        lambda unit: ACTS[asked.act](asked, unit),
        name="ask-thing",
        request_id=event["request_id"],
        context=context,
    )
    return {"done": done.subject if isinstance(done, Event) else None}


@api.handler
def answer(event: dict[str, Any], context: LambdaContext) -> Answer:
    """The same for clients that may repeat themselves, and never hear of a failure's message."""
    asked = ThingAsked.model_validate(event["ask"])
    body = json.dumps(event["ask"]).encode()
    return api.answer(
        lambda unit: ACTS[asked.act](asked, unit),
        ANSWERS[event.get("answer", "done")],
        name="answer-thing",
        request=KeyedRequest(event["request_id"], key_in(event.get("headers", {})), body),
        context=context,
    )


def read(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """The thing as it is, or what comes of an act that must not write."""
    asked = ThingAsked.model_validate(event["ask"])
    if asked.act == "get":
        return {"item": api.read(lambda unit: unit.get(_key(asked), "thing"), context)}
    return {"done": bool(api.read(lambda unit: ACTS[asked.act](asked, unit), context))}


def _done(done: Emitted) -> Answer:
    what = done.model_dump() if isinstance(done, Event) else None
    return json_answer(201, {"done": what}, {"Location": "https://first.example/things/t-1"})


ANSWERS: dict[str, Callable[[Emitted], Answer]] = {
    "done": _done,
    "no-json": lambda _: {"statusCode": 201, "body": {1, 2}},
    "no-number": lambda _: {"statusCode": 201, "body": float("nan")},
    "too-large": lambda _: {"statusCode": 201, "body": "x" * 410_000},
}


def _key(asked: ThingAsked) -> str:
    return f"thing#{asked.thing_id}"


def _count(asked: ThingAsked, unit: UnitOfWork) -> ThingDone:
    unit.update(_key(asked), "thing", add={"n": asked.amount})
    return ThingDone(thing_id=asked.thing_id, text=asked.secret)


def _count_by_reading(asked: ThingAsked, unit: UnitOfWork) -> ThingDone:
    item: dict[str, Any] = unit.get(_key(asked), "thing") or {"n": 0}
    unit.put(_key(asked), "thing", {"n": item["n"] + asked.amount})
    return ThingDone(thing_id=asked.thing_id, total=item["n"] + asked.amount)


def _take_from_stock(asked: ThingAsked, unit: UnitOfWork) -> ThingDone:
    item: dict[str, Any] = unit.get(_key(asked), "thing") or {"n": 0}
    if item["n"] < asked.amount:
        raise PermanentError("out of stock")
    return _count_by_reading(asked.model_copy(update={"amount": -asked.amount}), unit)


def _raise(asked: ThingAsked, unit: UnitOfWork) -> None:
    unit.put(_key(asked), "thing", {"n": 1})
    app.logger.append_keys(note=asked.secret)
    raise RuntimeError(f"failed on {asked.secret}")


def _die(_asked: ThingAsked, _unit: UnitOfWork) -> None:
    """The process is gone, as by an error in a C library or for want of memory."""
    signal.raise_signal(signal.SIGKILL)


def _refuse(asked: ThingAsked, _unit: UnitOfWork) -> None:
    raise PermanentError(f"{asked.thing_id} can never be done")


def _refuse_request(asked: ThingAsked, unit: UnitOfWork) -> None:
    unit.put(_key(asked), "thing", {"n": 1})
    raise Answered(json_answer(409, {"error": "out_of_stock"}))


def _interfere(asked: ThingAsked, version: str) -> None:
    """Another writer changes the item between this handler's read and its commit."""
    item = {"pk": {"S": _key(asked)}, "sk": {"S": "thing"}, "n": {"N": "100"}}
    table = Settings.from_environment(consumes=True).table
    boto3.client("dynamodb").put_item(TableName=table, Item={**item, "_version": {"S": version}})


def _changed_once(asked: ThingAsked, unit: UnitOfWork) -> ThingDone:
    item = unit.get(_key(asked), "thing")
    if item is None:
        _interfere(asked, "other")
    return _count_by_reading(asked, unit)


def _changed_always(asked: ThingAsked, unit: UnitOfWork) -> ThingDone:
    unit.get(_key(asked), "thing")
    _interfere(asked, unit.now.isoformat())
    return _count_by_reading(asked, unit)


def _check_while_changed(asked: ThingAsked, unit: UnitOfWork) -> None:
    unit.check(_key(asked), "thing")
    _interfere(asked, unit.now.isoformat())
    unit.put(f"{_key(asked)}#result", "thing", {"n": 1})


def _write_many(asked: ThingAsked, unit: UnitOfWork) -> None:
    for index in range(asked.amount):
        unit.put(_key(asked), f"part#{index:03d}", {"n": index})


def _write_large(asked: ThingAsked, unit: UnitOfWork) -> None:
    unit.put(_key(asked), "thing", {"text": asked.secret * asked.amount})


def _send_many(asked: ThingAsked, _unit: UnitOfWork) -> list[Event]:
    return [ThingDone(thing_id=asked.thing_id, total=index) for index in range(asked.amount)]


def _send_large(asked: ThingAsked, _unit: UnitOfWork) -> ThingDone:
    return ThingDone(thing_id=asked.thing_id, text=asked.secret * asked.amount)


def _broken(asked: ThingAsked) -> ThingDone:
    done = ThingDone(thing_id=asked.thing_id)
    return done.model_copy(update={"text": 1})  # a copy is not validated


# Acts that call a provider outside AWS, each by `unit.once`.


def _charge(asked: ThingAsked, unit: UnitOfWork) -> ThingDone:
    charged = unit.once("charge", partial(charge, asked.amount))
    unit.update(_key(asked), "thing", {"charge": charged["id"]}, add={"n": 1})
    return ThingDone(thing_id=asked.thing_id, text=charged["id"])


def _charge_then_raise(asked: ThingAsked, unit: UnitOfWork) -> None:
    _charge(asked, unit)
    raise RuntimeError("after the call")


def _charge_while_changed(asked: ThingAsked, unit: UnitOfWork) -> ThingDone:
    item = unit.get(_key(asked), "thing")
    charged = unit.once("charge", partial(charge, asked.amount))
    if item is None:
        _interfere(asked, "other")
    unit.put(_key(asked), "thing", {"charge": charged["id"], "n": (item or {"n": 0})["n"]})
    return ThingDone(thing_id=asked.thing_id, text=charged["id"])


def _charge_and_tip(asked: ThingAsked, unit: UnitOfWork) -> None:
    charges = [unit.once(name, partial(charge, asked.amount)) for name in ("charge", "tip")]
    unit.put(_key(asked), "thing", {"charges": [charged["id"] for charged in charges]})


def _charge_twice(asked: ThingAsked, unit: UnitOfWork) -> None:
    unit.once("charge", partial(charge, asked.amount))
    unit.once("charge", partial(charge, asked.amount + 1))


def _charge_for_an_object(asked: ThingAsked, unit: UnitOfWork) -> None:
    unit.once("charge", lambda key: charge(asked.amount, key) and object())


def _charge_if_there(asked: ThingAsked, unit: UnitOfWork) -> ThingDone:
    item: dict[str, Any] = unit.get(_key(asked), "thing") or {"n": 0}
    unit.check(_key(asked), "thing")
    if item["n"] < asked.amount:
        return ThingDone(thing_id=asked.thing_id, text="declined")
    unit.once("charge", partial(charge, asked.amount))
    return ThingDone(thing_id=asked.thing_id, text="charged")


def _charge_or_decline(asked: ThingAsked, unit: UnitOfWork) -> ThingDone:
    try:
        unit.once("charge", partial(charge, asked.amount))
    except RetryableError:  # what a handler should not do
        return ThingDone(thing_id=asked.thing_id, text="declined")
    return ThingDone(thing_id=asked.thing_id, text="charged")


def _use_up_tags(asked: ThingAsked, unit: UnitOfWork) -> None:
    if unit.get(_key(asked), "thing") is None:
        _interfere(asked, "other")
    count = len(asked.tags)
    asked.tags.clear()
    unit.put(_key(asked), "thing", {"n": count})


ACTS: dict[str, Act] = {
    "charge-if-there": _charge_if_there,
    "charge-or-decline": _charge_or_decline,
    "use-up-tags": _use_up_tags,
    "charge": _charge,
    "charge-then-raise": _charge_then_raise,
    "charge-while-changed": _charge_while_changed,
    "charge-and-tip": _charge_and_tip,
    "charge-twice": _charge_twice,
    "charge-for-an-object": _charge_for_an_object,
    "count": _count,
    "count-by-reading": _count_by_reading,
    "take-from-stock": _take_from_stock,
    "raise": _raise,
    "die": _die,
    "refuse": _refuse,
    "refuse-request": _refuse_request,
    "changed-once": _changed_once,
    "changed-always": _changed_always,
    "check-while-changed": _check_while_changed,
    "write-many": _write_many,
    "write-large": _write_large,
    "send-many": _send_many,
    "send-large": _send_large,
    "send-foreign": lambda asked, _unit: ForeignThing(thing_id=asked.thing_id),
    "send-broken": lambda asked, _unit: _broken(asked),
    "make-invalid": lambda asked, _unit: ThingDone.from_data(
        {"thing_id": "x", "total": asked.secret}
    ),
    "send-beyond-64-bits": lambda asked, _unit: ThingDone(thing_id=asked.thing_id, total=2**63),
    "send-no-character": lambda asked, _unit: ThingDone(thing_id=asked.thing_id, text="\uffff"),
    "send-endless-subject": lambda _asked, _unit: ThingDone(thing_id="x" * 600),
}

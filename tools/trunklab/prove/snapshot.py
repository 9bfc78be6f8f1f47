"""What can be seen of a service once a run is over: tables, bus, queues, the provider, answers."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from trunklab.prove.arena import Arena
from trunklab.testing.inspection import items_of, messages_of
from trunklab.testing.sandbox import Sandbox
from trunklab.testing.template_stack import TABLE, Stack

BUS: Final = "bus"
OUTSIDE: Final = "outside"
ANSWERS: Final = "answers"
QUEUE: Final = "queue "

EVENT_ID: Final = "detail.metadata.event_id"
"""Where every event has its id."""

_BEGINS_JSON: Final = ("{", "[")
_OF_EVENT: Final = ("source", "detail-type", "detail")
_SANDBOX: Final = "sandbox"
"""Stands for what is different in the names of every run's tables and queues."""


@dataclass(frozen=True)
class Record:
    """One item, event, message, effect or answer: every value by its path, as JSON.

    `key` are the paths that make it the same one in another run: an item's key, an event's id.
    """

    values: Mapping[str, str]
    key: tuple[str, ...] = ()


Snapshot = Mapping[str, list[Record]]
"""Records by where they lie."""


def take(arena: Arena, stack: Stack) -> Snapshot:
    """Look at everything that the service could have changed.

    Left out is what EventBridge and SQS make up for each message (its `id`, `time`, receipts): the
    same event sent twice differs in it.
    """
    sandbox = arena.sandbox
    seen: dict[str, list[Record]] = {}
    for logical_id, name in sandbox.tables.items():
        schema = stack.resources(TABLE)[logical_id]["KeySchema"]
        key = tuple(one["AttributeName"] for one in schema)
        items = items_of(sandbox, name)
        seen[f"table {logical_id}"] = [_record(sandbox, item, *key) for item in items]
    heard = [json.loads(one["Body"]) for one in messages_of(sandbox, sandbox.heard_url)]
    seen[BUS] = [
        _record(sandbox, {name: event[name] for name in _OF_EVENT}, EVENT_ID) for event in heard
    ]
    for logical_id, url in sandbox.queues.items():
        seen[QUEUE + logical_id] = [
            _record(sandbox, _message(one), f"body.{EVENT_ID}") for one in messages_of(sandbox, url)
        ]
    seen[OUTSIDE] = [_record(sandbox, effect, "key") for effect in arena.outside.effects]
    seen[ANSWERS] = [_record(sandbox, _answer(answer)) for answer in arena.answers]
    return seen


def _record(sandbox: Sandbox, content: Any, *key: str) -> Record:
    text = json.dumps(content, default=str).replace(sandbox.token, _SANDBOX)
    values = values_of(json.loads(text))
    return Record(values, tuple(path for path in key if path in values))


def values_of(content: Any) -> dict[str, str]:
    """Every value by its path, as JSON."""
    return dict(_values(content, ""))


def _values(value: Any, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, str) and value[:1] in _BEGINS_JSON:
        value = _parsed(value)  # JSON within JSON: compared value by value as well
    inner = enumerate(value) if isinstance(value, list) else ()
    within = list(value.items() if isinstance(value, dict) else inner)
    for name, one in within:
        yield from _values(one, f"{path}.{name}" if path else str(name))
    if not within:
        yield path, json.dumps(value)


def _message(message: Mapping[str, Any]) -> dict[str, Any]:
    attributes = message.get("MessageAttributes", {})
    named = {name: value.get("StringValue", "") for name, value in attributes.items()}
    return {"body": _parsed(message["Body"]), "attributes": named}


def _answer(answer: Any) -> Any:
    if isinstance(answer, dict) and isinstance(answer.get("body"), str):
        return {**answer, "body": _parsed(answer["body"])}
    return answer


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text

"""More consumers of the service for tests: one that works side by side, one that hears the same."""

import threading
from functools import partial
from typing import Final

from tests.integration.trunkline.provider import charge
from tests.integration.trunkline.things import ThingAsked, ThingDone
from trunkline import Consumer, UnitOfWork

MEET: Final = 4
"""Handlers that must run at once, or none of them comes to its end."""

_MEET_S: Final = 20.0

side_by_side = Consumer(parallel=MEET)
watcher = Consumer()

_meeting = threading.Barrier(MEET)


@side_by_side.on(ThingAsked, name="meet-others")
def on_thing_asked_together(asked: ThingAsked, unit: UnitOfWork) -> ThingDone:
    """Waits for the others, reads, writes, and names itself on a log line."""
    if asked.act == "meet":
        _meeting.wait(_MEET_S)
    side_by_side.logger.append_keys(note=asked.thing_id)
    side_by_side.logger.info("met", thing=asked.thing_id)
    if asked.act == "charge":
        unit.once("charge", partial(charge, asked.amount))
    if asked.act == "raise":
        raise RuntimeError("on purpose")
    item = unit.get(f"thing#{asked.thing_id}", "thing")
    count = item["n"] if item else 0
    assert isinstance(count, int)
    unit.put(f"thing#{asked.thing_id}", "thing", {"n": count + 1})
    return ThingDone(thing_id=asked.thing_id)


@watcher.on(ThingAsked, name="watch-thing")
def on_thing_asked_watched(asked: ThingAsked, unit: UnitOfWork) -> None:
    """The service's second handler of the same event."""
    unit.update(f"watched#{asked.thing_id}", "thing", add={"n": asked.amount})


meet = side_by_side.handler
watch = watcher.handler

"""Lanes: messages of an invocation that must be handled in order."""

from collections.abc import Iterable

from trunkline.message import Message


def lanes(messages: Iterable[Message]) -> list[list[Message]]:
    """Returns each message group of a FIFO queue in order, and each other message alone."""
    by_lane: dict[object, list[Message]] = {}
    for index, message in enumerate(messages):
        lane = index if message.group is None else (message.queue, message.group)
        by_lane.setdefault(lane, []).append(message)
    return list(by_lane.values())

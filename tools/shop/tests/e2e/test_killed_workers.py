"""Workers may die at any moment: each event has its effects once, or is a dead letter."""

import json
import os
import random
import signal
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

import pytest

from shop.shop_state import Ledger, ShopState
from shop.tests.e2e.broken_limit import queue
from shop.tests.e2e.examples import order_placed
from shop.tests.e2e.shop import Shop
from tests import settings as test_settings
from tests.integration.local import processes
from trunklab import effects

Eventually = Callable[[Callable[[], Any]], Any]

EVENTS: Final = test_settings.examples(60, 2_000)
BATCH: Final = 10
"""Entries of one PutEvents call."""
KILLS_MIN: Final = test_settings.examples(2, 20)
BETWEEN_KILLS_S_MAX: Final = 0.5
KILLS_BETWEEN_READS: Final = test_settings.examples(1, 4)
"""The tables are read whole: seldom, or little else would happen on the machine."""
REDELIVERY_S: Final = 2
QUIET_S: Final = 300.0
"""Seconds in which one more event must have ended; a lease may have to run out first."""

pytestmark = [
    pytest.mark.skipif(
        "config.getoption('--stage', default='local') != 'local'",
        reason="only workers on this machine can be killed",
    ),
    pytest.mark.skipif(sys.platform != "linux", reason="reads Linux's /proc"),
]


@pytest.fixture
def published(shop: Shop) -> Iterator[Callable[[], dict[str, set[str]]]]:
    """Returns the ids of the events that payments has published so far, by their subjects."""
    events, sqs, name = shop.stage.client("events"), shop.stage.client("sqs"), "killed-workers"
    allowed = {"Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}}
    policy = {"Statement": {**allowed, "Action": "sqs:SendMessage", "Resource": "*"}}
    url = sqs.create_queue(QueueName=name, Attributes={"Policy": json.dumps(policy)})["QueueUrl"]
    names = ["QueueArn"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]["QueueArn"]
    rule = {"Name": name, "EventBusName": shop.bus}
    events.put_rule(**rule, EventPattern=json.dumps({"source": ["shop.payments"]}))
    events.put_targets(Rule=name, EventBusName=shop.bus, Targets=[{"Id": "all", "Arn": arn}])
    seen: defaultdict[str, set[str]] = defaultdict(set)

    def read() -> dict[str, set[str]]:
        while found := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
            for message in found:
                metadata = json.loads(message["Body"])["detail"]["metadata"]
                seen[metadata["subject"]].add(metadata["event_id"])
        return seen

    yield read
    events.remove_targets(Rule=name, EventBusName=shop.bus, Ids=["all"])
    events.delete_rule(**rule)
    sqs.delete_queue(QueueUrl=url)


@pytest.fixture
def hasty(shop: Shop) -> Iterator[None]:
    """Has the queue of placed orders deliver again soon what a killed worker had."""
    sqs, url, name = shop.stage.client("sqs"), queue(shop), "VisibilityTimeout"
    usual = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=[name])["Attributes"]
    sqs.set_queue_attributes(QueueUrl=url, Attributes={name: str(REDELIVERY_S)})
    yield
    sqs.set_queue_attributes(QueueUrl=url, Attributes=usual)


@pytest.mark.usefixtures("hasty")
def test_an_event_is_handled_once_or_dead_lettered_however_often_workers_are_killed(
    shop: Shop, published: Callable[[], dict[str, set[str]]]
) -> None:
    """SIGKILL at random moments, until every event has ended; the seed repeats the moments."""
    chance = random.Random(test_settings.seed())  # noqa: S311 - moments, no secrets
    marker = effects.random_hex(12)
    ids = [f"{marker}-{number}" for number in range(EVENTS)]
    state = ShopState(shop.stage)
    killed = 0

    with ThreadPoolExecutor(1) as threads:
        publishing = threads.submit(_publish, shop, ids)
        ended, ledger, moved_at = 0, state.read(), effects.monotonic()
        while ended < EVENTS or killed < KILLS_MIN:
            for _ in range(KILLS_BETWEEN_READS):
                effects.sleep(chance.uniform(0, BETWEEN_KILLS_S_MAX))
                killed += _kill_one(chance)
            ledger = state.read()
            if (now_ended := len(_paid(ledger, ids) | _dead(ledger, ids))) > ended:
                ended, moved_at = now_ended, effects.monotonic()
            assert effects.monotonic() < moved_at + QUIET_S, f"{ended} of {EVENTS} ended"
        publishing.result()

    assert all(letter.reason for letter in ledger.dead_letters)
    assert {one: len(ledger.payments[one]) for one in _paid(ledger, ids)} == dict.fromkeys(
        _paid(ledger, ids), 1
    )
    _assert_published_once(published, _paid(ledger, ids))


def _publish(shop: Shop, ids: list[str]) -> None:
    for first in range(0, len(ids), BATCH):
        entries = [
            {"EventBusName": shop.bus, **order_placed(one, f"event-{one}")}
            for one in ids[first : first + BATCH]
        ]
        assert shop.stage.client("events").put_events(Entries=entries)["FailedEntryCount"] == 0


def _kill_one(chance: random.Random) -> int:
    """Kills a worker, if there is one; returns how many."""
    workers = []
    for pid in sorted(processes.tree(os.getpid())):
        try:
            command = (processes.PROC / str(pid) / "cmdline").read_bytes()
        except OSError:  # it has ended meanwhile
            continue
        if b"/functions/worker" in command:
            workers.append(pid)
    if workers:
        os.kill(chance.choice(workers), signal.SIGKILL)
    return min(len(workers), 1)


def _paid(ledger: Ledger, ids: list[str]) -> set[str]:
    return set(ids) & ledger.payments.keys()


def _dead(ledger: Ledger, ids: list[str]) -> set[str]:
    return set(ids) & {
        letter.subject
        for letter in ledger.dead_letters
        if letter.subject and letter.detail_type == "OrderPlaced"
    }


def _assert_published_once(
    published: Callable[[], dict[str, set[str]]], subjects: set[str]
) -> None:
    """`make verify` waits for the sweep, which sends within minutes what a killed worker left."""
    deadline = effects.monotonic() + QUIET_S
    while test_settings.is_verify() and not subjects <= published().keys():
        assert effects.monotonic() < deadline, len(subjects - published().keys())
        effects.sleep(REDELIVERY_S)
    seen = published()
    assert {one: len(seen[one]) for one in subjects & seen.keys()} == dict.fromkeys(
        subjects & seen.keys(), 1
    )
    assert seen

"""Tests that an order's trace is one, over every queue that begins a trace of its own."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest

from shop.tests.e2e.broken_limit import (
    break_limit,
    impatient_queue,
    mend_limit,
    redrive,
    take_letters,
)
from shop.tests.e2e.examples import an_order
from shop.tests.e2e.shop import Shop
from trunklab import effects, settings
from trunklab.observe.trace_tree import join
from trunklab.observe.xray_traces import Ref, Segment, TraceSearch

Eventually = Callable[[Callable[[], Any]], Any]
Run = Callable[..., subprocess.CompletedProcess[str]]

TOO_MUCH_MINOR = 100_001
"""An order that is declined for its amount: its customer is told."""


@pytest.fixture
def trace(shop: Shop) -> Run:
    """Run `trunkline trace` as a user does."""

    def run(wanted: str, *options: str) -> subprocess.CompletedProcess[str]:
        where = ["--stage", shop.stage.name]
        if shop.stage.endpoint:
            where += ["--endpoint", shop.stage.endpoint]
        path = os.pathsep.join(str(settings.REPOSITORY / part) for part in ("tools", "shared"))
        return subprocess.run(  # noqa: S603  # our own command
            [sys.executable, "-m", "trunklab.cli", "trace", wanted, *where, *options],
            env=settings.inherited_environment() | {"PYTHONPATH": path, "PYTHONUTF8": "1"},
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=False,
        )

    return run


def test_an_order_is_connected_from_its_request_to_the_last_notification(
    shop: Shop, eventually: Eventually, trace: Run
) -> None:
    """Every segment leads to the request, by its parent or by its link."""
    order_id = shop.place(an_order(amount_minor=TOO_MUCH_MINOR))

    segments = eventually(lambda: _told(shop, order_id))

    root = _root(shop, segments)
    assert [one.name for one in segments.values() if root.ref not in _above(one, segments)] == []
    assert {one.name for one in segments.values()} >= {
        "## place-order",
        "## decide-payment",
        "## follow-declined",
        "## tell-customer",
        "## commit",
        "dynamodb",
        "events",
    }
    assert len({one.ref.trace_id for one in segments.values()}) > 1  # queues begin traces
    told = trace(order_id)
    assert (told.returncode, told.stderr) == (0, "")
    assert "connected" in told.stdout.splitlines()[0]
    for part in ("POST /orders", "place-order", "decide-payment", "tell-customer of event"):
        assert part in told.stdout


def test_an_order_stays_connected_after_a_redrive(
    shop: Shop, eventually: Eventually, trace: Run
) -> None:
    """An event that failed, was dead-lettered and redriven is the same story."""
    order = an_order(amount_minor=TOO_MUCH_MINOR)
    customer_id = order["customer"]["id"]
    break_limit(shop, customer_id)
    with impatient_queue(shop, eventually):
        order_id = shop.place(order)
        letter, *_ = eventually(lambda: take_letters(shop, order_id))  # at least once
    mend_limit(shop, customer_id)
    redrive(shop, letter)

    segments = eventually(lambda: _told(shop, order_id))

    root = _root(shop, segments)
    assert [one.name for one in segments.values() if root.ref not in _above(one, segments)] == []
    deliveries = [one for one in segments.values() if one.name == "## decide-payment"]
    assert [one.fault for one in sorted(deliveries, key=lambda one: one.start)] == [
        *[True, True],
        False,
    ]
    assert len({one.ref.trace_id for one in deliveries}) == 3
    told = trace(order_id, "--json")
    (story,) = json.loads(told.stdout)["stories"]
    assert told.returncode == 1  # for the faults, which are named
    assert (story["connected"], story["unfinished"]) == (True, [])
    assert {one["trace_id"] for one in story["faults"]} >= {
        one.ref.trace_id for one in deliveries if one.fault
    }


@pytest.mark.sampled
def test_every_id_of_an_order_finds_its_trace(
    shop: Shop, eventually: Eventually, trace: Run
) -> None:
    """Whatever id somebody has at hand: of the order, an event, the correlation or the trace."""
    order_id = shop.place(an_order(amount_minor=TOO_MUCH_MINOR))
    segments = eventually(lambda: _told(shop, order_id))
    handler = next(one for one in segments.values() if one.name == "## tell-customer")
    by_order = json.loads(trace(order_id, "--json").stdout)

    for name in ("event_id", "correlation_id", "causation_id"):
        by_id = json.loads(trace(handler.annotations[name], "--json").stdout)
        assert by_id["stories"] == by_order["stories"]
    by_trace = json.loads(trace(handler.ref.trace_id, "--json").stdout)
    told = {story["correlation_id"]: story for story in by_trace["stories"]}
    assert told[handler.annotations["correlation_id"]] == by_order["stories"][0]


def test_a_trace_holds_nothing_personal(shop: Shop, eventually: Eventually, trace: Run) -> None:
    """Traces are no store for data: ids and names of parts alone."""
    order = an_order(amount_minor=TOO_MUCH_MINOR)
    order_id = shop.place(order)
    eventually(lambda: _told(shop, order_id))

    told = trace(order_id, "--json").stdout

    customer = order["customer"]
    personal = [customer["name"], customer["email"], *customer["address"].values(), "tok_good"]
    assert [one for one in personal if json.dumps(one) in told] == []


def test_an_unknown_id_is_told_so(trace: Run) -> None:
    """The exit status is that of `trunkline story`; the message says what to try."""
    told = trace("no-such-order")

    assert (told.returncode, told.stdout) == (1, "")
    assert "--since" in told.stderr
    assert "trunkline story" in told.stderr


@pytest.mark.parametrize(
    "wrong", [["a b"], ['x"y'], ["ok", "--since", "soon"], ["ok", "--since", "60d"]]
)
def test_wrong_usage_is_told_so(trace: Run, wrong: list[str]) -> None:
    """An id that cannot exist is not searched for."""
    told = trace(*wrong)

    assert (told.returncode, told.stdout) == (2, "")
    assert told.stderr


def _told(shop: Shop, order_id: str) -> dict[Ref, Segment]:
    """The segments of the order, once its customer has been told and every part has ended."""
    until = effects.now() + timedelta(minutes=1)
    search = TraceSearch(shop.stage.client("xray"), until - timedelta(hours=1), until)
    joined = join(search, order_id)
    segments = {one.ref: one for trace in joined.traces.values() for one in trace}
    names = {one.name for one in segments.values() if not one.fault}
    is_over = {"## tell-customer", "## follow-declined"} <= names and "## place-order" in names
    return segments if is_over and all(one.end for one in segments.values()) else {}


def _root(shop: Shop, segments: dict[Ref, Segment]) -> Segment:
    """The HTTP request; AWS's HTTP APIs record none, there it is the function that answers it."""
    tops = [one for one in segments.values() if one.parent not in segments and not one.links]
    (root,) = tops
    assert root.http.get("method") == "POST" or not shop.stage.is_local
    return root


def _above(segment: Segment, segments: dict[Ref, Segment]) -> set[Ref]:
    """All that is reached from a segment, going to parents and along links."""
    return set(_climbed(segment, segments))


def _climbed(segment: Segment, segments: dict[Ref, Segment]) -> Iterator[Ref]:
    seen: set[Ref] = set()
    waiting = [segment]
    while waiting:
        one = waiting.pop()
        if one.ref not in seen:
            seen.add(one.ref)
            yield one.ref
            waiting += [segments[ref] for ref in (one.parent, *one.links) if ref in segments]

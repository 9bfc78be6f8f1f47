"""Tests that an order's story can be had from the logs and the deployed rules alone."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from shop.tests.e2e.examples import an_order
from shop.tests.e2e.shop import Shop
from trunklab import settings

Eventually = Callable[[Callable[[], Any]], Any]


@pytest.fixture
def tell(shop: Shop) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run `trunkline story` as a user does."""

    def run(
        wanted: str, *options: str, repository: Path = settings.REPOSITORY
    ) -> subprocess.CompletedProcess[str]:
        where = ["--stage", shop.stage.name]
        if shop.stage.endpoint:
            where += ["--endpoint", shop.stage.endpoint]
        path = os.pathsep.join([str(repository / "tools"), str(repository / "shared")])
        return subprocess.run(  # noqa: S603  # our own command
            [sys.executable, "-m", "trunklab.cli", "story", wanted, *where, *options],
            env=settings.inherited_environment() | {"PYTHONPATH": path, "PYTHONUTF8": "1"},
            cwd=repository,
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=False,
        )

    return run


Tell = Callable[..., subprocess.CompletedProcess[str]]


def test_a_story_shows_every_hop_and_its_rule(
    shop: Shop, eventually: Eventually, tell: Tell
) -> None:
    """From the request over two services to the third, each with the rule that let it through."""
    order_id = shop.place(an_order(amount_minor=100_001))

    story = eventually(lambda: _whole(tell(order_id)))

    stack = f"trunkline-{shop.stage.name}"
    for part in (
        "orders place-order committed the request",
        "OrderPlaced from shop.orders",
        f"rule {stack}-payments-decide-payment -> payments decide-payment: handled",
        "PaymentDeclined from shop.payments",
        f"rule {stack}-orders-follow-payments -> orders follow-declined: handled",
        f"rule {stack}-notifications-",
        "notifications tell-customer: handled",
    ):
        assert part in story


def test_a_rule_that_looks_at_the_content_is_named_when_it_did_not_match(
    shop: Shop, eventually: Eventually, tell: Tell
) -> None:
    """Suspected fraud reaches no customer, and the story names the rule that does not match."""
    order_id = shop.place(an_order(card_token="tok_fraud"))  # noqa: S106  # a test token
    eventually(lambda: shop.status(order_id) == "DECLINED")

    story = eventually(lambda: _holding("follow-declined: handled", tell(order_id)))

    assert "no delivery logged, it also filters on content" in story


@pytest.mark.sampled
def test_a_story_needs_nothing_but_the_endpoints(
    shop: Shop, eventually: Eventually, tell: Tell, tmp_path: Path
) -> None:
    """A copy of the tools that has no state at all tells the same."""
    order_id = shop.place(an_order())
    eventually(lambda: _holding("follow-captured: handled", tell(order_id)))
    ignored = shutil.ignore_patterns("__pycache__")
    for part in ("tools", "shared"):
        shutil.copytree(settings.REPOSITORY / part, tmp_path / part, ignore=ignored)

    assert tell(order_id, repository=tmp_path).stdout == tell(order_id).stdout


@pytest.mark.sampled
def test_a_correlation_id_tells_the_same_story(
    shop: Shop, eventually: Eventually, tell: Tell
) -> None:
    """Whoever finds an id in a log line can go on from there, by script as well."""
    order_id = shop.place(an_order())
    eventually(lambda: _holding("follow-captured: handled", tell(order_id)))
    by_order = json.loads(tell(order_id, "--json").stdout)

    (story,) = by_order["stories"]
    by_correlation = json.loads(tell(story["correlation_id"], "--json").stdout)

    assert story["subjects"] == [order_id]
    assert len(story["trace_ids"]) == 1
    assert by_correlation["stories"] == by_order["stories"]


def test_an_unknown_id_is_told_so(tell: Tell, shop: Shop) -> None:
    """The message says what was searched and what to try."""
    told = tell("no-such-order")

    assert told.returncode == 1
    assert told.stdout == ""
    assert f"/trunkline/{shop.stage.name}/orders" in told.stderr
    assert "--since" in told.stderr


@pytest.mark.parametrize("wrong", [["a b"], ['x"y'], ["ok", "--since", "soon"], ["-"]])
def test_wrong_usage_is_told_so(tell: Tell, wrong: list[str]) -> None:
    """An id that cannot exist is not searched for."""
    told = tell(*wrong)

    assert (told.returncode, told.stdout) == (2, "")
    assert told.stderr


def _whole(told: subprocess.CompletedProcess[str]) -> str:
    both = "follow-declined: handled" in told.stdout and "tell-customer: handled" in told.stdout
    return told.stdout if both else ""


def _holding(part: str, told: subprocess.CompletedProcess[str]) -> str:
    return told.stdout if part in told.stdout else ""

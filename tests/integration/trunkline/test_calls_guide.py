"""The guide for consumer teams says what is true: its examples run, its figures are the bounds."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
import yaml

import trunkline
from tests.integration.trunkline.asked import a_batch
from tests.integration.trunkline.guide import Follow, an_order, followed, guide
from tests.integration.trunkline.outside import Outside
from tests.integration.trunkline.provider import death_after, refused
from tests.integration.trunkline.wire import Wire
from trunklab.testing.function_process import Result
from trunkline import bounds, errors

GUIDE: Final = guide("external-effects.md")

_LIMIT: Final = re.compile(r"^\| `(?P<name>[A-Z_]+)` \| (?P<value>\d+) ", re.MULTILINE)
_ERROR: Final = re.compile(r"^\| `(?P<name>\w+)` \|", re.MULTILINE)


@pytest.fixture
def follow(settings: dict[str, str], outside: Outside, tmp_path: Path) -> Iterator[Follow]:
    """Starts the function of the guide."""
    environment = {**settings, **outside.settings(), "TRUNKLINE_SOURCE": "shop.payments"}
    with followed(GUIDE, tmp_path, environment) as start:
        yield start


def emitted(result: Result) -> list[str]:
    """The types of the events that were sent."""
    lines = result.lines("event handled")
    return [event["detail_type"] for line in lines for event in line["emitted"]]


def test_the_example_charges_a_card_once(follow: Follow, outside: Outside) -> None:
    """Also when the process dies right after the charge."""
    function = follow()
    outside.provider.script(death_after(lambda: function.pid))
    with pytest.raises(EOFError):
        function.invoke(a_batch(an_order()))
    outside.end_lease()

    again = follow().invoke(a_batch(an_order()))
    duplicate = follow().invoke(a_batch(an_order()))

    assert emitted(again) == ["PaymentCaptured"]
    assert duplicate.failures == []
    assert len(outside.provider.charged) == 1
    assert outside.provider.requests[0].body == {"token": "tok_4Zq8NwEr", "amount": 10_850}


def test_a_refused_card_is_an_answer(follow: Follow, outside: Outside) -> None:
    """It is kept: the provider is not asked again whether it has changed its mind."""
    outside.provider.script(refused(402))
    function = follow()

    result = function.invoke(a_batch(an_order()))
    function.invoke(a_batch(an_order()))

    assert emitted(result) == ["PaymentDeclined"]
    assert len(outside.provider.requests) == 1


def test_a_provider_that_is_down_is_asked_again(follow: Follow, outside: Outside) -> None:
    """That is an exception of the example's client."""
    outside.provider.script(refused(503))
    function = follow()

    first = function.invoke(a_batch(an_order()))
    second = function.invoke(a_batch(an_order()))

    assert first.failures == ["m-0"]
    assert emitted(second) == ["PaymentCaptured"]
    assert len(set(outside.provider.keys)) == 1


def test_the_limits_are_those_of_the_library() -> None:
    """A bound that changes must change here too."""
    told = {found["name"]: float(found["value"]) for found in _LIMIT.finditer(GUIDE)}

    assert len(told) == 4
    assert told == {name: float(getattr(bounds, name)) for name in told}


def test_a_call_is_not_begun_when_less_is_left_than_the_guide_says() -> None:
    """The rule about time-outs gives the sum of two bounds."""
    least_s = bounds.CALL_TIME_S_MIN + bounds.INVOCATION_RESERVE_S

    assert f"less than {least_s:.0f} s" in GUIDE


def test_the_errors_are_those_of_the_library() -> None:
    """Each that the table names is there."""
    section = GUIDE.partition("## Errors")[2].partition("## ")[0]
    named = {found["name"] for found in _ERROR.finditer(section)} - {"ValueError"}

    assert len(named) == 5
    assert all(issubclass(getattr(errors, name), trunkline.TrunklineError) for name in named)


def test_the_table_in_the_guide_serves(follow: Follow, outside: Outside) -> None:
    """Made as it stands there, it takes the calls of the example."""
    text = re.search(r"```yaml\n(.*?)```", GUIDE, re.DOTALL)
    assert text
    properties = yaml.safe_load(text[1])["CallsTable"]["Properties"]
    outside.dynamodb.delete_table(TableName=outside.table)
    keys = ("BillingMode", "AttributeDefinitions", "KeySchema")
    outside.dynamodb.create_table(TableName=outside.table, **{key: properties[key] for key in keys})

    result = follow().invoke(a_batch(an_order()))

    assert emitted(result) == ["PaymentCaptured"]
    assert properties["TimeToLiveSpecification"]["AttributeName"] in outside.item()


def test_the_rights_in_the_guide_are_all_that_is_used(
    follow: Follow, outside: Outside, wire: Wire
) -> None:
    """A first call that fails, a second that is answered: every operation on the table."""
    outside.provider.script(refused(503))
    function = follow()
    function.invoke(a_batch(an_order()))
    function.invoke(a_batch(an_order()))

    used = {call.operation for call in wire.calls if call.body.get("TableName") == outside.table}
    assert used == set(re.findall(r"`dynamodb:(\w+)`", GUIDE))

"""Majors overlap as declared, and a contract goes only when nobody counts on it any more."""

from datetime import date
from typing import Any, Final

import pytest

from tests.unit.contracts.compatibility.conftest import PACKED, TODAY, Checkout
from trunklab.findings.finding import Level
from trunklab.templates.errors import SourceError

ENDING: Final[dict[str, Any]] = {
    "deprecated": True,
    "x-deprecated-since": "2026-01-31",
    "x-sunset": "2026-12-31",
}
AFTER: Final = date(2027, 1, 1)
HANDLER: Final = "services/vans/src/vans/handler.py"

TEMPLATE: Final = """\
Resources:
  Rule:
    Type: AWS::Events::Rule
    Properties:
      EventPattern:
        {pattern}
"""


def second(**keywords: Any) -> dict[str, Any]:
    """The second major."""
    return PACKED | {"x-detail-type": "VanParked.v2", "$id": "fleet.vans@VanParked.v2"} | keywords


def levels(checkout: Checkout, today: date = TODAY) -> dict[str, Level]:
    """What is found, without the notes."""
    return {one.id: one.level for one in checkout.check(today=today) if one.level != Level.NOTE}


def test_a_second_major_with_a_declared_overlap_is_good(checkout: Checkout) -> None:
    """The older one says since when it is deprecated, and until when it stays."""
    checkout.write(PACKED | ENDING)
    checkout.write(second())

    assert levels(checkout) == {}


def test_a_second_major_without_an_end_of_the_first_is_refused(checkout: Checkout) -> None:
    """Consumers would not know how long they have."""
    checkout.write(second())

    assert levels(checkout) == {"overlap-undeclared": Level.ERROR}


def test_a_contract_cannot_go_without_notice(checkout: Checkout) -> None:
    """Whatever the day."""
    checkout.remove()

    assert levels(checkout) == {"removed-undeprecated": Level.ERROR}


def test_a_contract_cannot_go_before_its_sunset(checkout: Checkout) -> None:
    """The finding names who answers for it, and until when."""
    checkout.write(PACKED | ENDING)
    checkout.commit()
    checkout.remove()

    (found,) = checkout.check()
    assert found.id == "removed-before-sunset"
    assert found.owner == "team-fleet, deprecated since 2026-01-31, sunset 2026-12-31"


def test_the_sunset_is_the_last_day_on_which_a_contract_is_there(checkout: Checkout) -> None:
    """It may neither go nor be in the way that day."""
    sunset = date.fromisoformat(ENDING["x-sunset"])
    checkout.write(PACKED | ENDING)
    checkout.commit()

    assert checkout.ids(today=sunset) == []
    checkout.remove()
    assert checkout.ids(today=sunset) == ["removed-before-sunset"]


def test_a_contract_can_go_after_its_sunset(checkout: Checkout) -> None:
    """That is what the day was for."""
    checkout.write(PACKED | ENDING)
    checkout.commit()
    checkout.remove()

    assert checkout.ids(today=AFTER) == ["contract-removed"]


@pytest.mark.parametrize(
    "pattern",
    [
        "{source: [fleet.vans], detail-type: [VanParked]}",
        "{detail-type: [VanSent, VanParked]}",
        "{source: [fleet.vans], $or: [{detail-type: [VanParked]}, {account: ['1']}]}",
        "{source: [{prefix: fleet.}], detail-type: [VanParked]}",
        "{source: [{anything-but: fleet.stock}], detail-type: [VanParked]}",
        "{source: [fleet.vans], detail-type: [{equals-ignore-case: vanparked}]}",
    ],
)
def test_a_contract_cannot_go_while_a_rule_names_it(checkout: Checkout, pattern: str) -> None:
    """Also after its sunset; the finding names the rule."""
    checkout.text("services/mailer/template.yaml", TEMPLATE.format(pattern=pattern))
    checkout.write(PACKED | ENDING)
    checkout.commit()
    checkout.remove()

    found = {one.id: one for one in checkout.check(today=AFTER)}
    assert found["removed-while-named"].level is Level.ERROR
    assert "services/mailer/template.yaml:6 (Rule)" in found["removed-while-named"].what


@pytest.mark.parametrize(
    "pattern",
    [
        "{source: [fleet.vans], detail-type: [VanParked.v2]}",
        "{source: [fleet.stock], detail-type: [VanParked]}",
        "{source: [fleet.vans]}",
        "{source: [fleet.vans], detail-type: [{prefix: Van}]}",
        "{source: [fleet.vans], detail-type: [{anything-but: VanSent}]}",
    ],
)
def test_a_rule_that_names_another_contract_is_in_nobodys_way(
    checkout: Checkout, pattern: str
) -> None:
    """Another major, another source, or every event of a source."""
    checkout.text("services/mailer/template.yaml", TEMPLATE.format(pattern=pattern))
    checkout.write(PACKED | ENDING)
    checkout.commit()
    checkout.remove()

    assert checkout.ids(today=AFTER) == ["contract-removed"]


def test_a_contract_that_is_there_after_its_sunset_is_a_warning(checkout: Checkout) -> None:
    """Of the day after; on the day itself it may be there."""
    checkout.write(PACKED | ENDING)
    checkout.commit()

    assert levels(checkout, AFTER) == {"sunset-passed": Level.WARNING}
    assert levels(checkout, date(2026, 12, 31)) == {}


@pytest.mark.parametrize(
    ("sunset", "name"),
    [("2026-11-30", "sunset-earlier"), ("2027-01-31", "lifecycle-changed")],
)
def test_a_sunset_can_only_be_put_off(checkout: Checkout, sunset: str, name: str) -> None:
    """Consumers have planned with the day that was declared."""
    checkout.write(PACKED | ENDING)
    checkout.commit()
    checkout.write(PACKED | ENDING | {"x-sunset": sunset})

    (found,) = checkout.check()
    assert found.id == name
    assert (found.level is Level.ERROR) == (name == "sunset-earlier")


@pytest.mark.parametrize(
    ("code", "line"),
    [
        pytest.param("def a() -> VanParkedV2:\n    return build()\n", 1, id="returns one"),
        pytest.param("x = 1\ny = VanParked(size='S')\n", 2, id="makes one"),
        pytest.param("y = vans.VanParked.model_validate(x)\n", 1, id="validates one"),
        pytest.param("def a() -> 'VanParked | None': ...\n", 1, id="says it in quotes"),
    ],
)
def test_a_producer_of_one_major_alone_is_found(checkout: Checkout, code: str, line: int) -> None:
    """Until the sunset it has to publish both."""
    checkout.write(PACKED | ENDING)
    checkout.write(second())
    checkout.text(HANDLER, code)

    (found,) = [one for one in checkout.check() if one.id == "overlap-one-sided"]
    assert (found.path.as_posix(), found.line, found.level) == (HANDLER, line, Level.ERROR)


@pytest.mark.parametrize(
    "code",
    [
        pytest.param("def a() -> tuple[VanParked, VanParkedV2]: ...\n", id="returns both"),
        pytest.param("x = VanParked(), VanParkedV2()\n", id="makes both"),
        pytest.param("from schemas.vans import VanParked\n", id="makes none"),
        pytest.param("@app.on(VanParked, name='a')\ndef f(order): ...\n", id="listens to one"),
        pytest.param("", id="does nothing"),
    ],
)
def test_a_producer_of_both_majors_or_of_none_is_good(checkout: Checkout, code: str) -> None:
    """What makes no event can make none of two."""
    checkout.write(PACKED | ENDING)
    checkout.write(second())
    checkout.text(HANDLER, code)

    assert levels(checkout) == {}


def test_after_the_sunset_the_producer_makes_the_newer_one_alone(checkout: Checkout) -> None:
    """Only the old contract itself is still in the way."""
    checkout.write(PACKED | ENDING)
    checkout.write(second())
    checkout.text(HANDLER, "x = VanParkedV2()\n")

    assert levels(checkout, AFTER) == {"sunset-passed": Level.WARNING}
    last_day = date.fromisoformat(ENDING["x-sunset"])
    assert levels(checkout, last_day)["overlap-one-sided"] is Level.ERROR


@pytest.mark.parametrize("code", ["def (:\n", "x = '\x00'\n", "(" * 5_000])
def test_a_producer_that_is_no_python_is_wrong_input(checkout: Checkout, code: str) -> None:
    """With the place; no stack trace."""
    checkout.write(PACKED | ENDING)
    checkout.write(second())
    checkout.text(HANDLER, code)

    with pytest.raises(SourceError, match=HANDLER) as caught:
        checkout.check()
    assert caught.value.exit_status == 2

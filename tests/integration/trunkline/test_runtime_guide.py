"""The guide to the runtime library says what is true: its example runs, its figures are bounds."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from schemas.orders import OrderPlaced
from tests.integration.trunkline.asked import a_batch
from tests.integration.trunkline.guide import Follow, an_order, followed, guide
from tests.integration.trunkline.stage import Stage
from trunkline import UnitOfWork, bounds

GUIDE: Final = guide("runtime.md")

_CALL: Final = re.compile(r"^\| `(?P<name>\w+)\(", re.MULTILINE)

FIGURES: Final = {
    "at most 1,000": bounds.QUERY_ITEMS_MAX == 1_000,
    "at most three times": bounds.HANDLER_RERUNS_MAX == 3,
    "more than 100 items or 4 MB": (bounds.TRANSACT_ITEMS_MAX, bounds.TRANSACT_BYTES_MAX)
    == (100, 4_000_000),
    "an item above 400 KB": bounds.ITEM_BYTES_MAX == 400 * 1_024,
    "an event above 300 KB": bounds.EVENT_BYTES_MAX == 300_000,
}


@pytest.fixture
def follow(settings: dict[str, str], tmp_path: Path) -> Iterator[Follow]:
    """Starts the function of the guide."""
    with followed(GUIDE, tmp_path, {**settings, "TRUNKLINE_SOURCE": "shop.payments"}) as start:
        yield start


def test_the_example_takes_stock_once_and_refuses_what_is_not_there(
    follow: Follow, stage: Stage
) -> None:
    """Three pieces: whatever the order of the batch, the stock never falls below none."""
    lines = len(OrderPlaced.examples()[0].lines)
    function = follow()

    results = [function.invoke(a_batch(*map(an_order, ["e-1", "e-2", "e-3"]))) for _ in range(2)]

    emitted = [
        event["detail_type"]
        for result in results
        for line in result.lines("event handled")
        for event in line["emitted"]
    ]
    taken = 3 // lines
    assert [result.failures for result in results] == [[], []]
    assert sorted(emitted) == ["PaymentCaptured"] * taken + ["PaymentDeclined"] * (3 - taken)
    assert stage.items()["stock#main", "stock"]["left"] == 3 - taken * lines
    assert len(results[1].lines("duplicate event")) == 3


@pytest.mark.parametrize("figure", FIGURES)
def test_the_guides_figures_are_the_librarys_bounds(figure: str) -> None:
    """A bound that changes takes its sentence with it."""
    assert figure in GUIDE
    assert FIGURES[figure]


def test_the_guide_names_every_call_of_the_unit_of_work() -> None:
    """What the runtime itself calls is not part of it."""
    internal = {"actions", "sees", "turn_of"}
    calls = {
        name
        for name, member in vars(UnitOfWork).items()
        if callable(member) and not name.startswith("_") and name not in internal
    }

    assert set(_CALL.findall(GUIDE)) >= calls

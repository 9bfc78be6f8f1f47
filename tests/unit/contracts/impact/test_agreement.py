"""What is seen to be read while a handler runs, its source has told before."""

import contextlib
from pathlib import Path
from textwrap import dedent, indent
from types import SimpleNamespace
from typing import Any, Final

import pytest
from pydantic import JsonValue

from schemas.event import Event, Value
from tests.unit.contracts.impact.shop import read_by
from tests.unit.contracts.impact.test_reads import IN_ONE_FUNCTION, MATCHING
from trunklab.contracts.impact.field_paths import covers, text_of
from trunklab.testing.read_recorder import reads_of
from trunkline import PermanentError

MONEY: Final = {"minor": 5, "currency": "EUR"}

EXAMPLE: Final = {
    "id": "sale-1",
    "total": MONEY,
    "lines": [{"sku": "a", "price": MONEY}, {"sku": "b", "price": MONEY}],
    "by": {"name": "Ada"},
    "notes": {"gift": "yes", "card": "no", "sale-1": "x"},
    "tip": MONEY,
    "extra": {"a": 1},
}


class Money(Value):
    """As in the contracts of the small shop."""

    minor: int
    currency: str

    @property
    def is_free(self) -> bool:
        """Whether it is nothing."""
        return self.minor == 0

    def in_words(self, unit: str) -> str:
        """As text."""
        return f"{self.minor} {unit}"

    @classmethod
    def nothing(cls) -> "Money":
        """No money."""
        return cls(minor=0, currency="EUR")


class Line(Value):
    """The same."""

    sku: str
    price: Money


class Buyer(Value):
    """The same."""

    name: str


class Firm(Value):
    """The same."""

    vat: str


class Sold(Event, source="shop.sales", owner="team", subject="id", examples=[EXAMPLE]):
    """The same."""

    id: str
    total: Money
    lines: tuple[Line, ...]
    by: Buyer | Firm
    notes: dict[str, str]
    tip: Money | None = None
    extra: dict[str, JsonValue]


CONTRACTS: Final = {one.__name__: one for one in (Money, Line, Buyer, Firm, Sold)}


def handler(body: str) -> Any:
    """The function that the tests of the source are about, to be run."""
    names: dict[str, Any] = {
        **CONTRACTS,
        "PermanentError": PermanentError,
        "app": SimpleNamespace(logger=SimpleNamespace(info=lambda *_, **__: None)),
    }
    source = "def on_sold(sold, unit):\n" + indent(dedent(body).strip("\n"), "    ")
    exec(source, names)  # noqa: S102 - the snippets of the test beside
    return names["on_sold"]


BODIES: Final = {
    name: body
    for name, (body, _) in (IN_ONE_FUNCTION | MATCHING).items()
    # Events are sent by the names of their fields, and a table holds no models.
    if name not in {"a field with an alias", "storing a part"}
}


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES.keys())
def test_the_source_told_of_every_read(tmp_path: Path, body: str) -> None:
    """One and the same text is followed, and run on an event that notes its reads."""
    told = read_by(tmp_path, body).paths
    run = handler(body)

    def guarded(sold: Sold, unit: Any) -> None:
        with contextlib.suppress(FileNotFoundError, TypeError):
            run(sold, unit)

    seen = reads_of(guarded, Sold.examples()[0])

    assert {text_of(path) for path in seen if not covers(told, path)} == set()

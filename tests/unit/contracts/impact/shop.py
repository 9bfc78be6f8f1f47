"""A small service whose handler is written by each test, and the contract of its event."""

from pathlib import Path
from textwrap import dedent, indent
from typing import Any, Final

from trunklab.contracts.impact.field_paths import text_of
from trunklab.contracts.impact.source_reads import Reads, reads

CONTRACTS: Final = '''
"""The contracts of the small shop."""

from typing import Annotated

from pydantic import BaseModel, Field


class Event(BaseModel):
    """As the real one."""

    @property
    def subject(self) -> str:
        return getattr(self, self.subject_field)


class Value(BaseModel):
    """A part."""


class Money(Value):
    """An amount."""

    minor: int
    currency: str

    @property
    def is_free(self) -> bool:
        return self.minor == 0

    def in_words(self, unit: str) -> str:
        return f"{self.minor} {unit}"

    @classmethod
    def nothing(cls) -> "Money":
        return cls(minor=0, currency="EUR")


class Line(Value):
    """An article."""

    sku: str
    price: Money


class Buyer(Value):
    """A person."""

    name: str
    from_: Annotated[str, Field(alias="from")]


class Firm(Value):
    """A firm."""

    vat: str


class Sold(Event, source="shop.sales", owner="team", subject="id"):
    """Something was sold."""

    id: str
    total: Money
    lines: tuple[Line, ...]
    by: Buyer | Firm
    notes: dict[str, str]
    tip: Money | None = None
    extra: dict[str, object]
'''

CONTRACT: Final[dict[str, Any]] = {
    "title": "Sold",
    "type": "object",
    "x-subject": "id",
    "properties": {
        "id": {"type": "string"},
        "total": {"$ref": "#/$defs/Money"},
        "lines": {"type": "array", "items": {"$ref": "#/$defs/Line"}},
        "by": {"anyOf": [{"$ref": "#/$defs/Buyer"}, {"$ref": "#/$defs/Firm"}]},
        "notes": {"type": "object", "additionalProperties": {"type": "string"}},
        "tip": {"anyOf": [{"$ref": "#/$defs/Money"}, {"type": "null"}]},
        "extra": {"type": "object", "additionalProperties": True},
    },
    "$defs": {
        "Money": {
            "title": "Money",
            "type": "object",
            "properties": {"minor": {"type": "integer"}, "currency": {"type": "string"}},
        },
        "Line": {
            "title": "Line",
            "type": "object",
            "properties": {"sku": {"type": "string"}, "price": {"$ref": "#/$defs/Money"}},
        },
        "Buyer": {
            "title": "Buyer",
            "type": "object",
            "properties": {"name": {"type": "string"}, "from": {"type": "string"}},
        },
        "Firm": {
            "title": "Firm",
            "type": "object",
            "properties": {"vat": {"type": "string"}},
        },
    },
}

HEAD: Final = """
from schemas.sales import Buyer, Firm, Line, Money, Sold
from trunkline import Consumer, PermanentError, UnitOfWork

app = Consumer()
"""

_HANDLER: Final = """

@app.on(Sold, name="sell")
def on_sold(sold: Sold, unit: UnitOfWork) -> None:
"""


def written(root: Path, **modules: str) -> Path:
    """The service's folder with these modules in it, beside the contracts."""
    schemas = root / "schemas"
    schemas.mkdir(exist_ok=True)
    (schemas / "__init__.py").write_text("", "utf-8")
    (schemas / "sales.py").write_text(CONTRACTS, "utf-8")
    package = root / "services" / "sales" / "src" / "sales"
    package.mkdir(parents=True, exist_ok=True)
    (package / "__init__.py").write_text("", "utf-8")
    for name, source in modules.items():
        (package / f"{name}.py").write_text(dedent(source), "utf-8")
    return package.parent


def read_by(root: Path, body: str, above: str = "", **modules: str) -> Reads:
    """What a handler with that body reads; `above` stands before it in its module."""
    handler = HEAD + dedent(above) + _HANDLER + indent(dedent(body).strip("\n"), "    ") + "\n"
    folder = written(root, handler=handler, **modules)
    return reads(root, folder, "sales.handler", "on_sold", CONTRACT)


def named(found: Reads) -> list[str]:
    """The paths as they stand in reads.yaml."""
    return sorted(text_of(path) for path in found.paths)

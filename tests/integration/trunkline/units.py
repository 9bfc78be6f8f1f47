"""Units of work without a consumer around them."""

from datetime import UTC, datetime
from typing import Any

from trunkline.effects import Effects
from trunkline.table import Table
from trunkline.unit_of_work import Identity, UnitOfWork

NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)


def fresh() -> str:
    """A name that nothing else has."""
    return Effects.real().random_hex(16)


def a_unit(table: Table) -> UnitOfWork:
    """A unit of work of a request."""
    return UnitOfWork(table, Identity("things", "h", "c"), NOON, event=None)


def commit(table: Table, unit: UnitOfWork) -> None:
    """Its writes become true, or ConditionsFailed is raised."""
    actions = unit.actions(version=fresh())
    if actions:
        table.transact(actions)


def saved(table: Table, pk: str, **items: dict[str, Any]) -> None:
    """Items as an earlier commit left them."""
    unit = a_unit(table)
    for sk, attributes in items.items():
        unit.put(pk, sk, attributes)
    commit(table, unit)

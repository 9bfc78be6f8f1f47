"""The committed files of every contract."""

import json
from pathlib import Path
from typing import Any

import pytest

from schemas import CONTRACTS
from schemas.event import Event

REPOSITORY = Path(__file__).resolve().parents[2]


@pytest.fixture(params=CONTRACTS, ids=lambda contract: contract.detail_type)
def contract(request: pytest.FixtureRequest) -> type[Event]:
    """Every contract in turn."""
    declared: type[Event] = request.param
    return declared


def _committed(contract: type[Event], kind: str) -> dict[str, Any]:
    domain = contract.__module__.split(".")[1]
    path = REPOSITORY / "schemas" / domain / f"{contract.detail_type}.{kind}.json"
    document: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return document


@pytest.fixture
def json_schema(contract: type[Event]) -> dict[str, Any]:
    """Its committed JSON Schema."""
    return _committed(contract, "schema")


@pytest.fixture
def openapi(contract: type[Event]) -> dict[str, Any]:
    """Its committed registry document."""
    return _committed(contract, "openapi")

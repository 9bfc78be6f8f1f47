"""Contracts by name, for functions that do not say themselves what they take."""

import importlib
from typing import Any

from schemas.event import Event
from trunklab.errors import UsageError
from trunklab.testing.worker import contract_described


def described_by_name(name: str) -> dict[str, Any]:
    """What must be known of the contract `package.Class`; raises UsageError where there is none."""
    module, _, contract = name.rpartition(".")
    try:
        found = getattr(importlib.import_module(module), contract)
    except (ImportError, ValueError, AttributeError) as error:
        raise UsageError(f"there is no contract {name}: {error}") from error
    if not (isinstance(found, type) and issubclass(found, Event)):
        raise UsageError(f"{name} is no contract")
    return contract_described(found)

"""The event contracts of the shop, one package per domain."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from schemas.catalog import CONTRACTS

__all__ = ["CONTRACTS"]


def __getattr__(name: str) -> Any:
    # Lazy, so that a function that imports `schemas.orders` does not load every other domain.
    if name == "CONTRACTS":
        return import_module("schemas.catalog").CONTRACTS
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

"""The event contracts of the shop, one package per domain."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from schemas.catalog import CONTRACTS

__all__ = ["CONTRACTS"]


def __getattr__(name: str) -> Any:
    # A function imports `schemas.orders` and must not pay for every other domain,
    # so the list of all contracts is imported when somebody asks for it.
    if name == "CONTRACTS":
        return import_module("schemas.catalog").CONTRACTS
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

"""Every contract that is declared anywhere in `schemas/` is in the catalog."""

from importlib import import_module
from pkgutil import walk_packages

import schemas
from schemas.event import Event


def test_every_declared_contract_is_in_the_catalog() -> None:
    """A contract that is not listed would be published without a schema and a check."""
    modules = [
        import_module(found.name) for found in walk_packages(schemas.__path__, prefix="schemas.")
    ]

    declared = {
        value
        for module in modules
        for value in vars(module).values()
        if isinstance(value, type) and issubclass(value, Event) and value is not Event
    }
    assert declared == set(schemas.CONTRACTS)

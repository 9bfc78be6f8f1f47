"""All contracts of the packages below `schemas/`."""

from importlib import import_module
from pkgutil import walk_packages
from typing import Final

import schemas
from schemas.event import Event


def _declared() -> tuple[type[Event], ...]:
    """Imports every domain and returns its contracts, sorted by source and detail-type."""
    contracts = {
        value
        for found in walk_packages(schemas.__path__, "schemas.")
        if found.name != __name__
        for value in vars(import_module(found.name)).values()
        if isinstance(value, type) and issubclass(value, Event) and value is not Event
    }
    return tuple(sorted(contracts, key=lambda contract: (contract.source, contract.detail_type)))


CONTRACTS: Final = _declared()
"""All contracts, for exports, checks and tests. No manual registration is needed."""

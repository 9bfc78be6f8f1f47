"""The Python classes of committed contracts, found without importing them."""

import ast
import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import PurePosixPath

from trunklab.contracts.contract import Contract
from trunklab.scaffold.checkout import Checkout
from trunklab.scaffold.code_edits import tree_of
from trunklab.scaffold.errors import ScaffoldError


@dataclass(frozen=True)
class EventClass:
    """The class of a contract, and the module that services import it from."""

    module: str
    name: str

    @property
    def statement(self) -> str:
        """The import statement."""
        return f"from {self.module} import {self.name}"


def chosen(contracts: Sequence[Contract], name: str) -> Contract:
    """Returns the contract with this detail-type or registry name; raises ScaffoldError."""
    found = [one for one in contracts if name in {one.detail_type, one.name}]
    if len(found) == 1:
        return found[0]
    names = [one.name if found else one.detail_type for one in found or contracts]
    if found:
        raise ScaffoldError(f"{len(found)} contracts are named {name}: use {' or '.join(names)}.")
    close = get_close_matches(name, names, 3) or sorted(names)
    known = f"use {', '.join(close[:8])}" if names else "add one with `trunkline new event`"
    raise ScaffoldError(f"No contract is named {name!r}: {known}.")


def class_of(checkout: Checkout, contract: Contract) -> EventClass:
    """Returns the class of a contract; raises ScaffoldError."""
    folder = contract.path.parent
    name = re.sub(r"\.v([0-9]+)$", r"V\1", contract.detail_type)
    files = sorted(path for path in checkout.files_in(folder) if path.suffix == ".py")
    for path in [folder / "__init__.py", *files]:
        text = checkout.get(path)
        for node in tree_of(path, text).body if text else ():
            imported = node.names if isinstance(node, ast.ImportFrom) else []
            names = {alias.asname or alias.name for alias in imported}
            if name in names or (isinstance(node, ast.ClassDef) and node.name == name):
                return EventClass(_module(path), name)
    raise ScaffoldError(f"No module of {folder} declares the class {name} of {contract.name}.")


def _module(path: PurePosixPath) -> str:
    parts = path.with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)

"""Which majors of an event a producer's code makes: during an overlap it has to make each.

A producer makes an event by calling its class, and says so in what its functions return.
"""

import ast
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final

from trunklab.contracts.contract import Contract
from trunklab.templates.python_file import tree_of

_WORD: Final = re.compile(r"\w+")


@dataclass(frozen=True)
class Made:
    """A place in a producer's code where an event is made."""

    path: PurePosixPath
    line: int


def one_sided(root: Path, majors: Sequence[Contract]) -> Iterator[tuple[Contract, Contract, Made]]:
    """Return each major that is not made, with one that is, and where.

    An event that the code does not make at all may be made in a way that cannot be seen.
    """
    places = _places(root, majors[0].source)
    made = [one for one in majors if class_name(one) in places]
    if made:
        for contract in majors:
            if contract not in made:
                yield contract, made[-1], places[class_name(made[-1])]


def class_name(contract: Contract) -> str:
    """The name of its class: `OrderPlaced`, `OrderPlacedV2`."""
    return contract.event if contract.major == 1 else f"{contract.event}V{contract.major}"


def _places(root: Path, source: str) -> dict[str, Made]:
    """Where each class is first made, in the service that the source names."""
    found: dict[str, Made] = {}
    folder = root / "services" / source.rpartition(".")[2] / "src"
    for file in sorted(folder.rglob("*.py")):
        path = PurePosixPath(file.relative_to(root).as_posix())
        for node in ast.walk(tree_of(file, path)):
            for name in _made(node):
                found.setdefault(name, Made(path, getattr(node, "lineno", 1)))
    return found


def _made(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Call):
        yield from _names(node.func)
    elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.returns is not None:
        for part in ast.walk(node.returns):
            if isinstance(part, ast.Constant) and isinstance(part.value, str):
                yield from _WORD.findall(part.value)
            elif isinstance(part, ast.Name | ast.Attribute):
                yield from _names(part)


def _names(function: ast.expr) -> Iterator[str]:
    """The names on the way to what is called: `orders.OrderPlaced.from_data` has three."""
    while isinstance(function, ast.Attribute):
        yield function.attr
        function = function.value
    if isinstance(function, ast.Name):
        yield function.id

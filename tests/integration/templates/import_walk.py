"""Which modules a handler reaches, by reading code only: a package for AWS cannot be run here.

The walk follows every import from the start module on and asks where it would come from on AWS: the
package itself, the standard library of the target's Python, or what the Lambda runtime brings.
What an import needs depends on where it stands:

- under `if TYPE_CHECKING:`, or under a version test that the target fails: it never runs, ignored;
- in a `try` whose handler catches ImportError: it may fail, followed only if it is there; what the
  handler imports instead must then be there;
- in a function: it runs when the function does. In our own code it must be there, in others' code
  it is followed if it is there and reported as `later` if not;
- anywhere else: it must be there.

A module with a `__getattr__` of its own imports by name, so each of its strings that names a module
of the package counts as an import.
"""

import ast
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final, Literal

TARGET: Final = (3, 13)

LEFT_THE_STANDARD_LIBRARY: Final = frozenset(
    {
        *("asynchat", "asyncore", "distutils", "imp", "smtpd"),  # 3.12
        *("aifc", "audioop", "cgi", "cgitb", "chunk", "crypt", "imghdr", "lib2to3", "mailcap"),
        *("msilib", "nis", "nntplib", "ossaudiodev", "pipes", "sndhdr", "spwd", "sunau"),
        *("telnetlib", "uu", "xdrlib"),  # 3.13
    }
)
"""Modules that a Python older than the target still has (What's New in Python 3.12 and 3.13)."""

STANDARD_LIBRARY: Final = sys.stdlib_module_names - LEFT_THE_STANDARD_LIBRARY

Need = Literal["now", "maybe", "later"]


@dataclass(frozen=True)
class Import:
    """One import statement's module, and how badly it is needed.

    A module that stands in for others is needed `unless` all of those are there.
    """

    module: str
    need: Need
    line: int
    unless: tuple[str, ...] = ()


@dataclass
class Walk:
    """What was found: modules of the package, and who misses what."""

    reached: set[str] = field(default_factory=set)
    missing: list[str] = field(default_factory=list)
    later: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Package:
    """A function's package, what the runtime adds to it, and which of its code is our own."""

    folder: Path
    runtime: Path
    own: frozenset[str]

    def walk(self, start: str) -> Walk:
        """Follow every import from the start module on."""
        found = Walk()
        queue = [("the template's Handler", Import(start, "now", 0))]
        while queue:
            importer, one = queue.pop()
            for module in _with_parents(one.module):
                if module in found.reached:
                    continue
                path = resolve(self.folder, module)
                if path is None:
                    self._note(found, importer, one)
                    break
                found.reached.add(module)
                queue += [(module, step) for step in self._imports(module, path)]
        return found

    def _note(self, found: Walk, importer: str, one: Import) -> None:
        top = one.module.partition(".")[0]
        if self._brought(one.module) or (one.unless and all(map(self._there, one.unless))):
            return
        if one.need == "now":
            found.missing.append(f"{importer}:{one.line} imports {one.module}")
        elif one.need == "later":
            found.later.setdefault(top, f"{importer}:{one.line}")

    def _brought(self, module: str) -> bool:
        top = module.partition(".")[0]
        if resolve(self.folder, top) is not None:
            return False  # the package comes first on AWS's path and hides the runtime's module
        return top in STANDARD_LIBRARY or resolve(self.runtime, module) is not None

    def _there(self, module: str) -> bool:
        return self._brought(module) or resolve(self.folder, module) is not None

    def _imports(self, module: str, path: Path) -> Iterator[Import]:
        if path.suffix != ".py":
            return
        tree = ast.parse(path.read_text("utf-8"))
        parent = module if path.name == "__init__.py" else module.rpartition(".")[0]
        own = module.partition(".")[0] in self.own
        for one in _Reader(parent).read(tree):
            need: Need = "now" if own and one.need == "later" else one.need
            name = one.module.removeprefix("?")
            certain = name == one.module  # else perhaps a submodule, perhaps a name in a module
            if certain or resolve(self.folder, name) is not None:
                yield replace(one, module=name, need=need)


def resolve(folder: Path, module: str) -> Path | None:
    """The file that a module would be loaded from (a folder for a namespace), or None."""
    place = folder.joinpath(*module.split("."))
    candidates = [place / "__init__.py", place.with_name(f"{place.name}.py")]
    candidates += sorted(place.parent.glob(f"{place.name}.*.so"))
    candidates += [place] if place.is_dir() else []
    return next((path for path in candidates if path.exists()), None)


def _with_parents(module: str) -> Iterator[str]:
    parts = module.split(".")
    return (".".join(parts[: end + 1]) for end in range(len(parts)))


class _Reader:
    """Reads the imports of one module; `?name` is a name that may be a submodule."""

    def __init__(self, parent: str) -> None:
        self._parent = parent

    def read(self, tree: ast.Module) -> Iterator[Import]:
        yield from self._block(tree.body, "now")
        names = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
        if "__getattr__" in names:
            for node in ast.walk(tree):
                if isinstance(node, ast.Constant) and isinstance(node.value, str):
                    yield from self._by_name(node.value, node.lineno)

    def _by_name(self, text: str, line: int) -> Iterator[Import]:
        if text.replace(".", "").isidentifier() and "." in text:
            name = f"{self._parent}{text}" if text.startswith(".") else text
            yield Import(f"?{name}", "now", line)

    def _block(self, nodes: list[ast.stmt], need: Need) -> Iterator[Import]:
        for node in nodes:
            yield from self._statement(node, need)

    def _statement(self, node: ast.stmt, need: Need) -> Iterator[Import]:
        if isinstance(node, ast.Import):
            yield from (Import(alias.name, need, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from self._from(node, need)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield from self._block(node.body, "maybe" if need == "maybe" else "later")
        elif isinstance(node, ast.Try):
            yield from self._try(node, need)
        else:
            for block in _blocks(node):
                yield from self._block(block, need)

    def _from(self, node: ast.ImportFrom, need: Need) -> Iterator[Import]:
        base = node.module or ""
        if node.level:
            parts = self._parent.split(".")
            above = ".".join(parts[: len(parts) - node.level + 1])
            base = f"{above}.{base}" if base else above
        yield Import(base, need, node.lineno)
        for alias in node.names:
            yield Import(f"?{base}.{alias.name}", need, node.lineno)

    def _try(self, node: ast.Try, need: Need) -> Iterator[Import]:
        forgiving = any(map(_catches_import_error, node.handlers))
        body = tuple(self._block(node.body, "maybe" if forgiving else need))
        yield from body
        tried = tuple(one.module for one in body if not one.module.startswith("?"))
        for handler in node.handlers:
            yield from (replace(one, unless=tried) for one in self._block(handler.body, need))
        yield from self._block(node.orelse + node.finalbody, need)


def _blocks(node: ast.stmt) -> Iterator[list[ast.stmt]]:
    if isinstance(node, ast.If):
        runs = _outcome(node.test)
        if runs is not False:
            yield node.body
        if runs is not True:
            yield node.orelse
    else:
        for name in ("body", "orelse"):
            yield [one for one in getattr(node, name, []) if isinstance(one, ast.stmt)]


def _outcome(test: ast.expr) -> bool | None:
    """What a test says on the target, where that can be told: type checking and versions."""
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        inner = _outcome(test.operand)
        return None if inner is None else not inner
    if isinstance(test, ast.Name | ast.Attribute):
        name = test.id if isinstance(test, ast.Name) else test.attr
        return False if name == "TYPE_CHECKING" else None
    if isinstance(test, ast.Compare) and ast.unparse(test.left) == "sys.version_info":
        version = ast.literal_eval(test.comparators[0])
        newer = version <= TARGET
        return {ast.GtE: newer, ast.Lt: not newer}.get(type(test.ops[0]))
    return None


def _catches_import_error(handler: ast.ExceptHandler) -> bool:
    if handler.type is None:
        return True
    caught = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    names = {ast.unparse(one) for one in caught}
    return bool(names & {"ImportError", "ModuleNotFoundError", "Exception", "BaseException"})

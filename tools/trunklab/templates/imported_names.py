"""What the names in a Python module stand for, as far as its imports tell."""

import ast
from collections.abc import Mapping


def bound_names(tree: ast.Module, package: str = "") -> dict[str, str]:
    """The imported names of a module with what they name; relative ones need its package."""
    bound: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                first = alias.name.partition(".")[0]
                bound[alias.asname or first] = alias.name if alias.asname else first
        elif isinstance(node, ast.ImportFrom):
            origin = _origin(node, package)
            if origin:
                for alias in node.names:
                    bound[alias.asname or alias.name] = f"{origin}.{alias.name}"
    return bound


def spelled_out(node: ast.expr, bound: Mapping[str, str]) -> str | None:
    """The dotted name that an expression is, None if it is none or nothing imported."""
    if isinstance(node, ast.Attribute):
        owner = spelled_out(node.value, bound)
        return None if owner is None else f"{owner}.{node.attr}"
    return bound.get(node.id) if isinstance(node, ast.Name) else None


def _origin(node: ast.ImportFrom, package: str) -> str:
    if node.level == 0:
        return node.module or ""
    parts = package.split(".")[: len(package.split(".")) - node.level + 1] if package else []
    return ".".join([*parts, *([node.module] if node.module else [])]) if parts else ""

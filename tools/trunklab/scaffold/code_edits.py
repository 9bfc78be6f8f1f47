"""Adds imports and functions to Python code, and entries to lists, by the places of the parser."""

import ast
from pathlib import PurePosixPath

import yaml

from trunklab.scaffold.errors import ScaffoldError


def tree_of(path: PurePosixPath, text: str) -> ast.Module:
    """Returns the syntax tree of a file; raises ScaffoldError."""
    try:
        return ast.parse(text)
    except SyntaxError as error:
        raise ScaffoldError(f"{path}:{error.lineno}: {error.msg}. Fix the file first.") from error


def with_import(path: PurePosixPath, text: str, statement: str) -> str:
    """Returns the code with an import after the others; ruff sorts and joins them later."""
    tree = tree_of(path, text)
    imports = [node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)]
    docstring = tree.body[:1] if ast.get_docstring(tree) is not None else []
    above = [*docstring, *imports]
    line = (above[-1].end_lineno or 0) if above else 0
    lines = text.splitlines(keepends=True)
    space = "\n" if above and not imports else ""
    return "".join([*lines[:line], f"{space}{statement}\n", *lines[line:]])


def with_function(path: PurePosixPath, text: str, function: str) -> str:
    """Returns the code with a function at its end; raises ScaffoldError if its name is used."""
    (made,) = tree_of(path, function).body
    name = getattr(made, "name", "")
    names = {node.id for node in ast.walk(tree_of(path, text)) if isinstance(node, ast.Name)}
    defined = {str(getattr(node, "name", "")) for node in tree_of(path, text).body}
    if name in names | defined:
        raise ScaffoldError(f"{path} has a name {name} already: choose another name.")
    return f"{text.rstrip()}\n\n\n{function}"


def cut_function(path: PurePosixPath, text: str, name: str) -> tuple[str, str]:
    """Returns the text of a function, and the code without it; "" if the function is missing."""
    for node in tree_of(path, text).body:
        if isinstance(node, ast.FunctionDef) and node.name == name:
            lines = text.splitlines(keepends=True)
            first = min([node.lineno, *(one.lineno for one in node.decorator_list)]) - 1
            end = node.end_lineno or first
            return "".join(lines[first:end]), "".join([*lines[:first], *lines[end:]])
    return "", text


def with_entries(path: PurePosixPath, text: str, key: str, change: set[str]) -> str:
    """Returns YAML whose flow list has other entries: those of `change` are added or removed."""
    try:
        document = yaml.compose(text, yaml.SafeLoader)
    except yaml.YAMLError as error:
        raise ScaffoldError(f"{path} is not YAML: {error}. Fix the file first.") from error
    for name, value in document.value if isinstance(document, yaml.MappingNode) else ():
        if name.value == key and isinstance(value, yaml.SequenceNode) and value.flow_style:
            entries = {str(entry.value) for entry in value.value} ^ change
            start, end = value.start_mark.index, value.end_mark.index
            return f"{text[:start]}[{', '.join(sorted(entries))}]{text[end:]}"
    raise ScaffoldError(f"{path} has no list `{key}: [...]`. Restore it, or edit it by hand.")

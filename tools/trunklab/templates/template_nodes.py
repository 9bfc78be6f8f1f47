"""YAML nodes of a template: access to their parts, and copies that keep the old places."""

import re
from collections.abc import Callable, Iterable
from copy import copy
from typing import Final

import yaml

SUB_NAME: Final = re.compile(r"\$\{([^!}][^}]*)\}")
"""A name in the text of a Sub."""

_PREFIX: Final = "tag:yaml.org,2002:"
_WITHOUT_PREFIX: Final = frozenset({"Ref", "Condition"})

Replace = Callable[[str, yaml.Node], "yaml.Node | None"]
"""Returns what replaces an expression, given its name and argument, or None to keep it."""


class UnreadError(Exception):
    """A part of a template that cannot be read; `node` is its place."""

    def __init__(self, node: yaml.Node, problem: str) -> None:
        super().__init__(problem)
        self.node = node
        self.problem = problem


def expression(node: yaml.Node) -> tuple[str, yaml.Node] | None:
    """Returns the name and argument of an expression, in its short or its long form."""
    tag = str(node.tag)
    if tag.startswith("!"):
        name = tag[1:]
        return (name if name in _WITHOUT_PREFIX else f"Fn::{name}"), _untagged(node)
    if isinstance(node, yaml.MappingNode) and len(node.value) == 1:
        key, value = node.value[0]
        if key.value == "Ref" or str(key.value).startswith("Fn::"):
            return str(key.value), value
    return None


def entries(node: yaml.Node | None) -> dict[str, yaml.Node]:
    """Returns the values of a mapping by key; nothing for any other node."""
    if not isinstance(node, yaml.MappingNode):
        return {}
    return {str(key.value): value for key, value in node.value}


def pairs_of(body: yaml.Node | None, section: str) -> list[tuple[yaml.Node, yaml.Node]]:
    """Returns the keys and values of a section of a template."""
    found = entries(body).get(section)
    return list(found.value) if isinstance(found, yaml.MappingNode) else []


def elements(node: yaml.Node | None) -> list[yaml.Node]:
    """Returns the elements of a sequence; nothing for any other node."""
    return list(node.value) if isinstance(node, yaml.SequenceNode) else []


def literal(node: yaml.Node | None) -> str | None:
    """Returns the text of a scalar that is not an expression."""
    if isinstance(node, yaml.ScalarNode) and not str(node.tag).startswith("!"):
        return str(node.value)
    return None


def scalar(text: str, place: yaml.Node) -> yaml.ScalarNode:
    """Returns a string node at the place of another node."""
    return yaml.ScalarNode(f"{_PREFIX}str", text, place.start_mark, place.end_mark)


def sequence(items: Iterable[yaml.Node], place: yaml.Node) -> yaml.SequenceNode:
    """Returns a sequence node at the place of another node."""
    return yaml.SequenceNode(f"{_PREFIX}seq", list(items), place.start_mark, place.end_mark)


def mapping(
    pairs: Iterable[tuple[str | yaml.Node, yaml.Node]], place: yaml.Node
) -> yaml.MappingNode:
    """Returns a mapping node at the place of another node."""
    made = [(scalar(key, value) if isinstance(key, str) else key, value) for key, value in pairs]
    return yaml.MappingNode(f"{_PREFIX}map", made, place.start_mark, place.end_mark)


def with_entries(node: yaml.Node, **changed: yaml.Node) -> yaml.MappingNode:
    """Returns a mapping with some entries replaced or added, at their old places."""
    pairs = node.value if isinstance(node, yaml.MappingNode) else []
    kept = [(key, changed.pop(str(key.value), value)) for key, value in pairs]
    return mapping([*kept, *changed.items()], node)


def call(name: str, argument: yaml.Node) -> yaml.MappingNode:
    """Returns the long form of an expression."""
    return mapping([(name, argument)], argument)


def copied(node: yaml.Node, replace: Replace) -> yaml.Node:
    """Returns a copy in which `replace` has replaced expressions, the outermost first."""
    called = expression(node)
    replacement = replace(*called) if called else None
    if replacement is not None:
        return replacement
    if isinstance(node, yaml.SequenceNode):
        return like(node, [copied(element, replace) for element in node.value])
    if isinstance(node, yaml.MappingNode):
        return like(node, [(key, copied(value, replace)) for key, value in node.value])
    return node


def like(node: yaml.Node, value: object) -> yaml.Node:
    """Returns a node with another value and the same tag and place."""
    made = copy(node)
    made.value = value
    return made


def _untagged(node: yaml.Node) -> yaml.Node:
    kinds = {yaml.ScalarNode: "str", yaml.SequenceNode: "seq", yaml.MappingNode: "map"}
    made = copy(node)
    made.tag = f"{_PREFIX}{kinds[type(node)]}"
    return made

"""Unrolls the `Fn::ForEach` loops of a template, as AWS::LanguageExtensions does.

Source: CloudFormation guide, Fn::ForEach. A loop is unrolled where its collection is literal.
"""

import re
from functools import partial
from typing import Final

import yaml

from trunklab.templates import template_nodes as nodes
from trunklab.templates.template_limits import TEMPLATE_NODES_MAX
from trunklab.templates.template_nodes import UnreadError, elements, entries, expression, literal

PREFIX: Final = "Fn::ForEach::"
_LOOP_PARTS: Final = 3


class Loops:
    """Unrolls loops, and records those that only a deployment can unroll."""

    def __init__(self) -> None:
        self.failures: list[UnreadError] = []
        self._left = TEMPLATE_NODES_MAX

    def unrolled(self, node: yaml.Node) -> yaml.Node:
        """Returns a copy of the node without loops."""
        if isinstance(node, yaml.SequenceNode):
            return nodes.like(node, [self.unrolled(element) for element in node.value])
        if not isinstance(node, yaml.MappingNode):
            return node
        pairs: list[tuple[yaml.Node, yaml.Node]] = []
        for key, value in node.value:
            if str(key.value).startswith(PREFIX):
                pairs += self._pairs_of(str(key.value).removeprefix(PREFIX), value)
            else:
                pairs.append((key, self.unrolled(value)))
        return nodes.like(node, pairs)

    def _pairs_of(self, name: str, loop: yaml.Node) -> list[tuple[yaml.Node, yaml.Node]]:
        try:
            identifier, collection, body = _parts(loop)
            made: list[tuple[yaml.Node, yaml.Node]] = []
            for value in collection:
                turn = self._substituted(body, identifier, value)
                made += self.unrolled(turn).value
        except UnreadError as error:
            problem = f"{PREFIX}{name} is not read: {error.problem}"
            self.failures.append(UnreadError(error.node, problem))
            return []
        return made

    def _substituted(self, node: yaml.Node, identifier: str, value: str) -> yaml.Node:
        self._left -= 1
        if self._left < 0:
            raise UnreadError(node, f"it makes more than {TEMPLATE_NODES_MAX} values")
        called = expression(node)
        if called and called[0] == "Ref" and literal(called[1]) == identifier:
            return nodes.scalar(value, node)
        if isinstance(node, yaml.ScalarNode):
            text = re.sub(rf"[$&]\{{{re.escape(identifier)}\}}", lambda _: value, str(node.value))
            return node if text == node.value else nodes.like(node, text)
        put = partial(self._substituted, identifier=identifier, value=value)
        if isinstance(node, yaml.SequenceNode):
            return nodes.like(node, list(map(put, node.value)))
        return nodes.like(node, [(put(key), put(one)) for key, one in node.value])


def _parts(loop: yaml.Node) -> tuple[str, list[str], yaml.Node]:
    parts = elements(loop)
    identifier = literal(parts[0]) if len(parts) == _LOOP_PARTS else None
    if identifier is None or not entries(parts[2]):
        raise UnreadError(loop, "it is not [identifier, collection, {key: value}]")
    values = [literal(one) for one in elements(parts[1])]
    if not isinstance(parts[1], yaml.SequenceNode) or None in values:
        raise UnreadError(parts[1], "its collection is known in a deployment only")
    return identifier, [value for value in values if value is not None], parts[2]

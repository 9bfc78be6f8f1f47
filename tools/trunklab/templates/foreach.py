"""Unrolls the `Fn::ForEach` loops of a template, as AWS::LanguageExtensions does.

Source: CloudFormation guide, Fn::ForEach. A loop is unrolled where its collection is literal.
"""

import re
from typing import Final

import yaml

from trunklab.local.local_limits import TEMPLATE_NODES_MAX
from trunklab.templates.template_nodes import elements, entries, expression, literal, scalar

PREFIX: Final = "Fn::ForEach::"
_LOOP_PARTS: Final = 3


class ForEachError(Exception):
    """A loop that cannot be unrolled; `node` is its place."""

    def __init__(self, node: yaml.Node, problem: str) -> None:
        super().__init__(problem)
        self.node = node
        self.problem = problem


class Loops:
    """Unrolls loops, and notes those that only a deployment can unroll."""

    def __init__(self) -> None:
        self.failures: list[tuple[str, ForEachError]] = []
        """Each loop that was left out, by its name."""
        self._left = TEMPLATE_NODES_MAX

    def unrolled(self, node: yaml.Node) -> yaml.Node:
        """Returns a copy of the node without loops."""
        if isinstance(node, yaml.SequenceNode):
            items = [self.unrolled(one) for one in node.value]
            return yaml.SequenceNode(node.tag, items, node.start_mark, node.end_mark)
        if not isinstance(node, yaml.MappingNode):
            return node
        pairs: list[tuple[yaml.Node, yaml.Node]] = []
        for key, value in node.value:
            if str(key.value).startswith(PREFIX):
                pairs += self._pairs_of(str(key.value).removeprefix(PREFIX), value)
            else:
                pairs.append((key, self.unrolled(value)))
        return yaml.MappingNode(node.tag, pairs, node.start_mark, node.end_mark)

    def _pairs_of(self, name: str, loop: yaml.Node) -> list[tuple[yaml.Node, yaml.Node]]:
        try:
            identifier, collection, body = _parts(loop)
            made: list[tuple[yaml.Node, yaml.Node]] = []
            for value in collection:
                turn = self._substituted(body, identifier, value)
                made += self.unrolled(turn).value
        except ForEachError as error:
            self.failures.append((name, error))
            return []
        return made

    def _substituted(self, node: yaml.Node, identifier: str, value: str) -> yaml.Node:
        self._left -= 1
        if self._left < 0:
            raise ForEachError(node, f"it makes more than {TEMPLATE_NODES_MAX} values")
        called = expression(node)
        if called and called[0] == "Ref" and literal(called[1]) == identifier:
            return scalar(value, node)
        if isinstance(node, yaml.ScalarNode):
            text = re.sub(rf"[$&]\{{{re.escape(identifier)}\}}", lambda _: value, str(node.value))
            if text == node.value:
                return node
            return yaml.ScalarNode(node.tag, text, node.start_mark, node.end_mark)
        if isinstance(node, yaml.SequenceNode):
            items = [self._substituted(one, identifier, value) for one in node.value]
            return yaml.SequenceNode(node.tag, items, node.start_mark, node.end_mark)
        pairs = [
            (self._substituted(key, identifier, value), self._substituted(one, identifier, value))
            for key, one in node.value
        ]
        return yaml.MappingNode(node.tag, pairs, node.start_mark, node.end_mark)


def _parts(loop: yaml.Node) -> tuple[str, list[str], yaml.Node]:
    parts = elements(loop)
    identifier = literal(parts[0]) if len(parts) == _LOOP_PARTS else None
    if identifier is None or not entries(parts[2]):
        raise ForEachError(loop, "it is not [identifier, collection, {key: value}]")
    values = [literal(one) for one in elements(parts[1])]
    if not isinstance(parts[1], yaml.SequenceNode) or None in values:
        raise ForEachError(parts[1], "its collection is known in a deployment only")
    return identifier, [value for value in values if value is not None], parts[2]

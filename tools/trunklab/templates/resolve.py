"""Evaluates expressions of a template as far as the stage and its parameters allow."""

import re
from typing import Any, Final, cast

import yaml

from trunklab.errors import TemplateError
from trunklab.templates import template_file, template_nodes
from trunklab.templates.expressions import DYNAMIC, Missing, Scope, UnresolvedError
from trunklab.templates.placed import UNKNOWN_MARK, Member, Placed, Text, without_lines
from trunklab.templates.template_nodes import SUB_NAME, expression
from trunklab.templates.topology import Unresolved

_TEXT: Final = "tag:yaml.org,2002:str"
_ESCAPED: Final = re.compile(r"\$\{!")
"""A literal `${` in a Sub."""

_TAG: Final = re.compile(r"!\S*\s*")
_BLOCK_HEADER: Final = re.compile(r"[|>][^\n]*\n")
_NOT_IN_THE_VALUE: Final = frozenset("\\\"'")
"""Characters of quoted YAML strings that are not in their values."""
_MALFORMED: Final = (TemplateError, LookupError, ValueError, AttributeError, TypeError)


class Resolver:
    """Evaluates the nodes of one template."""

    def __init__(self, read: template_file.Template, scope: Scope) -> None:
        self._texts = read.texts
        self._scope = scope

    def placed(self, node: yaml.Node) -> Placed:
        """Returns the value of a node, with lines."""
        line = node.start_mark.line + 1
        call = expression(node)
        if call:
            return self._called(*call, node)
        if isinstance(node, yaml.MappingNode):
            members = {}
            for key, value in node.value:
                if not self._is_nothing(value):
                    member = self.placed(value)
                    members[str(key.value)] = Member(key.start_mark.line + 1, member)
            return Placed(line, members)
        if isinstance(node, yaml.SequenceNode):
            return Placed(
                line, tuple(self.placed(one) for one in node.value if not self._is_nothing(one))
            )
        if node.tag == _TEXT:
            return self._string(self._text_of(cast("yaml.ScalarNode", node)), line)
        return without_lines(template_file.plain(node), line)

    def _string(self, written: Text, line: int) -> Placed:
        """Returns a string with its dynamic references replaced, or unresolved."""
        if "{{resolve:" not in written.text:
            return Placed(line, written)
        try:
            return without_lines(self._scope.value(written.text), line)
        except TemplateError as error:
            partial = written.replaced(DYNAMIC, lambda _: UNKNOWN_MARK)
            why = _unresolved(line, _shown(written.text), error)
            return Placed(line, written, why, partial)

    def _text_of(self, node: yaml.ScalarNode) -> Text:
        """Returns a scalar of any style with the line of each character."""
        value, mark = str(node.value), node.start_mark
        found = None
        if mark.line != node.end_mark.line:
            source = self._texts.get(str(mark.name), "")
            found = _aligned(value, source[mark.index : node.end_mark.index], mark.line + 1)
        return Text(value, found or (mark.line + 1,) * len(value))

    def holds(self, condition: object) -> bool:
        """True if a condition of the template holds, or cannot be decided."""
        try:
            return self._scope.condition(str(condition))
        except TemplateError:
            return True

    def _called(self, name: str, argument: yaml.Node, node: yaml.Node) -> Placed:
        line = node.start_mark.line + 1
        try:
            if name == "Fn::If":
                return self.placed(self._chosen(argument))
            if name == "Fn::Sub":
                return self._string(self._substituted(argument), line)
            return without_lines(self._scope.value(template_file.plain(node)), line)
        except _MALFORMED as error:
            kept = template_file.plain(node)
            why = _unresolved(line, f"{name} {_shown(kept[name])}", error)
            branches = template_nodes.elements(argument)[1:3] if name == "Fn::If" else []
            return Placed(
                line,
                without_lines(kept, line).value,
                why,
                self._partial(name, argument),
                tuple(map(self.placed, branches)),
            )

    def _partial(self, name: str, argument: yaml.Node) -> Text | None:
        if name != "Fn::Sub":
            return None
        try:
            written = self._substituted(argument, UNKNOWN_MARK)
            return written.replaced(DYNAMIC, lambda _: UNKNOWN_MARK)
        except _MALFORMED:
            return None

    def _chosen(self, argument: yaml.Node) -> yaml.Node:
        condition, then, otherwise = argument.value
        found: yaml.Node = then if self._scope.condition(condition.value) else otherwise
        return found

    def _is_nothing(self, node: yaml.Node) -> bool:
        return expression(node) is not None and self._scope.is_nothing(template_file.plain(node))

    def _substituted(self, argument: yaml.Node, unknown: str | None = None) -> Text:
        parts = argument.value if isinstance(argument, yaml.SequenceNode) else [argument]
        variables: Any = template_file.plain(parts[1]) if len(parts) > 1 else {}
        if not isinstance(parts[0], yaml.ScalarNode) or not isinstance(variables, dict):
            raise TypeError
        known: dict[str, str] = {}

        def put(match: re.Match[str]) -> str:
            name = match[1].strip()
            if name not in known:
                known[name] = self._part(name, variables, unknown)
            return known[name]

        written = self._text_of(parts[0]).replaced(SUB_NAME, put)
        return written.replaced(_ESCAPED, lambda _: "${")

    def _part(self, name: str, variables: dict[str, Any], unknown: str | None) -> str:
        named = {"Fn::Sub": [f"${{{name}}}", variables]}
        try:
            return str(self._scope.value(named))
        except UnresolvedError:
            if unknown is None:
                raise
            return unknown


def _unresolved(line: int, shown: str, error: Exception) -> Unresolved:
    problem = error.problem if isinstance(error, TemplateError) else "it is malformed"
    if isinstance(error, UnresolvedError):
        return Unresolved(line, shown, problem, error.missing, error.parameter)
    return Unresolved(line, shown, problem, Missing.SENSE)


def _shown(argument: object) -> str:
    text = ".".join(map(str, argument)) if isinstance(argument, list) else str(argument)
    return text if len(text) < 60 else f"{text[:57]}..."  # noqa: PLR2004 - a message stays one line


def _aligned(value: str, raw: str, line: int) -> tuple[int, ...] | None:
    """Finds each character of the value in the source; folding changes white space only."""
    place = 0
    for skipped in (_TAG, _BLOCK_HEADER):
        head = skipped.match(raw, place)
        if head:
            line += head[0].count("\n")
            place = head.end()
    found: list[int] = []
    for character in value:
        if character.isspace():
            found.append(line)
            continue
        while place < len(raw) and raw[place] != character:
            if not raw[place].isspace() and raw[place] not in _NOT_IN_THE_VALUE:
                return None
            line += raw[place] == "\n"
            place += 1
        found.append(line)
        place += 1
    return tuple(found)

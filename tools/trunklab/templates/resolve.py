"""Works out a part of a template: its expressions as far as stage and parameters allow."""

import re
from typing import Any, Final, cast

import yaml

from trunklab.errors import TemplateError
from trunklab.templates import template_file
from trunklab.templates.expressions import Missing, Scope, UnresolvedError
from trunklab.templates.placed import UNKNOWN_MARK, Member, Placed, Text, without_lines
from trunklab.templates.template_nodes import SUB_NAME, expression
from trunklab.templates.topology import Unresolved

_TEXT: Final = "tag:yaml.org,2002:str"
_DYNAMIC: Final = "{{resolve:"
_TAG: Final = re.compile(r"!\S*\s*")
_BLOCK_HEADER: Final = re.compile(r"[|>][^\n]*\n")
_NOT_IN_THE_VALUE: Final = frozenset("\\\"'")
"""What YAML writes around and within quoted texts."""
_MALFORMED: Final = (TemplateError, LookupError, ValueError, AttributeError, TypeError)


class Resolver:
    """Reads the nodes of one template."""

    def __init__(self, read: template_file.Template, scope: Scope) -> None:
        self._texts = read.texts
        self._scope = scope

    def placed(self, node: yaml.Node) -> Placed:
        """The value of a node, with lines."""
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
            written = self._text_of(cast("yaml.ScalarNode", node))
            if _DYNAMIC in written.text:
                return self._dynamic(written, line)
            return Placed(line, written)
        return without_lines(template_file.plain(node), line)

    def _dynamic(self, written: Text, line: int) -> Placed:
        try:
            return without_lines(self._scope.value(written.text), line)
        except TemplateError as error:
            return Placed(line, written, _unresolved(line, written.text, error))

    def _text_of(self, node: yaml.ScalarNode) -> Text:
        return _text_of(node, self._texts.get(str(node.start_mark.name), ""))

    def holds(self, condition: object) -> bool:
        """Whether a condition of the template holds, as far as that can be decided."""
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
                return Placed(line, self._substituted(argument))
            return without_lines(self._scope.value(template_file.plain(node)), line)
        except _MALFORMED as error:
            kept = template_file.plain(node)
            shown = f"{name} {_shown(kept.get(name) if isinstance(kept, dict) else kept)}"
            why = _unresolved(line, shown, error)
            partial = self._partial(name, argument)
            return Placed(line, without_lines(kept, line).value, why, partial)

    def _partial(self, name: str, argument: yaml.Node) -> Text | None:
        if name != "Fn::Sub":
            return None
        try:
            return self._substituted(argument, UNKNOWN_MARK)
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
        written = self._text_of(parts[0])
        text: list[str] = []
        lines: list[int] = []
        known: dict[str, str] = {}
        place = 0

        def copy(end: int) -> None:
            text.append(written.text[place:end])
            lines.extend(written.lines[place:end])

        for match in SUB_NAME.finditer(written.text):
            copy(match.start())
            name = match[1].strip()
            if name not in known:
                known[name] = self._part(name, variables, unknown)
            value = known[name]
            text.append(value)
            lines.extend([written.lines[match.start()]] * len(value))
            place = match.end()
        copy(len(written.text))
        return _unescaped(Text("".join(text), tuple(lines)))

    def _part(self, name: str, variables: dict[str, Any], unknown: str | None) -> str:
        named = {"Fn::Sub": [f"${{{name}}}", variables]}
        try:
            return str(self._scope.value(named))
        except UnresolvedError:
            if unknown is None:
                raise
            return unknown


def _unescaped(written: Text) -> Text:
    """`${!name}` is how a Sub writes `${name}`."""
    marks = {match.end() - 1 for match in re.finditer(r"\$\{!", written.text)}
    kept = [index for index in range(len(written.text)) if index not in marks]
    return Text(
        "".join(written.text[index] for index in kept),
        tuple(written.lines[index] for index in kept),
    )


def _unresolved(line: int, shown: str, error: Exception) -> Unresolved:
    problem = error.problem if isinstance(error, TemplateError) else "it is malformed"
    if isinstance(error, UnresolvedError):
        return Unresolved(line, shown, problem, error.missing, error.parameter)
    return Unresolved(line, shown, problem, Missing.SENSE)


def _shown(argument: object) -> str:
    text = ".".join(map(str, argument)) if isinstance(argument, list) else str(argument)
    return text if len(text) < 60 else f"{text[:57]}..."  # noqa: PLR2004 - a message stays one line


def _text_of(node: yaml.ScalarNode, source: str) -> Text:
    """The text of a scalar, whatever its style: each character is looked up in the template."""
    value = str(node.value)
    first = node.start_mark.line + 1
    if node.start_mark.line == node.end_mark.line:
        return Text(value, (first,) * len(value))
    raw = source[node.start_mark.index : node.end_mark.index]
    found = _aligned(value, raw, first)
    return Text(value, found or (first,) * len(value))


def _aligned(value: str, raw: str, line: int) -> tuple[int, ...] | None:
    """Walk through both at once; white space may differ, as folding changes it."""
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

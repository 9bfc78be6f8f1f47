"""Works out a part of a template: its expressions as far as stage and parameters allow."""

import re
from typing import Any, Final, cast

import yaml

from trunklab.errors import TemplateError
from trunklab.templates import template_file
from trunklab.templates.expressions import Scope, UnresolvedError
from trunklab.templates.placed import Member, Placed, Text, without_lines
from trunklab.templates.template_nodes import SUB_NAME, expression
from trunklab.templates.text_lines import text_of
from trunklab.templates.topology import Unresolved

_TEXT: Final = "tag:yaml.org,2002:str"
_NOTHING: Final = "AWS::NoValue"
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
            return Placed(line, self._text_of(cast("yaml.ScalarNode", node)))
        value = template_file.plain(node)
        return without_lines(value, line)

    def _text_of(self, node: yaml.ScalarNode) -> Text:
        return text_of(node, self._texts.get(str(node.start_mark.name), ""))

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
            problem = error.problem if isinstance(error, TemplateError) else "it is malformed"
            kept = template_file.plain(node)
            shown = f"{name} {_shown(kept.get(name) if isinstance(kept, dict) else kept)}"
            ssm = error.parameter if isinstance(error, UnresolvedError) else ""
            why = Unresolved(line, shown, problem, ssm)
            return Placed(line, without_lines(kept, line).value, why)

    def _chosen(self, argument: yaml.Node) -> yaml.Node:
        condition, then, otherwise = argument.value
        found: yaml.Node = then if self._scope.condition(condition.value) else otherwise
        return found

    def _is_nothing(self, node: yaml.Node) -> bool:
        """Whether CloudFormation leaves the entry out."""
        call = expression(node)
        if call is None:
            return False
        name, argument = call
        if name == "Fn::If":
            try:
                return self._is_nothing(self._chosen(argument))
            except _MALFORMED:
                return False  # what is wrong with it is said where its value is worked out
        return name == "Ref" and argument.value == _NOTHING

    def _substituted(self, argument: yaml.Node) -> Text:
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
                known[name] = self._scope.value(
                    {"Fn::Sub": ["${_}", {"_": variables.get(name, {"Ref": name})}]}
                )
            value = known[name]
            text.append(value)
            lines.extend([written.lines[match.start()]] * len(value))
            place = match.end()
        copy(len(written.text))
        return _unescaped(Text("".join(text), tuple(lines)))


def _unescaped(written: Text) -> Text:
    """`${!name}` is how a Sub writes `${name}`."""
    marks = {match.end() - 1 for match in re.finditer(r"\$\{!", written.text)}
    kept = [index for index in range(len(written.text)) if index not in marks]
    return Text(
        "".join(written.text[index] for index in kept),
        tuple(written.lines[index] for index in kept),
    )


def _shown(argument: object) -> str:
    text = ".".join(map(str, argument)) if isinstance(argument, list) else str(argument)
    return text if len(text) < 60 else f"{text[:57]}..."  # noqa: PLR2004 - a message stays one line

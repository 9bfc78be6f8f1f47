"""Puts the resources of nested local templates into the template that nests them.

A nested resource gets the nesting resource's id before its own. The parameters of a nested
template become what its parent passes, `GetAtt Nested.Outputs.X` becomes what the output says.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Final

import yaml

from trunklab.templates import template_nodes as nodes
from trunklab.templates.sam_globals import IGNORE_GLOBALS
from trunklab.templates.template_nodes import SUB_NAME, elements, entries, expression, literal

LOCATIONS: Final = {
    "AWS::Serverless::Application": "Location",
    "AWS::CloudFormation::Stack": "TemplateURL",
}
"""The property of each nesting type that says where the nested template is."""

_OUTPUTS: Final = "Outputs."
_STACK_NAME: Final = "AWS::StackName"
_NO_VALUE: Final = "AWS::NoValue"
_SECTIONS: Final = ("Conditions", "Mappings", "Resources")
_PATHS: Final = {
    "AWS::Serverless::Function": ("CodeUri",),
    "AWS::Lambda::Function": ("Code",),
    "AWS::Serverless::LayerVersion": ("ContentUri",),
    "AWS::Serverless::StateMachine": ("DefinitionUri",),
    "AWS::Serverless::Api": ("DefinitionUri",),
    "AWS::Serverless::HttpApi": ("DefinitionUri",),
}
_OWN_ID: Final = "SamResourceId"
"""The metadata in which SAM CLI keeps the id that a resource has in its own template."""
_SSM_VALUE: Final = "AWS::SSM::Parameter::Value<"
"""The type of a parameter that is passed the name of a value in SSM."""

_CONNECTOR: Final = "AWS::Serverless::Connector"


def local_path(resource: yaml.Node) -> str | None:
    """Returns the path of the template that a resource nests, None for any other resource."""
    kind = literal(entries(resource).get("Type"))
    found = entries(entries(resource).get("Properties")).get(LOCATIONS.get(kind or "", ""))
    path = literal(found)
    return None if path is None or "://" in path else path


@dataclass(frozen=True)
class Nested:
    """A nested template: where it is nested, its own flat nodes, and its folder."""

    logical_id: str
    resource: yaml.Node
    body: yaml.Node
    folder: str
    """Relative to the nesting template's folder, `.` for the same."""

    failures: "list[nodes.UnreadError]"
    """Parameters without a value, whose references stay unchanged."""

    @property
    def ids(self) -> list[str]:
        """The logical ids of its resources in the flat template."""
        return [self.logical_id + name for name in self._section("Resources")]

    def section(self, name: str) -> Iterator[tuple[yaml.Node, yaml.Node]]:
        """Yields the entries of a section, as expressions of the nesting template."""
        condition = entries(self.resource).get("Condition")
        for key, value in self._section(name).items():
            made = nodes.copied(value, self._replacement)
            made = self._resource(key, made) if name == "Resources" else made
            yield nodes.scalar(self.logical_id + key, value), made
        if name == "Conditions" and condition is not None:
            yield from self._joined_conditions(condition)

    def output(self, name: str) -> yaml.Node | None:
        """Returns the value of an output, as an expression of the nesting template."""
        found = entries(self._section("Outputs").get(name)).get("Value")
        return None if found is None else nodes.copied(found, self._replacement)

    def _section(self, name: str) -> dict[str, yaml.Node]:
        return entries(entries(self.body).get(name))

    def _replacement(self, name: str, argument: yaml.Node) -> yaml.Node | None:
        named = literal(argument) or ""
        if name == "Ref":
            return self._reference(named, argument)
        if name == "Condition":
            return nodes.call(name, nodes.scalar(self.logical_id + named, argument))
        if name == "Fn::GetAtt":
            first, *attribute = elements(argument) or [
                nodes.scalar(part, argument) for part in named.split(".", 1)
            ]
            renamed = nodes.scalar(self._renamed(literal(first) or ""), argument)
            return nodes.call(name, nodes.sequence([renamed, *attribute], argument))
        if name in {"Fn::If", "Fn::FindInMap"}:
            first, *others = elements(argument) or [argument]
            renamed = nodes.scalar(self.logical_id + (literal(first) or ""), first)
            rest = [nodes.copied(one, self._replacement) for one in others]
            return nodes.call(name, nodes.sequence([renamed, *rest], argument))
        if name == "Fn::Sub":
            return substituted(argument, self._substitute, self._replacement)
        return None

    def _reference(self, name: str, place: yaml.Node) -> yaml.Node:
        value = self._substitute(name)
        if isinstance(value, yaml.Node):
            return value
        if name == _STACK_NAME:
            return nodes.call("Fn::Sub", nodes.scalar(value, place))
        return nodes.call("Ref", nodes.scalar(self._renamed(name), place))

    def _substitute(self, name: str) -> "str | yaml.Node":
        """Returns the value of a parameter, or another name in a Sub as the root writes it."""
        if name == _STACK_NAME:
            return f"${{{_STACK_NAME}}}-{self.logical_id}"
        first, dot, attribute = name.partition(".")
        return self._value_of(name) or f"${{{self._renamed(first)}{dot}{attribute}}}"

    def _renamed(self, name: str) -> str:
        return self.logical_id + name if name in self._section("Resources") else name

    def _value_of(self, parameter: str) -> yaml.Node | None:
        """Returns what is passed for a parameter, else its default; None for other names."""
        declared = entries(self._section("Parameters").get(parameter))
        given = entries(entries(entries(self.resource).get("Properties")).get("Parameters"))
        default = declared.get("Default")
        value = _passed(given[parameter], default) if parameter in given else default
        if not declared:
            return None
        if value is None:
            problem = f"{self.logical_id} is nested without a value for {parameter}"
            self.failures.append(nodes.UnreadError(self.resource, problem))
            return None
        kind = literal(declared.get("Type")) or ""
        if kind.startswith(_SSM_VALUE):
            name = nodes.mapping([("Name", value)], value)
            parts = [nodes.scalar("{{resolve:ssm:${Name}}}", value), name]
            value = nodes.call("Fn::Sub", nodes.sequence(parts, value))
        if kind != "CommaDelimitedList" and "List<" not in kind:
            return value
        text, called = literal(value), expression(value)
        if text is not None:
            return nodes.sequence(
                [nodes.scalar(one.strip(), value) for one in text.split(",")], value
            )
        is_text = called is not None and called[0] in {"Fn::Join", "Fn::Sub"}
        parts = [nodes.scalar(",", value), value]
        return nodes.call("Fn::Split", nodes.sequence(parts, value)) if is_text else value

    def _resource(self, own_id: str, resource: yaml.Node) -> yaml.Node:
        attributes = entries(resource)
        kind = literal(attributes.get("Type")) or ""
        changed: dict[str, yaml.Node] = {}
        for name, value in attributes.items():
            if name == "DependsOn":
                names = [self._renamed(literal(one) or "") for one in elements(value) or [value]]
                changed[name] = nodes.sequence([nodes.scalar(one, value) for one in names], value)
            elif name == "Metadata" and _OWN_ID not in entries(value):
                # Paths in it stay: SAM CLI resolves them from the root template's folder.
                changed[name] = nodes.with_entries(value, **{_OWN_ID: nodes.scalar(own_id, value)})
            elif name == "Connectors":
                changed[name] = self._with_renamed_ids(value)
            elif name == "Properties":
                moved = self._moved(value, _PATHS.get(kind, ()))
                changed[name] = self._with_renamed_ids(moved) if kind == _CONNECTOR else moved
        own = literal(attributes.get("Condition")) or ""
        if "Condition" in entries(self.resource):
            changed["Condition"] = nodes.scalar(self._joined(own), resource)
        elif own:
            changed["Condition"] = nodes.scalar(self.logical_id + own, resource)
        return nodes.with_entries(resource, **changed)

    def _moved(self, properties: yaml.Node, names: tuple[str, ...]) -> yaml.Node:
        """Makes paths relative to the folder of the nesting template."""
        paths = {name: entries(properties).get(name) for name in names}
        changed = {
            name: nodes.scalar(f"{self.folder}/{path}", value)
            for name, value in paths.items()
            if value is not None and (path := literal(value)) is not None
            if "://" not in path and not Path(path).is_absolute()
        }
        return nodes.with_entries(properties, **changed) if changed else properties

    def _with_renamed_ids(self, node: yaml.Node) -> yaml.Node:
        """Renames the plain ids by which a connector names resources."""
        if isinstance(node, yaml.SequenceNode):
            return nodes.like(node, list(map(self._with_renamed_ids, node.value)))
        if not isinstance(node, yaml.MappingNode):
            return node
        pairs = []
        for key, value in node.value:
            named = literal(value) if key.value == "Id" else None
            renamed = nodes.scalar(self._renamed(named), value) if named is not None else None
            pairs.append((key, renamed or self._with_renamed_ids(value)))
        return nodes.like(node, pairs)

    def _joined(self, condition: str) -> str:
        return f"{self.logical_id}{condition}IfNested"

    def _joined_conditions(self, condition: yaml.Node) -> Iterator[tuple[yaml.Node, yaml.Node]]:
        for own in ("", *self._section("Conditions")):
            both = [nodes.call("Condition", nodes.scalar(literal(condition) or "", condition))]
            both += [nodes.call("Condition", nodes.scalar(self.logical_id + own, condition))]
            tests = nodes.sequence(both if own else both[:1] * 2, condition)
            yield nodes.scalar(self._joined(own), condition), nodes.call("Fn::And", tests)


def _passed(value: yaml.Node, default: yaml.Node | None) -> yaml.Node | None:
    """Returns what a parameter gets: its default instead of each AWS::NoValue."""
    name, argument = expression(value) or ("", value)
    if name == "Ref" and literal(argument) == _NO_VALUE:
        return default
    if name != "Fn::If":
        return value
    condition, *branches = elements(argument)
    chosen = [_passed(branch, default) for branch in branches]
    parts = [part for part in chosen if part is not None]
    whole = len(parts) == len(chosen)
    return nodes.call(name, nodes.sequence([condition, *parts], argument)) if whole else None


def flattened(
    body: yaml.Node, children: Mapping[str, Nested], failures: list[nodes.UnreadError]
) -> yaml.Node:
    """Returns the template with the resources of nested templates instead of these.

    An output that does not exist is added to `failures`, and what refers to it is kept.
    """
    if not children:
        return body
    sections = {name: list(nodes.pairs_of(body, name)) for name in _SECTIONS}
    sections["Resources"] = [
        pair for pair in sections["Resources"] if str(pair[0].value) not in children
    ]
    shared = {f"AWS::Serverless::{name}" for name in entries(entries(body).get("Globals"))}
    for child in children.values():
        for name in _SECTIONS:
            for key, value in child.section(name):
                is_shared = name == "Resources" and literal(entries(value).get("Type")) in shared
                every = {IGNORE_GLOBALS: nodes.scalar("*", value)} if is_shared else {}
                sections[name].append((key, nodes.with_entries(value, **every) if every else value))
    own = [(key, value) for key, value in body.value if key.value not in _SECTIONS]
    added = [(name, nodes.mapping(pairs, body)) for name, pairs in sections.items() if pairs]
    outputs = _Outputs(children, failures)
    flat = nodes.copied(nodes.mapping([*own, *added], body), outputs.replacement)
    return _with_dependencies(flat, children)


class _Outputs:
    """Replaces references to outputs by the values of these, once within itself."""

    def __init__(self, children: Mapping[str, Nested], failures: list[nodes.UnreadError]) -> None:
        self._children = children
        self._failures = failures
        self._under_way: list[str] = []

    def replacement(self, name: str, argument: yaml.Node) -> yaml.Node | None:
        if name == "Fn::GetAtt":
            parts = [literal(one) or "" for one in elements(argument)]
            return self._value(".".join(parts) or literal(argument) or "", argument)
        if name == "Fn::Sub":
            return substituted(argument, lambda one: self._in_text(one, argument), self.replacement)
        return None

    def _in_text(self, name: str, like: yaml.Node) -> "str | yaml.Node":
        found = self._value(name, like)
        return f"${{{name}}}" if found is None else found

    def _value(self, name: str, like: yaml.Node) -> yaml.Node | None:
        logical_id, _, attribute = name.partition(".")
        child = self._children.get(logical_id)
        if child is None or not attribute.startswith(_OUTPUTS):
            return None
        output = attribute.removeprefix(_OUTPUTS)
        found = None if name in self._under_way else child.output(output)
        if found is None:
            problem = "refers to itself" if name in self._under_way else "does not exist"
            self._failures.append(nodes.UnreadError(like, f"the output {name} {problem}"))
            return None
        self._under_way.append(name)
        try:
            return nodes.copied(found, self.replacement)
        finally:
            self._under_way.pop()


def substituted(
    argument: yaml.Node,
    substitute: Callable[[str], "str | yaml.Node"],
    replace: nodes.Replace,
) -> yaml.Node:
    """Returns a `Fn::Sub` in which names have become other text, or variables of it."""
    parts = elements(argument) or [argument]
    given = entries(parts[1]) if len(parts) > 1 else {}
    variables = {name: nodes.copied(value, replace) for name, value in given.items()}

    def put(match: re.Match[str]) -> str:
        name = match[1].strip()
        made = match[0] if name in given else substitute(name)
        if isinstance(made, str):
            return made
        key = "".join(filter(str.isalnum, name))
        variables[key] = made
        return f"${{{key}}}"

    text = SUB_NAME.sub(put, str(parts[0].value))
    written = parts[0] if text == parts[0].value else nodes.scalar(text, parts[0])
    if not variables:
        return nodes.call("Fn::Sub", written)
    pairs = nodes.mapping(list(variables.items()), argument)
    return nodes.call("Fn::Sub", nodes.sequence([written, pairs], argument))


def _with_dependencies(body: yaml.Node, children: Mapping[str, Nested]) -> yaml.Node:
    """Replaces a dependency on a nested template by its resources."""
    resources = []
    for key, resource in nodes.pairs_of(body, "Resources"):
        made = resource
        depends = entries(resource).get("DependsOn")
        named = elements(depends) or ([] if depends is None else [depends])
        names = [literal(one) or "" for one in named]
        if children.keys() & set(names):
            ids = [children[name].ids if name in children else [name] for name in names]
            on = nodes.sequence([nodes.scalar(one, resource) for one in chain(*ids)], resource)
            made = nodes.with_entries(resource, DependsOn=on)
        resources.append((key, made))
    return nodes.with_entries(body, Resources=nodes.mapping(resources, body))

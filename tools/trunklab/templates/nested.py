"""Puts the resources of nested local templates into the template that nests them.

A nested resource gets the nesting resource's id before its own. The parameters of a nested
template become what its parent passes, `GetAtt Nested.Outputs.X` becomes what the output says.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import yaml

from trunklab.templates import template_nodes as nodes
from trunklab.templates.template_nodes import SUB_NAME, entries, expression, literal

LOCATIONS: Final = {
    "AWS::Serverless::Application": "Location",
    "AWS::CloudFormation::Stack": "TemplateURL",
}
"""The property of each nesting type that says where the nested template is."""

_OUTPUTS: Final = "Outputs."
_STACK_NAME: Final = "AWS::StackName"
_SECTIONS: Final = ("Conditions", "Mappings", "Resources")
_PATHS: Final = {
    "AWS::Serverless::Function": ("CodeUri",),
    "AWS::Lambda::Function": ("Code",),
    "AWS::Serverless::LayerVersion": ("ContentUri",),
    "AWS::Serverless::StateMachine": ("DefinitionUri",),
    "AWS::Serverless::Api": ("DefinitionUri",),
    "AWS::Serverless::HttpApi": ("DefinitionUri",),
}
_CONNECTOR: Final = "AWS::Serverless::Connector"
_BUILD_PATHS: Final = ("WorkingDirectory", "ContextPath")
_GLOBALS_OF: Final = {"Function": "AWS::Serverless::Function"}


class NestedError(Exception):
    """A nested template that is not read; `node` is the place that names it."""

    def __init__(self, node: yaml.Node, problem: str) -> None:
        super().__init__(problem)
        self.node = node
        self.problem = problem


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

    def check(self) -> None:
        """Raises NestedError for what has no place in one flat template."""
        self._check_parameters()

    def _check_parameters(self) -> None:
        for name, node in self._parameters.items():
            kind = literal(entries(node).get("Type")) or ""
            if kind.startswith("AWS::SSM::"):
                problem = f"its parameter {name} is read from SSM: pass a plain value"
                raise NestedError(self.resource, problem)

    @property
    def ids(self) -> list[str]:
        """The logical ids of its resources in the flat template."""
        return [self.logical_id + name for name in self._section("Resources")]

    def section(self, name: str) -> Iterator[tuple[yaml.Node, yaml.Node]]:
        """Yields key and value of every entry of a section, in the words of the parent."""
        condition = entries(self.resource).get("Condition")
        for key, value in self._section(name).items():
            made = nodes.copied(value, self._replacement)
            if name == "Resources":
                made = self._resource(made)
                made = made if condition is None else self._conditional(made, key)
            yield nodes.scalar(self.logical_id + key, value), made
        if name == "Conditions" and condition is not None:
            yield from self._joined_conditions(condition)

    def output(self, name: str) -> yaml.Node | None:
        """Returns what an output amounts to in the parent."""
        found = entries(self._section("Outputs").get(name)).get("Value")
        return None if found is None else nodes.copied(found, self._replacement)

    def _section(self, name: str) -> dict[str, yaml.Node]:
        return entries(entries(self.body).get(name))

    @property
    def _parameters(self) -> dict[str, yaml.Node]:
        return self._section("Parameters")

    def _replacement(self, name: str, argument: yaml.Node) -> yaml.Node | None:
        named = literal(argument) or ""
        if name == "Ref":
            return self._reference(named, argument)
        if name == "Condition":
            return nodes.call(name, nodes.scalar(self.logical_id + named, argument))
        if name == "Fn::GetAtt":
            parts = nodes.elements(argument) or [
                nodes.scalar(part, argument) for part in named.split(".", 1)
            ]
            renamed = nodes.scalar(self._renamed(literal(parts[0]) or ""), argument)
            return nodes.call(name, nodes.sequence([renamed, *parts[1:]], argument))
        if name in {"Fn::If", "Fn::FindInMap"}:
            first, *others = nodes.elements(argument) or [argument]
            renamed = nodes.scalar(self.logical_id + (literal(first) or ""), first)
            rest = [nodes.copied(one, self._replacement) for one in others]
            return nodes.call(name, nodes.sequence([renamed, *rest], argument))
        if name == "Fn::Sub":
            return substituted(argument, self._substitute, self._replacement)
        return None

    def _reference(self, name: str, like: yaml.Node) -> yaml.Node:
        if name in self._parameters:
            return self._value_of(name)
        if name == _STACK_NAME:
            return nodes.call("Fn::Sub", nodes.scalar(self._own_stack_name, like))
        return nodes.call("Ref", nodes.scalar(self._renamed(name), like))

    def _substitute(self, name: str) -> "str | yaml.Node":
        if name in self._parameters:
            return self._value_of(name)
        if name == _STACK_NAME:
            return self._own_stack_name
        first, dot, rest = name.partition(".")
        return f"${{{self._renamed(first)}{dot}{rest}}}"

    @property
    def _own_stack_name(self) -> str:
        return f"${{{_STACK_NAME}}}-{self.logical_id}"

    def _renamed(self, name: str) -> str:
        return self.logical_id + name if name in self._section("Resources") else name

    def _value_of(self, parameter: str) -> yaml.Node:
        declared = entries(self._parameters[parameter])
        given = entries(entries(entries(self.resource).get("Properties")).get("Parameters"))
        value = given.get(parameter, declared.get("Default"))
        if value is None:
            raise NestedError(self.resource, f"it passes no {parameter}")
        kind = literal(declared.get("Type")) or ""
        if kind == "CommaDelimitedList" or "List<" in kind:
            text = literal(value)
            if text is not None:
                items = [nodes.scalar(one.strip(), value) for one in text.split(",")]
                return nodes.sequence(items, value)
            called = expression(value)
            is_text = called is not None and called[0] in {"Fn::Join", "Fn::Sub"}
            parts = nodes.sequence([nodes.scalar(",", value), value], value)
            return nodes.call("Fn::Split", parts) if is_text else value
        return value

    def _resource(self, resource: yaml.Node) -> yaml.Node:
        pairs = []
        for key, value in resource.value:
            made = value
            if key.value == "DependsOn":
                names = [literal(one) or "" for one in nodes.elements(value) or [value]]
                made = nodes.sequence(
                    [nodes.scalar(self._renamed(name), value) for name in names], value
                )
            elif key.value == "Condition":
                made = nodes.scalar(self.logical_id + (literal(value) or ""), value)
            elif key.value == "Metadata":
                made = self._moved(value, _BUILD_PATHS)
            elif key.value == "Connectors":
                made = self._with_renamed_ids(value)
            elif key.value == "Properties":
                kind = literal(entries(resource).get("Type")) or ""
                made = self._moved(value, _PATHS.get(kind, ()))
                made = self._with_renamed_ids(made) if kind == _CONNECTOR else made
            pairs.append((key, made))
        return self._with_globals(nodes.mapping(pairs, resource))

    def _moved(self, properties: yaml.Node, names: tuple[str, ...]) -> yaml.Node:
        """A path beside the nested template is another path beside the one that nests it."""
        if not isinstance(properties, yaml.MappingNode):
            return properties
        pairs = []
        for key, value in properties.value:
            path = literal(value) if key.value in names else None
            is_path = path is not None and "://" not in path and not Path(path).is_absolute()
            moved = nodes.scalar(f"{self.folder}/{path}", value) if is_path else value
            pairs.append((key, moved))
        return nodes.mapping(pairs, properties)

    def _with_renamed_ids(self, node: yaml.Node) -> yaml.Node:
        """A connector names resources by plain ids."""
        if isinstance(node, yaml.SequenceNode):
            return nodes.sequence(map(self._with_renamed_ids, node.value), node)
        if not isinstance(node, yaml.MappingNode):
            return node
        pairs = []
        for key, value in node.value:
            is_id = key.value == "Id" and literal(value) is not None
            renamed = nodes.scalar(self._renamed(str(value.value)), value) if is_id else None
            pairs.append((key, renamed or self._with_renamed_ids(value)))
        return nodes.mapping(pairs, node)

    def _with_globals(self, resource: yaml.MappingNode) -> yaml.MappingNode:
        """SAM's Globals hold for the template that declares them only."""
        for name, shared in self._section("Globals").items():
            if literal(entries(resource).get("Type")) == _GLOBALS_OF.get(name):
                moved = self._moved(
                    nodes.copied(shared, self._replacement), _PATHS[_GLOBALS_OF[name]]
                )
                own = entries(resource).get("Properties") or nodes.mapping([], resource)
                others = [pair for pair in resource.value if pair[0].value != "Properties"]
                return nodes.mapping([*others, ("Properties", _merged(moved, own))], resource)
        return resource

    def _conditional(self, resource: yaml.Node, key: str) -> yaml.Node:
        own = literal(entries(self._section("Resources")[key]).get("Condition")) or ""
        name = nodes.scalar(self._joined(own), resource)
        others = [pair for pair in resource.value if pair[0].value != "Condition"]
        return nodes.mapping([*others, ("Condition", name)], resource)

    def _joined(self, condition: str) -> str:
        return f"{self.logical_id}{condition}IfNested"

    def _joined_conditions(self, condition: yaml.Node) -> Iterator[tuple[yaml.Node, yaml.Node]]:
        for own in ("", *self._section("Conditions")):
            both = [nodes.call("Condition", nodes.scalar(literal(condition) or "", condition))]
            both += [nodes.call("Condition", nodes.scalar(self.logical_id + own, condition))]
            tests = nodes.sequence(both if own else both[:1] * 2, condition)
            yield nodes.scalar(self._joined(own), condition), nodes.call("Fn::And", tests)


def flattened(body: yaml.Node, children: Mapping[str, Nested]) -> yaml.Node:
    """Returns the template with each nested template's resources in the nesting one's place."""
    if not children:
        return body
    sections = {name: list(_pairs(body, name)) for name in _SECTIONS}
    sections["Resources"] = [
        pair for pair in sections["Resources"] if str(pair[0].value) not in children
    ]
    for child in children.values():
        for name in _SECTIONS:
            sections[name] += child.section(name)
    own = [(key, value) for key, value in body.value if key.value not in _SECTIONS]
    added = [(name, nodes.mapping(pairs, body)) for name, pairs in sections.items() if pairs]
    outputs = _Outputs(children)
    flat = nodes.copied(nodes.mapping([*own, *added], body), outputs.replacement)
    return _with_dependencies(flat, children)


class _Outputs:
    """Puts what an output says where the parent asks for it, at most once within itself."""

    def __init__(self, children: Mapping[str, Nested]) -> None:
        self._children = children
        self._under_way: list[str] = []

    def replacement(self, name: str, argument: yaml.Node) -> yaml.Node | None:
        if name == "Fn::GetAtt":
            parts = [literal(one) or "" for one in nodes.elements(argument)]
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
        if name in self._under_way:
            raise NestedError(like, f"{name} refers to itself")
        found = child.output(attribute.removeprefix(_OUTPUTS))
        if found is None:
            raise NestedError(like, f"{logical_id} has no output {attribute[len(_OUTPUTS) :]}")
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
    parts = nodes.elements(argument) or [argument]
    given = entries(parts[1]) if len(parts) > 1 else {}
    variables = {name: nodes.copied(value, replace) for name, value in given.items()}
    text, place = "", 0
    for match in SUB_NAME.finditer(str(parts[0].value)):
        name = match[1].strip()
        made: str | yaml.Node = match[0] if name in given else substitute(name)
        if not isinstance(made, str):
            key = "".join(filter(str.isalnum, name))
            variables[key], made = made, f"${{{key}}}"
        text += str(parts[0].value)[place : match.start()] + made
        place = match.end()
    text += str(parts[0].value)[place:]
    written = parts[0] if text == parts[0].value else nodes.scalar(text, parts[0])
    if not variables:
        return nodes.call("Fn::Sub", written)
    pairs = nodes.mapping(list(variables.items()), argument)
    return nodes.call("Fn::Sub", nodes.sequence([written, pairs], argument))


def _pairs(body: yaml.Node, section: str) -> Iterator[tuple[yaml.Node, yaml.Node]]:
    found = entries(body).get(section)
    yield from (found.value if isinstance(found, yaml.MappingNode) else ())


def _with_dependencies(body: yaml.Node, children: Mapping[str, Nested]) -> yaml.Node:
    """Who depends on a nested template depends on each of its resources."""
    resources = []
    for key, resource in _pairs(body, "Resources"):
        made = resource
        depends = entries(resource).get("DependsOn")
        named = nodes.elements(depends) or ([] if depends is None else [depends])
        names = [literal(one) or "" for one in named]
        if children.keys() & set(names):
            ids = [one for name in names for one in _ids(name, children)]
            on = nodes.sequence([nodes.scalar(one, resource) for one in ids], resource)
            others = [pair for pair in resource.value if pair[0].value != "DependsOn"]
            made = nodes.mapping([*others, ("DependsOn", on)], resource)
        resources.append((key, made))
    own = [(key, value) for key, value in body.value if key.value != "Resources"]
    return nodes.mapping([*own, ("Resources", nodes.mapping(resources, body))], body)


def _ids(name: str, children: Mapping[str, Nested]) -> list[str]:
    return children[name].ids if name in children else [name]


def _merged(shared: yaml.Node, own: yaml.Node) -> yaml.Node:
    """As SAM merges Globals: mappings by key, lists one after the other, else the own value."""
    if isinstance(shared, yaml.MappingNode) and isinstance(own, yaml.MappingNode):
        if expression(shared) or expression(own):
            return own
        theirs, ours = entries(shared), entries(own)
        pairs: list[tuple[str | yaml.Node, yaml.Node]] = [
            (key, _merged(theirs[str(key.value)], value) if str(key.value) in theirs else value)
            for key, value in own.value
        ]
        pairs += [(key, value) for key, value in shared.value if str(key.value) not in ours]
        return nodes.mapping(pairs, own)
    if isinstance(shared, yaml.SequenceNode) and isinstance(own, yaml.SequenceNode):
        return nodes.sequence([*shared.value, *own.value], own)
    return own

"""Properties and APIs that SAM gives the resources of one template: Globals, implicit APIs."""

from collections.abc import Mapping
from typing import Final

import yaml

from trunklab.templates import template_nodes as nodes
from trunklab.templates.template_nodes import elements, entries, expression, literal

_SAM: Final = "AWS::Serverless::"

IGNORE_GLOBALS: Final = "IgnoreGlobals"
"""The attribute by which a resource takes none, or not all, of its template's Globals."""

_REPLACED: Final = frozenset({"Architectures"})
"""Lists of Globals that SAM replaces; it joins all others to the resource's own."""

_IMPLICIT: Final = {
    "Api": ("ServerlessRestApi", "RestApiId", (("StageName", "Prod"),)),
    "HttpApi": ("ServerlessHttpApi", "ApiId", ()),
}
"""By type of event: SAM's id of its implicit API, the property with the id, the API's own."""


def with_globals(body: yaml.Node, *, is_nested: bool) -> yaml.Node:
    """Returns a template whose resources have the properties that Globals give them.

    The Globals of APIs stay in a root template: SAM gives them to its implicit APIs too.
    """
    resources = entries(body).get("Resources")
    sections = {
        f"{_SAM}{name}": shared
        for name, shared in entries(entries(body).get("Globals")).items()
        if isinstance(shared, yaml.MappingNode) and (is_nested or name not in _IMPLICIT)
    }
    if not isinstance(resources, yaml.MappingNode) or not sections:
        return body
    pairs = [(key, _with_shared(resource, sections)) for key, resource in resources.value]
    remaining = [
        pair for pair in nodes.pairs_of(body, "Globals") if f"{_SAM}{pair[0].value}" not in sections
    ]
    sections_left = {"Globals": nodes.mapping(remaining, body)}
    return nodes.with_entries(body, Resources=nodes.mapping(pairs, resources), **sections_left)


def _with_shared(resource: yaml.Node, sections: Mapping[str, yaml.Node]) -> yaml.Node:
    shared = sections.get(literal(entries(resource).get("Type")) or "")
    ignored = entries(resource).get(IGNORE_GLOBALS)
    if shared is None or literal(ignored) == "*":
        return resource
    names = {literal(name) for name in elements(ignored)}
    kept = [pair for pair in shared.value if literal(pair[0]) not in names]
    own = entries(resource).get("Properties") or nodes.mapping([], resource)
    return nodes.with_entries(resource, Properties=_merged(nodes.mapping(kept, shared), own))


def with_explicit_apis(body: yaml.Node) -> yaml.Node:
    """Returns a template that declares the APIs that SAM makes of its events.

    Otherwise the APIs of two templates would become one, with the Globals of the root.
    """
    apis: dict[str, yaml.Node] = {}
    resources: list[tuple[str | yaml.Node, yaml.Node]] = []
    for key, resource in nodes.pairs_of(body, "Resources"):
        properties = entries(resource).get("Properties")
        events = entries(properties).get("Events")
        made = resource
        if isinstance(properties, yaml.MappingNode) and isinstance(events, yaml.MappingNode):
            pairs = [(name, _with_api(event, apis)) for name, event in events.value]
            own = nodes.with_entries(properties, Events=nodes.like(events, pairs))
            made = nodes.with_entries(resource, Properties=own)
        resources.append((key, made))
    return nodes.with_entries(body, Resources=nodes.mapping([*resources, *apis.items()], body))


def _with_api(event: yaml.Node, apis: dict[str, yaml.Node]) -> yaml.Node:
    kind = literal(entries(event).get("Type")) or ""
    own = entries(event).get("Properties") or nodes.mapping([], event)
    api_id, property_name, given = _IMPLICIT.get(kind, ("", "", ()))
    if not api_id or property_name in entries(own):
        return event
    properties = nodes.mapping([(name, nodes.scalar(text, event)) for name, text in given], event)
    declared = [("Type", nodes.scalar(_SAM + kind, event)), ("Properties", properties)]
    apis[api_id] = nodes.mapping(declared, event)
    reference = nodes.call("Ref", nodes.scalar(api_id, event))
    return nodes.with_entries(
        event, Properties=nodes.with_entries(own, **{property_name: reference})
    )


def _merged(shared: yaml.Node, own: yaml.Node) -> yaml.Node:
    """Returns Globals and own properties as SAM merges them.

    Mappings are merged by key, lists are joined, else the own value counts.
    """
    if isinstance(shared, yaml.MappingNode) and isinstance(own, yaml.MappingNode):
        if expression(shared) or expression(own):
            return own
        theirs, ours = entries(shared), entries(own)
        joined = theirs.keys() - _REPLACED
        pairs: list[tuple[str | yaml.Node, yaml.Node]] = [
            (key, _merged(theirs[str(key.value)], value) if key.value in joined else value)
            for key, value in own.value
        ]
        pairs += [(key, value) for key, value in shared.value if str(key.value) not in ours]
        return nodes.mapping(pairs, own)
    if isinstance(shared, yaml.SequenceNode) and isinstance(own, yaml.SequenceNode):
        return nodes.sequence([*shared.value, *own.value], own)
    return own

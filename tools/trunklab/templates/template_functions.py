"""Finds the functions of a template, and the queues that they read."""

from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Final

from trunklab.templates.opened import Opened
from trunklab.templates.placed import Placed
from trunklab.templates.topology import Function

FUNCTIONS: Final = ("AWS::Serverless::Function", "AWS::Lambda::Function")

_THROUGH: Final = ("AWS::Lambda::Alias", "AWS::Lambda::Version")
"""Types of resources that name a function and may be called instead."""


def functions_of(opened: Opened) -> Iterator[Function]:
    """Yields every function of a template."""
    mapped = list(_mappings(opened))
    for resource in opened.of(*FUNCTIONS):
        own = resource.properties
        variables = own.get("Environment", "Variables").members
        queues = [queue for function, queue in mapped if function == resource.logical_id]
        yield Function(
            service=opened.service,
            template=opened.path,
            line=resource.line,
            logical_id=resource.logical_id,
            handler=own.get("Handler").text,
            code=_code(opened, own.get("CodeUri").text),
            variables={name: member.value.text for name, member in variables.items()},
            role=opened.referred(own.get("Role")),
            queues=tuple(dict.fromkeys([*_sam_queues(opened, own), *queues])),
        )


def _sam_queues(opened: Opened, own: Placed) -> Iterator[str]:
    for member in own.get("Events").members.values():
        queue = opened.referred(member.value.get("Properties", "Queue"))
        if queue and member.value.get("Type").text == "SQS":
            yield queue


def _mappings(opened: Opened) -> Iterator[tuple[str, str]]:
    for mapping in opened.of("AWS::Lambda::EventSourceMapping"):
        function = _function_named(opened, mapping.properties)
        queue = opened.referred(mapping.properties.get("EventSourceArn"))
        if function and queue:
            yield function, queue


def _function_named(opened: Opened, naming: Placed) -> str:
    """Returns the function that a resource names, directly or by an alias or version."""
    named = opened.referred(naming.get("FunctionName"))
    through = {one.logical_id: one for one in opened.of(*_THROUGH)}
    for _ in through:  # an alias of a version of a function
        if named not in through:
            break
        named = opened.referred(through[named].properties.get("FunctionName"))
    return named


def _code(opened: Opened, code: str) -> PurePosixPath | None:
    if not code or ":" in code:
        return None
    root = opened.root.resolve()
    try:
        folder = (opened.root / opened.path.parent / code).resolve()
        if not folder.is_dir() or not folder.is_relative_to(root):
            return None
    except (OSError, RuntimeError, ValueError):  # a path that no system has
        return None
    return PurePosixPath(folder.relative_to(root).as_posix())

"""Finds the functions of a template, and the queues that they read."""

from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Final

from trunklab.templates.opened import Opened
from trunklab.templates.placed import Placed
from trunklab.templates.topology import Function

FUNCTIONS: Final = ("AWS::Serverless::Function", "AWS::Lambda::Function")

_THROUGH: Final = ("AWS::Lambda::Alias", "AWS::Lambda::Version")
"""What stands for a function; both name theirs."""


def functions_of(opened: Opened) -> Iterator[Function]:
    """Every function of a template."""
    mapped = list(_mappings(opened))
    for resource in opened.of(*FUNCTIONS):
        own, shared = resource.properties, opened.function_defaults
        is_sam = resource.kind == FUNCTIONS[0]
        variables = {
            name: member.value.text
            for one in ((shared, own) if is_sam else (own,))
            for name, member in one.get("Environment", "Variables").members.items()
        }
        queues = [queue for function, queue in mapped if function == resource.logical_id]
        yield Function(
            service=opened.service,
            template=opened.path,
            line=resource.line,
            logical_id=resource.logical_id,
            handler=own.get("Handler").text or (shared.get("Handler").text if is_sam else ""),
            code=_code(opened, own.get("CodeUri").text or shared.get("CodeUri").text),
            variables=variables,
            role=opened.referred(own.get("Role")),
            queues=tuple(dict.fromkeys([*_sam_queues(opened, own), *queues])),
        )


def _sam_queues(opened: Opened, own: Placed) -> Iterator[str]:
    for member in own.get("Events").members.values():
        if member.value.get("Type").text == "SQS":
            queue = opened.referred(member.value.get("Properties", "Queue"))
            if queue:
                yield queue


def _mappings(opened: Opened) -> Iterator[tuple[str, str]]:
    """Pairs of function and queue that event source mappings join."""
    for mapping in opened.of("AWS::Lambda::EventSourceMapping"):
        function = _function_named(opened, mapping.properties)
        queue = opened.referred(mapping.properties.get("EventSourceArn"))
        if function and queue:
            yield function, queue


def _function_named(opened: Opened, naming: Placed) -> str:
    """The function that a resource names, through an alias or a version of it."""
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

"""Definitions of Step Functions whose tasks call functions of the platform.

The rented Step Functions has only proxies of our functions, and calls every error of a proxy
`Runtime.HandlerError`. So a task waits for a token instead, and whoever runs the function reports
its success, or its failure with the true name of the error: Catch and Retry work by it.
"""

import json
import re
from collections.abc import Callable
from typing import Any, Final

from trunklab import settings
from trunklab.local.delivery.steps import JsonObject

TASK_FUNCTION: Final = "tl--task"
"""The function of the emulator that passes tasks on to us."""
_WRITTEN: Final = "tl--written"
"""Member of a rewritten task: the task as it was written."""
_FUNCTION: Final = re.compile(r"arn:aws:lambda:[^:]*:[^:]*:function:.+")
_INVOKE: Final = "arn:aws:states:::lambda:invoke"
_WAIT: Final = ".waitForTaskToken"
_OWN_INTEGRATIONS: Final = {
    "arn:aws:states:::sqs:sendMessage": ("sqs", "SendMessage"),
    "arn:aws:states:::events:putEvents": ("events", "PutEvents"),
}
_JOINED: Final = re.compile(r"\$\{tl(\d+)\}")
_PLACEHOLDER: Final = re.compile(r"\$\{(\w+)(?:\.\w+)?\}")


def rewrite_resource(properties: JsonObject, functions: frozenset[str]) -> JsonObject:
    """Returns the properties of a state machine; `functions` are logical ids in its template."""
    substitutions = properties.get("DefinitionSubstitutions") or {}
    named = frozenset(
        name for name, value in substitutions.items() if _referred(value) in functions
    )
    for member in ("Definition", "DefinitionString"):
        given = properties.get(member)
        if isinstance(given, dict) and given.keys() == {"Fn::Sub"}:
            return properties | {member: {"Fn::Sub": _substituted(given["Fn::Sub"], functions)}}
        if isinstance(given, dict) and given.keys() == {"Fn::Join"}:
            separator, parts = given["Fn::Join"]
            return properties | {member: _joined(separator, parts, functions, named)}
        definition = _definition(given)
        if definition is not None:
            rewritten = rewrite_definition(definition, named)
            text = rewritten if member == "Definition" else json.dumps(rewritten)
            return properties | {member: text}
    return properties


def rewrite_document(body: bytes) -> bytes:
    """Returns a request to Step Functions with its definition rewritten; others as they are."""
    return _with_definition(body, rewrite_definition)


def written_document(body: bytes) -> bytes:
    """Returns a response of Step Functions with its definition as it was written."""
    return _with_definition(body, written_definition)


def rewrite_definition(definition: Any, placeholders: frozenset[str] = frozenset()) -> Any:
    """Returns a definition whose tasks wait for their functions by a token."""
    if isinstance(definition, list):
        return [rewrite_definition(item, placeholders) for item in definition]
    if not isinstance(definition, dict):
        return definition
    inner = {key: rewrite_definition(value, placeholders) for key, value in definition.items()}
    if definition.get("Type") != "Task":
        return inner
    rewritten = _rewritten(inner, placeholders)
    return inner if rewritten is None else {**rewritten, _WRITTEN: inner}


def written_definition(definition: Any) -> Any:
    """Returns a definition as it was before `rewrite_definition`."""
    if isinstance(definition, list):
        return [written_definition(item) for item in definition]
    if not isinstance(definition, dict):
        return definition
    if _WRITTEN in definition:
        return definition[_WRITTEN]
    return {key: written_definition(value) for key, value in definition.items()}


def _with_definition(body: bytes, change: Callable[[Any], Any]) -> bytes:
    """Returns a document of Step Functions with its definition changed; others as they are."""
    if b'"definition"' not in body:
        return body
    try:
        document = json.loads(body)
        definition = json.loads(document["definition"])
    except (ValueError, TypeError, LookupError):
        return body  # the emulator refuses it
    return json.dumps(document | {"definition": json.dumps(change(definition))}).encode()


def _rewritten(task: JsonObject, placeholders: frozenset[str]) -> JsonObject | None:
    """Returns a task of ours in the form that waits; None for others."""
    resource = str(task.get("Resource"))
    found = _PLACEHOLDER.fullmatch(resource)
    if _FUNCTION.fullmatch(resource) or (found and found[1] in placeholders):
        return _waiting(task, resource)
    if resource == _INVOKE:
        return _waiting(task, None)
    plain = resource.removesuffix(_WAIT)
    if plain in _OWN_INTEGRATIONS:
        return _calling(task, _OWN_INTEGRATIONS[plain], is_waiting=resource != plain)
    return None


def _waiting(state: JsonObject, function: str | None) -> JsonObject:
    """Returns a task that waits; `function` is given if it is the task's resource itself."""
    is_jsonata = "Arguments" in state
    given: Any = state.get("Arguments" if is_jsonata else "Parameters")
    if is_jsonata:
        token: JsonObject = {"token": "{% $states.context.Task.Token %}"}
    else:
        token = {"token.$": "$$.Task.Token"}
    if function is None:
        call = {
            name: given[key]
            for key, name in (
                ("FunctionName", "function"),
                ("FunctionName.$", "function.$"),
                ("Payload", "payload"),
                ("Payload.$", "payload.$"),
            )
            if key in (given or {})
        } | {"is_wrapped": True}
    else:
        own = {"payload.$": "$"} if given is None else {"payload": given}
        call = {"function": function, **own}
    task = {"FunctionName": _task_function(), "Payload": {**token, **call}}
    rest = {key: one for key, one in state.items() if key not in {"Parameters", "Arguments"}}
    return {**rest, "Resource": _INVOKE + _WAIT, "Arguments" if is_jsonata else "Parameters": task}


def _calling(state: JsonObject, operation: tuple[str, str], *, is_waiting: bool) -> JsonObject:
    """Returns a task that calls a service of ours; the user's own token is left to the user."""
    is_jsonata = "Arguments" in state
    member = "Arguments" if is_jsonata else "Parameters"
    token: JsonObject = (
        {"token": "{% $states.context.Task.Token %}"}
        if is_jsonata
        else {"token.$": "$$.Task.Token"}
    )
    service, name = operation
    call = {"service": service, "operation": name, "payload": state.get(member, {})}
    payload = {**token, **call, "is_reported": not is_waiting}
    task = {"FunctionName": _task_function(), "Payload": payload}
    return {**state, "Resource": _INVOKE + _WAIT, member: task}


def _task_function() -> str:
    place = f"{settings.LOCAL_REGION}:{settings.LOCAL_ACCOUNT}"
    return f"arn:aws:lambda:{place}:function:{TASK_FUNCTION}"


def _substituted(value: Any, functions: frozenset[str]) -> Any:
    """Returns the argument of `Fn::Sub`, a text with or without variables, with its tasks."""
    text, variables = value if isinstance(value, list) else (value, {})
    definition = _definition(text)
    if definition is None:
        return value
    named = {name for name, one in variables.items() if _referred(one) in functions}
    rewritten = json.dumps(rewrite_definition(definition, functions.union(named)))
    return [rewritten, variables] if variables else rewritten


def _joined(
    separator: str, parts: Any, functions: frozenset[str], named: frozenset[str]
) -> JsonObject:
    """Returns an `Fn::Join` with its tasks; its parts are texts and references, as CDK has them."""
    given = parts if isinstance(parts, list) else []
    texts = [part if isinstance(part, str) else f"${{tl{at}}}" for at, part in enumerate(given)]
    definition = _definition(separator.join(texts))
    if definition is None:
        return {"Fn::Join": [separator, parts]}
    own = {f"tl{at}" for at, part in enumerate(given) if _referred(part) in functions}
    text = json.dumps(rewrite_definition(definition, named | own))
    pieces = _JOINED.split(text)  # at odd places, numbers of references
    return {"Fn::Join": ["", [given[int(p)] if at % 2 else p for at, p in enumerate(pieces)]]}


def _definition(value: Any) -> Any:
    """Returns a definition that a template gives as an object or as text; None for others."""
    if isinstance(value, str):
        try:
            return json.loads(value)
        except ValueError:
            return None
    return value if isinstance(value, dict) and "States" in value else None


def _referred(value: Any) -> str:
    if not isinstance(value, dict):
        return ""
    attribute = value.get("Fn::GetAtt")
    named = attribute[0] if isinstance(attribute, list) else str(attribute or "").partition(".")[0]
    return str(value.get("Ref") or named)

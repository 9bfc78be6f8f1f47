"""Subscriptions that the rented SNS would accept and never serve."""

import json
from typing import Any, Final
from urllib.parse import parse_qsl

from trunklab.local.delivery.steps import ApiError, JsonObject

_SERVED: Final = "lambda"
_INVALID: Final = "InvalidParameter"
_FILTER: Final = "FilterPolicy"


def check_request(body: bytes) -> None:
    """Raises ApiError for a call of SNS that makes such a subscription."""
    given = dict(parse_qsl(body.decode(errors="replace"), keep_blank_values=True))
    action = given.get("Action")
    if action == "Subscribe":
        if problem := _problem(given.get("Protocol", "")):
            raise ApiError(_INVALID, f"Invalid parameter: Protocol: {problem}")
        for key, name in given.items():
            if key.startswith("Attributes.") and key.endswith(".key") and name == _FILTER:
                _check_filter(given.get(f"{key.removesuffix('key')}value", ""))
    elif action == "SetSubscriptionAttributes" and given.get("AttributeName") == _FILTER:
        _check_filter(given.get("AttributeValue", ""))


def check_resource(logical_id: str, resource: JsonObject) -> None:
    """Raises ApiError for such a subscription in a template, also within its topic."""
    properties = resource.get("Properties") or {}
    kind = resource.get("Type")
    if kind == "AWS::SNS::Topic":
        subscriptions = properties.get("Subscription") or []
    else:
        subscriptions = [properties] if kind == "AWS::SNS::Subscription" else []
    for subscription in subscriptions:
        if problem := _problem(subscription.get("Protocol")):
            raise ApiError(_INVALID, f"{logical_id} ({kind}): {problem}")


def _problem(protocol: Any) -> str:
    """Returns what is wrong with a protocol; a reference in a template is not resolved."""
    if protocol == _SERVED or not isinstance(protocol, str):
        return ""
    return f"{protocol} subscriptions are not there yet on the local platform."


def _check_filter(policy: str) -> None:
    try:
        parsed = json.loads(policy or "{}")
    except (ValueError, RecursionError) as error:
        message = f"Invalid parameter: {_FILTER}: failed to parse JSON. {error}"
        raise ApiError(_INVALID, message) from error
    if not isinstance(parsed, dict) or _has_empty_list(parsed):
        message = f"Invalid parameter: {_FILTER}: Empty arrays are not allowed"
        raise ApiError(_INVALID, message)


def _has_empty_list(policy: Any) -> bool:
    if isinstance(policy, dict):
        return any(map(_has_empty_list, policy.values()))
    return isinstance(policy, list) and not policy

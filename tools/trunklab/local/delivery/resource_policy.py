"""Evaluates the policy of a resource for an AWS service."""

import fnmatch
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from trunklab.local.delivery.steps import JsonObject

_ARN_PARTS: Final = 6
_IF_EXISTS: Final = "IfExists"
_NEGATIONS: Final = re.compile("Not(?=Equals|Like)")
_SETS: Final = re.compile("^(ForAnyValue|ForAllValues):")


def allows(
    policy: JsonObject | None, action: str, resource_arn: str, service: str, keys: Mapping[str, str]
) -> bool:
    """True if a statement allows the action to a service and none denies it.

    `keys` are the condition keys of the request, such as aws:SourceArn. What cannot be evaluated
    allows nothing [IAM reference, policy evaluation].
    """
    statements = _listed((policy or {}).get("Statement", []))
    effects = {
        statement.get("Effect")
        for statement in statements
        if _applies(statement, action, resource_arn, service, keys)
    }
    return "Allow" in effects and "Deny" not in effects


def _applies(
    statement: JsonObject, action: str, resource_arn: str, service: str, keys: Mapping[str, str]
) -> bool:
    return (
        _named(statement, "Action", action.lower(), str.lower)
        and _named(statement, "Resource", resource_arn, str)
        and _is_principal(statement, service)
        and all(
            _holds(operator, key, _listed(wanted), keys, unknown=statement.get("Effect") == "Deny")
            for operator, tests in (statement.get("Condition") or {}).items()
            for key, wanted in tests.items()
        )
    )


def _named(statement: JsonObject, element: str, value: str, form: Callable[[str], str]) -> bool:
    if f"Not{element}" in statement:
        return not _like_any(value, map(form, _listed(statement[f"Not{element}"])))
    return _like_any(value, map(form, _listed(statement.get(element, "*"))))


def _is_principal(statement: JsonObject, service: str) -> bool:
    principal = statement.get("Principal")
    if principal == "*":
        return True
    if not isinstance(principal, dict):
        return False
    return service in _listed(principal.get("Service", [])) or "*" in _listed(
        principal.get("AWS", [])
    )


def _holds(
    operator: str, key: str, wanted: Sequence[str], keys: Mapping[str, str], *, unknown: bool
) -> bool:
    """True if a condition holds; `unknown` is the result for an operator that is not known."""
    given = {name.lower(): value for name, value in keys.items()}.get(key.lower())
    plain = _SETS.sub("", operator)
    if plain == "Null":
        return (given is None) == (str(wanted[0]).lower() == "true")
    if plain.endswith(_IF_EXISTS) and given is None:
        return True
    positive = _NEGATIONS.sub("", plain.removesuffix(_IF_EXISTS))
    is_negated = positive != plain.removesuffix(_IF_EXISTS)
    compare = _COMPARISONS.get(positive)
    if compare is None:
        return unknown
    if given is None:
        return is_negated if plain == operator else operator.startswith("ForAll")
    return any(compare(given, str(value)) for value in wanted) != is_negated


def _like(value: str, pattern: str) -> bool:
    return fnmatch.fnmatchcase(value, pattern.replace("[", "[[]"))


def _like_any(value: str, patterns: Any) -> bool:
    return any(_like(value, pattern) for pattern in patterns)


def _arn_like(value: str, pattern: str) -> bool:
    """Compares part by part: a wildcard does not reach over a colon [IAM reference]."""
    parts, wanted = value.split(":", _ARN_PARTS - 1), pattern.split(":", _ARN_PARTS - 1)
    return len(parts) == len(wanted) and all(map(_like, parts, wanted))


_COMPARISONS: Final[Mapping[str, Callable[[str, str], bool]]] = {
    "StringEquals": str.__eq__,
    "StringEqualsIgnoreCase": lambda value, wanted: value.lower() == wanted.lower(),
    "StringLike": _like,
    "ArnEquals": _arn_like,
    "ArnLike": _arn_like,
    "Bool": lambda value, wanted: value.lower() == wanted.lower(),
}


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]

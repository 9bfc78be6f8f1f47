"""Settings of functions beside their code: aliases, policies, concurrency, destinations, tags."""

import json
import re
from collections.abc import Callable
from typing import Any, Final

from trunklab.local.delivery.context import Context, Service
from trunklab.local.delivery.function_state import (
    CONFLICT,
    INVALID,
    LATEST,
    NOT_FOUND,
    WEIGHTS,
    Called,
    Find,
    Function,
    marked_page,
    picked_members,
    policy_document,
    stale_revision,
)
from trunklab.local.delivery.steps import ApiError, JsonObject

CONCURRENCY_MAX: Final = 1_000
UNRESERVED_MIN: Final = 100
"""Invocations of the account at once, and those that no function may reserve [Lambda quotas]."""
_OUTCOMES: Final = ("OnSuccess", "OnFailure")
_DESTINATIONS: Final = frozenset({"lambda", "sqs", "sns", "events"})
_INVOKE_SETTINGS: Final = ("MaximumRetryAttempts", "MaximumEventAgeInSeconds", "DestinationConfig")
_CONDITIONS: Final = {
    "SourceAccount": "AWS:SourceAccount",
    "PrincipalOrgID": "aws:PrincipalOrgID",
    "EventSourceToken": "lambda:EventSourceToken",
    "FunctionUrlAuthType": "lambda:FunctionUrlAuthType",
}
_PRINCIPAL: Final = re.compile(r"[0-9]{12}|arn:aws:(iam|sts)::[0-9]{12}:.+")


class FunctionSettings(Service):
    """Operations that change or show settings of a function that `find` finds."""

    def __init__(self, context: Context, find: Find, exists: Callable[[str], bool]) -> None:
        self._context = context
        self._find = find
        self._exists = exists

    def _create_alias(self, given: JsonObject, _now: float) -> JsonObject:
        function = self._find(given["FunctionName"], None).function
        name = given["Name"]
        if name in function.aliases:
            message = f"Alias already exists: {function.arn}:{name}"
            raise ApiError(CONFLICT, message)
        alias = {"AliasArn": f"{function.arn}:{name}", "Name": name, "Description": ""}
        function.aliases[name] = self._changed(function, alias, given)
        return function.aliases[name]

    def _changed(self, function: Function, alias: JsonObject, given: JsonObject) -> JsonObject:
        """Returns an alias with new settings; raises ApiError if its versions do not fit."""
        changed = {
            **alias,
            **picked_members(given, "FunctionVersion", "Description", "RoutingConfig"),
            "RevisionId": self._context.new_id(),
        }
        main = changed["FunctionVersion"]
        weights = changed.pop("RoutingConfig", {}).get(WEIGHTS) or {}
        problem = ""
        if len(weights) > 1:
            problem = f"Number of items in {WEIGHTS} cannot be greater than 1"
        elif main in weights:
            problem = (
                f"Invalid function version {main}. Function version {main} is already included in"
                " routing configuration."
            )
        elif weights and main == LATEST:
            problem = f"{LATEST} is not supported for an alias pointing to more than 1 version"
        if problem:
            raise ApiError(INVALID, problem)
        for number in (main, *weights):
            self._find(function.name, number)
        return changed | ({"RoutingConfig": {WEIGHTS: weights}} if weights else {})

    def _alias(self, given: JsonObject) -> tuple[Function, JsonObject]:
        function = self._find(given["FunctionName"], None).function
        if given["Name"] not in function.aliases:
            raise ApiError(NOT_FOUND, f"Cannot find alias arn: {function.arn}:{given['Name']}")
        return function, function.aliases[given["Name"]]

    def _update_alias(self, given: JsonObject, _now: float) -> JsonObject:
        function, alias = self._alias(given)
        if given.get("RevisionId", alias["RevisionId"]) != alias["RevisionId"]:
            raise stale_revision("GetAlias")
        function.aliases[given["Name"]] = self._changed(function, alias, given)
        return function.aliases[given["Name"]]

    def _get_alias(self, given: JsonObject, _now: float) -> JsonObject:
        return self._alias(given)[1]

    def _delete_alias(self, given: JsonObject, _now: float) -> JsonObject:
        function, _ = self._alias(given)
        del function.aliases[given["Name"]]
        return {}

    def _list_aliases(self, given: JsonObject, _now: float) -> JsonObject:
        function = self._find(given["FunctionName"], None).function
        wanted = given.get("FunctionVersion")
        aliases = [
            alias
            for alias in function.aliases.values()
            if wanted in {None, alias["FunctionVersion"]}
        ]
        return marked_page("Aliases", aliases, given)

    def _add_permission(self, given: JsonObject, _now: float) -> JsonObject:
        called = self._find(given["FunctionName"], given.get("Qualifier"))
        if called.qualifier == LATEST:
            message = f"We currently do not support adding policies for {LATEST}."
            raise ApiError(INVALID, message)
        statements = called.function.policies.setdefault(called.qualifier, [])
        sid, principal = given["StatementId"], given["Principal"]
        if any(statement["Sid"] == sid for statement in statements):
            raise ApiError(
                CONFLICT, f"The statement id ({sid}) provided already exists. Please provide a new"
                " statement id, or remove the existing statement."
            )  # fmt: skip
        statement: JsonObject = {
            "Sid": sid,
            "Effect": "Allow",
            "Principal": _principal(principal),
            "Action": given["Action"],
            "Resource": called.arn,
        }
        equal = {key: given[name] for name, key in _CONDITIONS.items() if name in given}
        condition: JsonObject = {"StringEquals": equal} if equal else {}
        if "SourceArn" in given:
            condition["ArnLike"] = {"AWS:SourceArn": given["SourceArn"]}
        if condition:
            statement["Condition"] = condition
        statements.append(statement)
        return {"Statement": json.dumps(statement, separators=(",", ":"))}

    def _remove_permission(self, given: JsonObject, _now: float) -> JsonObject:
        called = self._find(given["FunctionName"], given.get("Qualifier"))
        statements = called.function.policies.get(called.qualifier, [])
        if not statements:
            raise ApiError(NOT_FOUND, "No policy is associated with the given resource.")
        kept = [one for one in statements if one["Sid"] != given["StatementId"]]
        if len(kept) == len(statements):
            message = f"Statement {given['StatementId']} is not found in resource policy."
            raise ApiError(NOT_FOUND, message)
        called.function.policies[called.qualifier] = kept
        return {}

    def _get_policy(self, given: JsonObject, _now: float) -> JsonObject:
        called = self._find(given["FunctionName"], given.get("Qualifier"))
        statements = called.function.policies.get(called.qualifier)
        if not statements:
            raise ApiError(NOT_FOUND, "The resource you requested does not exist.")
        text = json.dumps(policy_document(statements), separators=(",", ":"))
        return {"Policy": text, "RevisionId": called.version.configuration["RevisionId"]}

    def _put_function_concurrency(self, given: JsonObject, _now: float) -> JsonObject:
        function = self._find(given["FunctionName"], None).function
        if given["ReservedConcurrentExecutions"] > CONCURRENCY_MAX - UNRESERVED_MIN:
            raise ApiError(
                INVALID, "Specified ReservedConcurrentExecutions for function decreases account's"
                " UnreservedConcurrentExecution below its minimum value of"
                f" [{UNRESERVED_MIN}]."
            )  # fmt: skip
        function.reserved = given["ReservedConcurrentExecutions"]
        return {"ReservedConcurrentExecutions": function.reserved}

    def _get_function_concurrency(self, given: JsonObject, _now: float) -> JsonObject:
        reserved = self._find(given["FunctionName"], None).function.reserved
        return {} if reserved is None else {"ReservedConcurrentExecutions": reserved}

    def _delete_function_concurrency(self, given: JsonObject, _now: float) -> JsonObject:
        self._find(given["FunctionName"], None).function.reserved = None
        return {}

    def _put_function_event_invoke_config(self, given: JsonObject, now: float) -> JsonObject:
        if not any(given.get(name) is not None for name in _INVOKE_SETTINGS):
            raise ApiError(
                INVALID, "You must specify at least one of error handling or destination setting."
            )  # fmt: skip
        called = self._configured(given)
        qualifier = called.qualifier or LATEST
        self._check_destinations(called.function, given.get("DestinationConfig") or {})
        config = {
            "FunctionArn": f"{called.function.arn}:{qualifier}",
            "LastModified": now,
            "DestinationConfig": _destinations(given),
            **picked_members(given, "MaximumRetryAttempts", "MaximumEventAgeInSeconds"),
        }
        called.function.invoke_configs[qualifier] = config
        return config

    def _update_function_event_invoke_config(self, given: JsonObject, now: float) -> JsonObject:
        old = self._get_function_event_invoke_config(given, now)
        return self._put_function_event_invoke_config({**old, **given}, now)

    def _configured(self, given: JsonObject) -> Called:
        """Returns the function of an event invoke configuration; raises ApiError."""
        try:
            return self._find(given["FunctionName"], given.get("Qualifier"))
        except ApiError as error:
            raise ApiError(error.code, "The function doesn't exist.") from error

    def _check_destinations(self, function: Function, config: JsonObject) -> None:
        """Raises ApiError for a destination that Lambda refuses; a queue need not exist."""
        arns = {name: config.get(name, {}).get("Destination") for name in _OUTCOMES}
        for arn in filter(None, arns.values()):
            service = arn.split(":")[2]
            if service not in _DESTINATIONS:
                shown = (
                    f"on{name[2:]}=" + (f"{name}(destination={given})" if given else "null")
                    for name, given in arns.items()
                )
                problem = f"DestinationConfig({', '.join(shown)}) is invalid."
                raise ApiError(INVALID, f"The provided destination config {problem}")
            if service == "lambda" and arn.split(":")[6] == function.name:
                message = "You can't specify the function as a destination for itself."
                raise ApiError(INVALID, message)
            if arn.endswith(".fifo") or (service == "lambda" and not self._exists(arn)):
                raise ApiError(INVALID, f"The destination ARN {arn} is invalid.")

    def _get_function_event_invoke_config(self, given: JsonObject, _now: float) -> JsonObject:
        called = self._configured(given)
        qualifier = called.qualifier or LATEST
        if qualifier not in called.function.invoke_configs:
            arn = f"{called.function.arn}:{qualifier}"
            message = f"The function {arn} doesn't have an EventInvokeConfig"
            raise ApiError(NOT_FOUND, message)
        return called.function.invoke_configs[qualifier]

    def _delete_function_event_invoke_config(self, given: JsonObject, now: float) -> JsonObject:
        self._get_function_event_invoke_config(given, now)
        called = self._find(given["FunctionName"], given.get("Qualifier"))
        del called.function.invoke_configs[called.qualifier or LATEST]
        return {}

    def _list_function_event_invoke_configs(self, given: JsonObject, _now: float) -> JsonObject:
        function = self._configured({"FunctionName": given["FunctionName"]}).function
        return marked_page(
            "FunctionEventInvokeConfigs", list(function.invoke_configs.values()), given
        )

    def _get_function_code_signing_config(self, given: JsonObject, _now: float) -> JsonObject:
        return {"FunctionName": self._find(given["FunctionName"], None).function.name}

    def _tag_resource(self, given: JsonObject, _now: float) -> JsonObject:
        self._find(given["Resource"], None).function.tags.update(given["Tags"])
        return {}

    def _untag_resource(self, given: JsonObject, _now: float) -> JsonObject:
        tags = self._find(given["Resource"], None).function.tags
        for key in given["TagKeys"]:
            tags.pop(key, None)
        return {}

    def _list_tags(self, given: JsonObject, _now: float) -> JsonObject:
        return {"Tags": self._find(given["Resource"], None).function.tags}


def _destinations(given: JsonObject) -> JsonObject:
    config = given.get("DestinationConfig") or {}
    return {name: config.get(name, {}) for name in _OUTCOMES}


def _principal(principal: str) -> Any:
    if principal == "*":
        return "*"
    if principal.endswith((".amazonaws.com", ".amazon.com")):
        return {"Service": principal}
    if not _PRINCIPAL.fullmatch(principal):
        message = "The provided principal was invalid. Please check the principal and try again."
        raise ApiError(INVALID, message)
    return {"AWS": principal if ":" in principal else f"arn:aws:iam::{principal}:root"}

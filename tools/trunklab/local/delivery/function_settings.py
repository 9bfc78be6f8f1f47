"""Settings of functions beside their code: aliases, policies, concurrency, destinations, tags."""

import json
from typing import Any

from trunklab.local.delivery.context import Context, Service
from trunklab.local.delivery.function_state import (
    CONFLICT,
    LATEST,
    NOT_FOUND,
    Find,
    Function,
    marked_page,
    picked_members,
    policy_document,
)
from trunklab.local.delivery.steps import ApiError, JsonObject


class FunctionSettings(Service):
    """Operations that change or show settings of a function that `find` finds."""

    def __init__(self, context: Context, find: Find) -> None:
        self._context = context
        self._find = find

    def _create_alias(self, given: JsonObject, _now: float) -> JsonObject:
        function = self._find(given["FunctionName"], None).function
        name = given["Name"]
        if name in function.aliases:
            message = f"Alias already exists: {function.arn}:{name}"
            raise ApiError(CONFLICT, message)
        self._find(function.name, given["FunctionVersion"])
        function.aliases[name] = {
            "AliasArn": f"{function.arn}:{name}",
            "Name": name,
            "FunctionVersion": given["FunctionVersion"],
            "Description": given.get("Description", ""),
            "RevisionId": self._context.new_id(),
        }
        return function.aliases[name]

    def _alias(self, given: JsonObject) -> tuple[Function, JsonObject]:
        function = self._find(given["FunctionName"], None).function
        if given["Name"] not in function.aliases:
            raise ApiError(NOT_FOUND, f"Cannot find alias arn: {function.arn}:{given['Name']}")
        return function, function.aliases[given["Name"]]

    def _update_alias(self, given: JsonObject, _now: float) -> JsonObject:
        function, alias = self._alias(given)
        if "FunctionVersion" in given:
            self._find(function.name, given["FunctionVersion"])
        alias.update(picked_members(given, "FunctionVersion", "Description"))
        alias["RevisionId"] = self._context.new_id()
        return alias

    def _get_alias(self, given: JsonObject, _now: float) -> JsonObject:
        return self._alias(given)[1]

    def _delete_alias(self, given: JsonObject, _now: float) -> JsonObject:
        function, _ = self._alias(given)
        del function.aliases[given["Name"]]
        return {}

    def _list_aliases(self, given: JsonObject, _now: float) -> JsonObject:
        function = self._find(given["FunctionName"], None).function
        return marked_page("Aliases", list(function.aliases.values()), given)

    def _add_permission(self, given: JsonObject, _now: float) -> JsonObject:
        called = self._find(given["FunctionName"], given.get("Qualifier"))
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
        condition: JsonObject = {}
        if "SourceArn" in given:
            condition["ArnLike"] = {"AWS:SourceArn": given["SourceArn"]}
        if "SourceAccount" in given:
            condition["StringEquals"] = {"AWS:SourceAccount": given["SourceAccount"]}
        if condition:
            statement["Condition"] = condition
        statements.append(statement)
        return {"Statement": json.dumps(statement, separators=(",", ":"))}

    def _remove_permission(self, given: JsonObject, _now: float) -> JsonObject:
        called = self._find(given["FunctionName"], given.get("Qualifier"))
        statements = called.function.policies.get(called.qualifier, [])
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
        function.reserved = given["ReservedConcurrentExecutions"]
        return {"ReservedConcurrentExecutions": function.reserved}

    def _get_function_concurrency(self, given: JsonObject, _now: float) -> JsonObject:
        reserved = self._find(given["FunctionName"], None).function.reserved
        return {} if reserved is None else {"ReservedConcurrentExecutions": reserved}

    def _delete_function_concurrency(self, given: JsonObject, _now: float) -> JsonObject:
        self._find(given["FunctionName"], None).function.reserved = None
        return {}

    def _put_function_event_invoke_config(self, given: JsonObject, now: float) -> JsonObject:
        called = self._find(given["FunctionName"], given.get("Qualifier"))
        qualifier = called.qualifier or LATEST
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
        merged = {**old, **{k: v for k, v in given.items() if v is not None}}
        return self._put_function_event_invoke_config(merged, now)

    def _get_function_event_invoke_config(self, given: JsonObject, _now: float) -> JsonObject:
        called = self._find(given["FunctionName"], given.get("Qualifier"))
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
        function = self._find(given["FunctionName"], None).function
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
    return {name: config.get(name, {}) for name in ("OnSuccess", "OnFailure")}


def _principal(principal: str) -> Any:
    if principal == "*":
        return "*"
    if principal.endswith(".amazonaws.com"):
        return {"Service": principal}
    return {"AWS": principal if ":" in principal else f"arn:aws:iam::{principal}:root"}

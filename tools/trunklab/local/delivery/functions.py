"""Lambda: functions, their versions, aliases, layers and settings, and who may run when."""

import json
import re
from dataclasses import replace
from typing import Final

from trunklab.local.delivery.asynchronous_invocations import (
    AsynchronousInvocations,
    PutEntries,
)
from trunklab.local.delivery.context import Context, Service
from trunklab.local.delivery.function_settings import CONCURRENCY_MAX, FunctionSettings
from trunklab.local.delivery.function_state import (
    CONFLICT,
    INVALID,
    LATEST,
    NOT_FOUND,
    WEIGHTS,
    Called,
    Function,
    Version,
    code_of,
    digest_of,
    marked_page,
    modified_text,
    picked_members,
    policy_document,
    stale_revision,
)
from trunklab.local.delivery.function_workers import Admitted, OnEnd, Workers
from trunklab.local.delivery.invocation_answers import answer_of, check_payload
from trunklab.local.delivery.layers import Layers
from trunklab.local.delivery.queues import Queues
from trunklab.local.delivery.steps import (
    ApiCall,
    ApiError,
    FunctionCode,
    FunctionPublished,
    FunctionRetired,
    Invocation,
    InvocationResult,
    JsonObject,
    StartInvocation,
)

_CREATING: Final = "The function is being created."
_NAME: Final = re.compile(
    r"(?:(?:arn:[\w-]+:lambda:([\w-]*):)?\d*:?function:)?([\w-]+)(?::([$\w.-]+))?", re.ASCII
)
_SETTINGS: Final = (
    *("Runtime", "Role", "Handler", "Description", "Timeout", "MemorySize", "Environment"),
    *("DeadLetterConfig", "TracingConfig", "EphemeralStorage", "LoggingConfig", "VpcConfig"),
)
"""Members that CreateFunction and UpdateFunctionConfiguration take as they are."""

_OF_SETTINGS: Final = (
    *("Alias", "Permission", "Policy", "Concurrency", "InvokeConfig", "Resource", "Tags"),
)
"""In the names of the operations that `FunctionSettings` answers."""


class Functions(Service):
    """All functions and layers of the account.

    `workers` is how many invocations may run beside the first of each function; `retry_scale`
    shortens the minutes between asynchronous attempts.
    """

    def __init__(
        self,
        context: Context,
        queues: Queues,
        put_entries: PutEntries,
        workers: int = 4,
        retry_scale: float = 1.0,
    ) -> None:
        self._context = context
        self._functions: dict[str, Function] = {}
        self._layers = Layers(context)
        self._settings = FunctionSettings(context, self.find, self.exists)
        self._workers = Workers(context, workers)
        self.ended = self._workers.ended
        self._asynchronous = AsynchronousInvocations(context, queues, put_entries, retry_scale)
        self._asynchronous.functions = self

    def call(self, call: ApiCall, now: float) -> JsonObject | None:
        """Answers an operation; None if an invocation runs. Raises ApiError."""
        if call.operation == "Invoke":
            return self._invoke(call, now)
        if "Layer" in call.operation:
            return self._layers.call(call, now)
        if any(part in call.operation for part in _OF_SETTINGS):
            return self._settings.call(call, now)
        return super().call(call, now)

    def exists(self, function_arn: str) -> bool:
        """True if there is such a function, version or alias."""
        try:
            self.find(function_arn)
        except ApiError:
            return False
        return True

    def policy(self, function_arn: str) -> JsonObject | None:
        """Returns the resource policy of a function, version or alias."""
        called = self.find(function_arn)
        statements = called.function.policies.get(called.qualifier)
        return policy_document(statements) if statements else None

    def find(self, name: str, qualifier: str | None = None) -> Called:
        """Returns what a name or ARN leads to; raises ApiError."""
        parts = _NAME.fullmatch(name)
        # What is not a name is sought as it is, and not found.
        region, named, inline = parts.groups("") if parts else ("", name, "")
        here = self._context.region
        if region not in {"", here}:
            message = f"Functions from '{region}' are not reachable in this region ('{here}')"
            raise ApiError(NOT_FOUND, message)
        if qualifier and inline not in {"", qualifier}:
            raise ApiError(
                INVALID, "The derived qualifier from the function name does not match the specified"
                " qualifier."
            )  # fmt: skip
        function = self._functions.get(named)
        wanted = qualifier or inline
        shown = self._context.arn("lambda", f"function:{named}")
        arn = f"{shown}:{wanted}" if wanted else shown
        if function:
            number = wanted or LATEST
            if number in function.aliases:
                number = function.aliases[number]["FunctionVersion"]
            if number in function.versions:
                return Called(function, function.versions[number], wanted, arn)
        raise ApiError(NOT_FOUND, f"Function not found: {arn}")

    def invoke(self, invocation: Invocation, now: float, on_end: OnEnd) -> None:
        """Runs a function when it may; an ApiError goes to `on_end`."""
        try:
            called = self.find(invocation.function_arn)
        except ApiError as error:
            on_end(error, now)
            return
        request_id = invocation.request_id or self._context.new_id()
        version = self._routed(called)
        start = StartInvocation(
            *(self._context.new_id(), request_id, called.arn, version.revision),
            *(invocation.payload, invocation.trace_header),
        )
        number = version.configuration["Version"]
        self._workers.admit(Admitted(start, called.function, number, on_end), now)

    def _routed(self, called: Called) -> Version:
        """Returns the version that an alias picks for one invocation, by its weights."""
        alias = called.function.aliases.get(called.qualifier, {})
        for number, weight in alias.get("RoutingConfig", {}).get(WEIGHTS, {}).items():
            if self._context.random.random() < weight:
                return called.function.versions[number]
        return called.version

    def invoke_async(
        self, function_arn: str, payload: bytes, trace_header: str | None, now: float
    ) -> str:
        """Queues an invocation and returns its request id; raises ApiError."""
        check_payload(payload, is_event=True)
        called = self.find(function_arn)
        return self._asynchronous.add(called.arn, payload, trace_header, now)

    def settings_of(self, function_arn: str) -> tuple[JsonObject, JsonObject, int | None]:
        """Returns the event invoke configuration, the configuration, the reserved concurrency."""
        called = self.find(function_arn)
        config = called.function.invoke_configs.get(called.qualifier or LATEST, {})
        return config, called.version.configuration, called.function.reserved

    def _invoke(self, call: ApiCall, now: float) -> JsonObject | None:
        given, kind = call.parameters, call.parameters.get("InvocationType", "RequestResponse")
        payload = given.get("Payload") or b"{}"
        called = self.find(given["FunctionName"], given.get("Qualifier"))
        check_payload(payload, is_event=kind == "Event")
        if kind == "DryRun":
            return {"StatusCode": 204}
        if kind == "Event":
            self._asynchronous.add(called.arn, payload, call.trace_header, now)
            return {"StatusCode": 202, "Payload": b""}

        def ended(result: InvocationResult | ApiError, _now: float) -> None:
            self._context.answer(call.call_id, answer_of(result, given.get("LogType")))

        self.invoke(Invocation(called.arn, payload, call.trace_header), now, ended)
        return None

    # Functions

    def _create_function(self, given: JsonObject, now: float) -> JsonObject:
        name = given["FunctionName"].rpartition(":")[2]
        if name in self._functions:
            raise ApiError(CONFLICT, f"Function already exist: {name}")
        if given.get("PackageType", "Zip") != "Zip":
            raise ApiError(INVALID, "Only zip packages run on the local platform")
        for member in ("Runtime", "Handler"):
            if member not in given:
                message = f"{member} is mandatory for functions created with deployment packages."
                raise ApiError(INVALID, message)
        if not given["Runtime"].startswith("python"):
            message = f"Runtime {given['Runtime']}: only Python runs on the local platform"
            raise ApiError(INVALID, message)
        arn = self._context.arn("lambda", f"function:{name}")
        configuration = {
            "FunctionName": name,
            "FunctionArn": arn,
            "Description": "",
            "Timeout": 3,
            "MemorySize": 128,
            "Version": LATEST,
            "TracingConfig": {"Mode": "PassThrough"},
            "EphemeralStorage": {"Size": 512},
            "LoggingConfig": {"LogFormat": "Text", "LogGroup": f"/aws/lambda/{name}"},
            "Architectures": given.get("Architectures", ["x86_64"]),
            "PackageType": "Zip",
            "SnapStart": {"ApplyOn": "None", "OptimizationStatus": "Off"},
            **picked_members(given, *_SETTINGS),
        }
        function = Function(name, arn, {}, tags=dict(given.get("Tags", {})))
        function.versions[LATEST] = Version(configuration, FunctionCode(), "")
        layers = self._layers.attachable(given.get("Layers", []))
        self._renew(function, given["Code"], layers or None, now)
        self._functions[name] = function
        if given.get("Publish"):
            return self._publish(function, {}, now)
        answer = {**configuration, "State": "Pending", "StateReasonCode": "Creating"}
        del answer["LastUpdateStatus"]
        return {**answer, "StateReason": _CREATING}

    def _update_function_code(self, given: JsonObject, now: float) -> JsonObject:
        function = self._latest(given)
        if given.get("Architectures"):
            function.versions[LATEST].configuration["Architectures"] = given["Architectures"]
        self._renew(function, given, None, now)
        if given.get("Publish"):
            return self._publish(function, {}, now)
        return _updating(function)

    def _update_function_configuration(self, given: JsonObject, now: float) -> JsonObject:
        function = self._latest(given)
        layers = given.get("Layers")
        found = None if layers is None else self._layers.attachable(layers)
        function.versions[LATEST].configuration.update(picked_members(given, *_SETTINGS))
        self._renew(function, None, found, now)
        return _updating(function)

    def _latest(self, given: JsonObject) -> Function:
        """Returns a function to change; raises ApiError if it is not the one that was read."""
        function = self.find(given["FunctionName"]).function
        current = function.versions[LATEST].configuration["RevisionId"]
        if given.get("RevisionId", current) != current:
            raise stale_revision("GetFunction/GetAlias")
        return function

    def _renew(
        self,
        function: Function,
        code: JsonObject | None,
        layers: list[JsonObject] | None,
        now: float,
    ) -> None:
        """Gives `$LATEST` new code or settings: its workers are replaced."""
        latest = function.versions[LATEST]
        if layers is not None:
            latest.configuration["Layers"] = [
                {"Arn": one["LayerVersionArn"], "CodeSize": one["Content"]["CodeSize"]}
                for one in layers
            ]
            latest.code = replace(latest.code, layers=tuple(one["Code"] for one in layers))
        if code is not None:
            latest.code = code_of(code, latest.code.layers)
        digest, size = digest_of(latest.code)
        latest.configuration.update(
            {
                "CodeSha256": digest,
                "CodeSize": size,
                "RevisionId": self._context.new_id(),
                "LastModified": modified_text(now),
                "State": "Active",
                "LastUpdateStatus": "Successful",
            }
        )
        if latest.revision:
            self._context.outputs.append(FunctionRetired(latest.revision))
        self._make_known(latest)
        function.is_changed = True

    def _make_known(self, version: Version) -> None:
        version.revision = self._context.new_id()
        shown = json.loads(json.dumps(version.configuration))  # later changes are not its own
        self._context.outputs.append(FunctionPublished(version.revision, shown, version.code))

    def _get_function(self, given: JsonObject, _now: float) -> JsonObject:
        called = self.find(given["FunctionName"], given.get("Qualifier"))
        code = {"RepositoryType": "S3", "Location": called.version.code.key or ""}
        answer: JsonObject = {"Configuration": _shown(called), "Code": code}
        if called.function.tags:
            answer["Tags"] = called.function.tags
        if called.function.reserved is not None:
            answer["Concurrency"] = {"ReservedConcurrentExecutions": called.function.reserved}
        return answer

    def _get_function_configuration(self, given: JsonObject, _now: float) -> JsonObject:
        return _shown(self.find(given["FunctionName"], given.get("Qualifier")))

    def _list_functions(self, given: JsonObject, _now: float) -> JsonObject:
        listed = [
            version.configuration
            for _, function in sorted(self._functions.items())
            for number, version in function.versions.items()
            if number == LATEST or given.get("FunctionVersion") == "ALL"
        ]
        return marked_page("Functions", listed, given)

    def _delete_function(self, given: JsonObject, _now: float) -> JsonObject:
        called = self.find(given["FunctionName"], given.get("Qualifier"))
        function = called.function
        if called.qualifier == LATEST:
            message = "$LATEST version cannot be deleted without deleting the function."
            raise ApiError(INVALID, message)
        if called.qualifier in function.aliases:
            raise ApiError(INVALID, "Deletion of aliases is not currently supported.")
        if called.qualifier:
            numbers = [called.qualifier]
        else:
            numbers = list(function.versions)
            del self._functions[function.name]
        for number in numbers:
            gone = function.versions.pop(number)
            self._context.outputs.append(FunctionRetired(gone.revision))
        return {"StatusCode": 204}

    # Versions and aliases

    def _publish_version(self, given: JsonObject, now: float) -> JsonObject:
        function = self._latest(given)
        digest = function.versions[LATEST].configuration["CodeSha256"]
        if given.get("CodeSha256", digest) != digest:
            raise ApiError(
                INVALID, f"CodeSHA256 ({given['CodeSha256']}) is different from current CodeSHA256"
                f" in $LATEST ({digest}). Please try again with the CodeSHA256 in $LATEST."
            )  # fmt: skip
        return self._publish(function, given, now)

    def _publish(self, function: Function, given: JsonObject, now: float) -> JsonObject:
        """Returns a new version; the newest if nothing has changed since [Lambda guide]."""
        latest = function.versions[LATEST]
        numbers = [int(number) for number in function.versions if number != LATEST]
        if numbers and not function.is_changed:
            return function.versions[str(max(numbers))].configuration
        number = str(max(numbers, default=0) + 1)
        configuration = {
            **latest.configuration,
            "Version": number,
            "FunctionArn": f"{function.arn}:{number}",
            "LastModified": modified_text(now),
            "RevisionId": self._context.new_id(),
        }
        if "Description" in given:
            configuration["Description"] = given["Description"]
        version = function.versions[number] = Version(configuration, latest.code, "")
        self._make_known(version)
        function.is_changed = False
        return configuration

    def _list_versions_by_function(self, given: JsonObject, _now: float) -> JsonObject:
        function = self.find(given["FunctionName"]).function
        listed = [version.configuration for version in function.versions.values()]
        return marked_page("Versions", listed, given)

    def _get_account_settings(self, _given: JsonObject, _now: float) -> JsonObject:
        names = ("ConcurrentExecutions", "UnreservedConcurrentExecutions")
        limit = dict.fromkeys(names, CONCURRENCY_MAX)
        return {"AccountLimit": limit, "AccountUsage": {"FunctionCount": len(self._functions)}}


def _updating(function: Function) -> JsonObject:
    """Returns the configuration as an update is answered; it is in effect already."""
    return {
        **function.versions[LATEST].configuration,
        "LastUpdateStatus": "InProgress",
        "LastUpdateStatusReason": _CREATING,
        "LastUpdateStatusReasonCode": "Creating",
    }


def _shown(called: Called) -> JsonObject:
    return {**called.version.configuration, "FunctionArn": called.arn}

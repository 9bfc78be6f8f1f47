"""Lambda: functions, their versions, aliases, layers and settings, and who may run when."""

import json
import re
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from trunklab.local.delivery.asynchronous_invocations import (
    AsynchronousInvocations,
    PutEntries,
)
from trunklab.local.delivery.context import Context, Service
from trunklab.local.delivery.function_settings import FunctionSettings
from trunklab.local.delivery.function_state import (
    CONFLICT,
    INVALID,
    LATEST,
    NOT_FOUND,
    Called,
    Function,
    Version,
    code_of,
    digest_of,
    marked_page,
    modified_text,
    picked_members,
    policy_document,
)
from trunklab.local.delivery.invocation_answers import (
    ASYNCHRONOUS_PAYLOAD_MAX,
    SYNCHRONOUS_PAYLOAD_MAX,
    answer_of,
    check_payload,
    throttled,
)
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

WAITING_MAX: Final = 1_000
"""Invocations that wait for a worker; more are throttled."""
_NAME: Final = re.compile(
    r"(?:(?:arn:[\w-]+:lambda:[\w-]*:)?\d*:?function:)?([\w-]+)(?::([$\w.-]+))?", re.ASCII
)
_SETTINGS: Final = (
    *("Runtime", "Role", "Handler", "Description", "Timeout", "MemorySize", "Environment"),
    *("DeadLetterConfig", "TracingConfig", "EphemeralStorage", "LoggingConfig", "VpcConfig"),
)
"""Members that CreateFunction and UpdateFunctionConfiguration take as they are."""

_OF_SETTINGS: Final = (
    "Alias",
    "Permission",
    "Policy",
    "Concurrency",
    "InvokeConfig",
    "Resource",
    "Tags",
)
"""In the names of the operations that `FunctionSettings` answers."""

OnEnd = Callable[[InvocationResult | ApiError, float], None]


@dataclass(frozen=True, slots=True)
class _Started:
    start: StartInvocation
    function: Function
    on_end: OnEnd


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
        self._settings = FunctionSettings(context, self.find)
        self._workers = workers
        self._running: dict[str, _Started] = {}
        self._waiting: OrderedDict[str, _Started] = OrderedDict()
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
        function = self._functions.get(parts[1]) if parts else None
        wanted = qualifier or (parts[2] if parts else None) or ""
        shown = self._context.arn("lambda", f"function:{parts[1] if parts else name}")
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
        start = StartInvocation(
            *(self._context.new_id(), request_id, called.arn, called.version.revision),
            *(invocation.payload, invocation.trace_header),
        )
        self._admit(_Started(start, called.function, on_end), now)

    def invoke_async(
        self, function_arn: str, payload: bytes, trace_header: str | None, now: float
    ) -> str:
        """Queues an invocation and returns its request id; raises ApiError."""
        check_payload(payload, ASYNCHRONOUS_PAYLOAD_MAX)
        called = self.find(function_arn)
        return self._asynchronous.add(called.arn, payload, trace_header, now)

    def ended(self, invocation_id: str, result: InvocationResult, now: float) -> None:
        """Takes the result of an invocation, and starts those that waited for its worker."""
        ended = self._running.pop(invocation_id)
        function = ended.function
        function.running -= 1
        if function.running == 0:
            next_of_function = (w for w in self._waiting.values() if w.function is function)
            self._start_waiting(next(next_of_function, None))
        while self._waiting and self._shared() < self._workers:
            self._start_waiting(next(iter(self._waiting.values())))
        ended.on_end(result, now)

    def settings_of(self, function_arn: str) -> tuple[JsonObject, JsonObject, int | None]:
        """Returns the event invoke configuration, the configuration, the reserved concurrency."""
        called = self.find(function_arn)
        config = called.function.invoke_configs.get(called.qualifier or LATEST, {})
        return config, called.version.configuration, called.function.reserved

    def _shared(self) -> int:
        """Returns how many invocations run beside the first of their function."""
        return sum(max(0, function.running - 1) for function in self._functions.values())

    def _admit(self, invocation: _Started, now: float) -> None:
        function = invocation.function
        if function.reserved is not None and function.running >= function.reserved:
            reason = "ReservedFunctionConcurrentInvocationLimitExceeded"
            invocation.on_end(throttled(reason), now)
        elif function.running == 0 or self._shared() < self._workers:
            self._begin(invocation)
        elif len(self._waiting) < WAITING_MAX:
            self._waiting[invocation.start.invocation_id] = invocation
        else:
            invocation.on_end(throttled("ConcurrentInvocationLimitExceeded"), now)

    def _start_waiting(self, invocation: _Started | None) -> None:
        if invocation is not None:
            del self._waiting[invocation.start.invocation_id]
            self._begin(invocation)

    def _begin(self, invocation: _Started) -> None:
        invocation.function.running += 1
        self._running[invocation.start.invocation_id] = invocation
        self._context.outputs.append(invocation.start)

    def _invoke(self, call: ApiCall, now: float) -> JsonObject | None:
        given, kind = call.parameters, call.parameters.get("InvocationType", "RequestResponse")
        payload = given.get("Payload") or b"{}"
        called = self.find(given["FunctionName"], given.get("Qualifier"))
        limit = ASYNCHRONOUS_PAYLOAD_MAX if kind == "Event" else SYNCHRONOUS_PAYLOAD_MAX
        check_payload(payload, limit)
        if kind == "DryRun":
            return {"StatusCode": 204}
        if kind == "Event":
            self._asynchronous.add(called.arn, payload, call.trace_header, now)
            return {"StatusCode": 202, "Payload": b""}
        executed = called.version.configuration["Version"]

        def ended(result: InvocationResult | ApiError, _now: float) -> None:
            self._context.answer(call.call_id, answer_of(result, given.get("LogType"), executed))

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
            **_settings(given),
        }
        function = Function(name, arn, {}, tags=dict(given.get("Tags", {})))
        function.versions[LATEST] = Version(configuration, FunctionCode(), "")
        self._functions[name] = function
        self._renew(function, given["Code"], given.get("Layers"), now)
        if given.get("Publish"):
            return self._publish(function, {}, now)
        return configuration

    def _update_function_code(self, given: JsonObject, now: float) -> JsonObject:
        function = self.find(given["FunctionName"]).function
        if given.get("Architectures"):
            function.versions[LATEST].configuration["Architectures"] = given["Architectures"]
        self._renew(function, given, None, now)
        if given.get("Publish"):
            return self._publish(function, {}, now)
        return function.versions[LATEST].configuration

    def _update_function_configuration(self, given: JsonObject, now: float) -> JsonObject:
        function = self.find(given["FunctionName"]).function
        function.versions[LATEST].configuration.update(_settings(given))
        self._renew(function, None, given.get("Layers"), now)
        return function.versions[LATEST].configuration

    def _renew(
        self, function: Function, code: JsonObject | None, layers: list[str] | None, now: float
    ) -> None:
        """Gives `$LATEST` new code or settings: its workers are replaced."""
        latest = function.versions[LATEST]
        if layers is not None:
            found = [self._layers.version(arn) for arn in layers]
            latest.configuration["Layers"] = [
                {"Arn": one["LayerVersionArn"], "CodeSize": one["Content"]["CodeSize"]}
                for one in found
            ]
            own = latest.code
            held = tuple(one["Code"] for one in found)
            latest.code = FunctionCode(own.zip_file, own.bucket, own.key, held)
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
        if called.qualifier and called.qualifier != LATEST:
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
        return self._publish(self.find(given["FunctionName"]).function, given, now)

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
        limit = {"ConcurrentExecutions": 1_000, "UnreservedConcurrentExecutions": 1_000}
        return {"AccountLimit": limit, "AccountUsage": {"FunctionCount": len(self._functions)}}


def _settings(given: JsonObject) -> JsonObject:
    return picked_members(given, *_SETTINGS)


def _shown(called: Called) -> JsonObject:
    return {**called.version.configuration, "FunctionArn": called.arn}

"""Functions of the emulator that pass its calls on to the platform.

Each of our functions has a proxy of the same name there, so that SNS, S3 and Step Functions find
it. Others serve custom resources and the tasks of state machines, and pass on the
events of S3 and Step Functions, which are born inside the emulator.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final

from trunklab.local.delivery.steps import ApiError, JsonObject
from trunklab.local.deploy.custom_resources import PROVIDER
from trunklab.local.deploy.state_machines import TASK_FUNCTION
from trunklab.local.service_calls import log_lost

_EVENTS_FUNCTION: Final = "tl--events"
_SERVICES: Final = {"sqs": "SQS", "events": "EventBridge"}
_ROLE: Final = "arn:aws:iam::000000000000:role/trunkline"
_EMPTY_ZIP: Final = b"PK\x05\x06" + bytes(18)
_TIMEOUT_S: Final = 900
_FAILED: Final = 500
_OK: Final = 200

Call = Callable[[str, str, JsonObject], Awaitable[JsonObject]]
Provide = Callable[[JsonObject], Awaitable[None]]


PutEvent = Callable[[str], None]
"""Puts a whole event on the default bus."""


@dataclass(frozen=True, slots=True)
class Calls:
    """Operations of services: the emulator's, ours, and ours with values of any type."""

    rented: Call
    own: Call
    typed: Call


@dataclass(frozen=True, slots=True)
class ProxyAnswer:
    """The response to a proxied call."""

    status: int
    body: bytes


class EmulatorProxies:
    """Creates proxies at `url`, and answers their calls."""

    def __init__(self, calls: Calls, provide: Provide, put_event: PutEvent, url: str) -> None:
        self._rented = calls.rented
        self._own = calls.own
        self._typed = calls.typed
        self._provide = provide
        self._put_event = put_event
        self._url = url
        self._tasks: set[asyncio.Task[None]] = set()

    async def prepare(self) -> None:
        """Creates the proxies that always exist."""
        await self._create(PROVIDER, "resources")
        await self._create(TASK_FUNCTION, "task")
        await self._create(_EVENTS_FUNCTION, "event")
        pattern = json.dumps({"source": [{"prefix": ""}]})
        await self._rented("events", "PutRule", {"Name": _EVENTS_FUNCTION, "EventPattern": pattern})
        arn = f"arn:aws:lambda:us-east-1:000000000000:function:{_EVENTS_FUNCTION}"
        targets = {"Rule": _EVENTS_FUNCTION, "Targets": [{"Id": "1", "Arn": arn}]}
        await self._rented("events", "PutTargets", targets)

    async def follow(self, operation: str, answered: JsonObject, given: JsonObject) -> None:
        """Creates and deletes the proxy of a function with it."""
        if operation == "CreateFunction":
            await self._create(answered["FunctionName"], "invoke")
        elif operation == "DeleteFunction" and "Qualifier" not in given:
            name = given["FunctionName"].rpartition(":")[2]
            await self._rented("lambda", "DeleteFunction", {"FunctionName": name})

    async def answer(self, what: str, function: str, event: Any) -> ProxyAnswer:
        """Answers the call of a proxy."""
        if what == "resources":
            await self._provide(event)
        elif what == "event":
            self._put_event(json.dumps(event, ensure_ascii=False, separators=(",", ":")))
        elif what == "task":
            # Answered at once: the task waits for its token.
            task = asyncio.get_running_loop().create_task(self._run_task(event))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        else:
            return await self._invoke(function, event)
        return ProxyAnswer(_OK, b"{}")

    async def _invoke(self, function: str, event: Any) -> ProxyAnswer:
        records = event.get("Records") if isinstance(event, dict) else None
        source = str(records[0].get("EventSource", "")) if records else ""
        kind = "Event" if source == "aws:sns" else "RequestResponse"
        given = {"FunctionName": function, "InvocationType": kind}
        try:
            answer = await self._own(
                "lambda", "Invoke", {**given, "Payload": json.dumps(event).encode()}
            )
        except ApiError as error:
            text = {"errorType": error.code, "errorMessage": error.message}
            return ProxyAnswer(_FAILED, json.dumps(text).encode())
        status = _FAILED if "FunctionError" in answer else _OK
        return ProxyAnswer(status, answer["Payload"] or b"null")

    async def _run_task(self, task: JsonObject) -> None:
        """Runs the function of a task and reports what became of it, with its error's name."""
        token = {"taskToken": task["token"]}
        if "service" in task:
            await self._call_service(task, token)
            return
        payload = json.dumps(task.get("payload", {})).encode()
        given = {"FunctionName": task["function"], "Payload": payload}
        try:
            answer = await self._own("lambda", "Invoke", given)
        except ApiError as error:
            report = {"error": f"Lambda.{error.code}", "cause": error.message}
            await self._report("SendTaskFailure", {**token, **report})
            return
        result = json.loads(answer["Payload"] or b"null")
        if "FunctionError" in answer:
            report = {"error": result.get("errorType", "Exception"), "cause": json.dumps(result)}
            await self._report("SendTaskFailure", {**token, **report})
            return
        if task.get("is_wrapped"):
            version = answer["ExecutedVersion"]
            result = {"ExecutedVersion": version, "Payload": result, "StatusCode": _OK}
        await self._report("SendTaskSuccess", {**token, "output": json.dumps(result)})

    async def _call_service(self, task: JsonObject, token: JsonObject) -> None:
        """Calls a service of ours for a task, which may wait for a token of its own."""
        service, operation = task["service"], task["operation"]
        try:
            answer = await self._typed(service, operation, task["payload"])
        except ApiError as error:
            code = error.code.rpartition(".")[2].removesuffix("Exception")
            named = {"error": f"{_SERVICES[service]}.{code}Exception", "cause": error.message}
            await self._report("SendTaskFailure", {**token, **named})
            return
        if task["is_reported"]:
            kept = {key: one for key, one in answer.items() if key != "ResponseMetadata"}
            await self._report("SendTaskSuccess", {**token, "output": json.dumps(kept)})

    async def _report(self, operation: str, given: JsonObject) -> None:
        try:
            await self._rented("stepfunctions", operation, given)
        except ApiError as error:  # the execution has ended meanwhile
            log_lost(f"the result of a task: {error.message}")

    async def _create(self, name: str, what: str) -> None:
        url = {"MINISTACK_LAMBDA_PROXY_URL": f"{self._url}/{what}"}
        await self._rented(
            "lambda",
            "CreateFunction",
            {
                "FunctionName": name,
                "Runtime": "python3.13",
                "Role": _ROLE,
                "Handler": "index.handler",
                "Timeout": _TIMEOUT_S,
                "Code": {"ZipFile": _EMPTY_ZIP},
                "Environment": {"Variables": url},
            },
        )

"""Runs functions: each invocation in a worker process, spoken to over Lambda's Runtime API."""

import asyncio
import contextlib
import json
import socket
from collections import defaultdict, deque
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, Final, cast

from aiohttp import web

from trunklab import effects
from trunklab.local import environments
from trunklab.local.delivery.steps import (
    ApiError,
    FunctionPublished,
    InvocationResult,
    JsonObject,
    StartInvocation,
)
from trunklab.local.functions.function_environment import (
    Surroundings,
    environment_of,
    log_group_of,
)
from trunklab.local.functions.function_packages import FunctionPackages
from trunklab.local.functions.invocation_trace import InvocationTrace
from trunklab.local.functions.worker import Worker
from trunklab.local.http import listeners
from trunklab.local.http.peers import OwnerOnly

INIT_S: Final = 10.0
"""The first initialization may take as long [Lambda guide]."""
IDLE_S: Final = 60.0
"""A worker without an invocation for as long ends."""
RESPONSE_BYTES_MAX: Final = 6_291_556
"""[Recorded in an error of AWS.]"""
_STREAM_DIGITS: Final = 32
_BODY_MAX: Final = 32 * 1024 * 1024
_START: Final = Path(__file__).with_name("worker_start.py")
_API: Final = "/2018-06-01/runtime/"
_ACCEPTED: Final = 202
_TOO_LARGE: Final = 413
_UNKNOWN: Final = 404
_UNHANDLED: Final = "Unhandled"
_IDLE_POLL_S: Final = 5.0

WriteLog = Callable[[str, str, list[tuple[float, str]]], None]
"""Takes lines with their times for a log group and stream."""


class FunctionHost:
    """Owns all workers; runs in one event loop."""

    def __init__(
        self,
        surroundings: Surroundings,
        packages: FunctionPackages,
        write_log: WriteLog,
        send_segment: Callable[[bytes], object],
    ) -> None:
        self._surroundings = surroundings
        self._packages = packages
        self._write_log = write_log
        self._send_segment = send_segment
        self._revisions: dict[str, FunctionPublished] = {}
        self._retired: set[str] = set()
        self._workers: set[Worker] = set()
        self._idle: dict[str, list[Worker]] = defaultdict(list)
        self._returning: dict[str, set[Worker]] = defaultdict(set)
        """Workers that have answered, and have not asked for an invocation yet."""
        self._wanted: dict[str, deque[asyncio.Future[Worker | None]]] = defaultdict(deque)
        """Invocations that wait for one of these."""
        self._tasks: set[asyncio.Task[None]] = set()

    def start(self) -> None:
        """Begins to end workers that are not needed any more."""
        self._begin(self._end_idle())

    def publish(self, published: FunctionPublished) -> None:
        """Makes a revision known."""
        self._revisions[published.revision] = published

    def retire(self, revision: str) -> None:
        """Ends the idle workers of a revision; others end after their invocation."""
        self._retired.add(revision)
        for worker in self._idle.pop(revision, []):
            worker.kill()
        if not any(worker.revision == revision for worker in self._workers):
            self._revisions.pop(revision, None)

    async def run(self, start: StartInvocation) -> InvocationResult:
        """Runs one invocation to its end; every failure of the function is a result."""
        published = self._revisions.get(start.revision)
        if published is None:
            return _failed("Runtime.Unknown", "The function has been deleted.", start.request_id)
        function = published.configuration
        active = (function.get("TracingConfig") or {}).get("Mode") == "Active"
        header, shown = start.trace_header or "", dict(function)
        trace = InvocationTrace(shown, header, start.payload, active=active)
        self._send(trace, start.request_id)
        worker: Worker | None = None
        is_cold = True
        try:
            worker = await self._warm_worker(start.revision)
            is_cold = worker is None
            worker = worker or await self._new_worker(published)
            result = await self._invoke(worker, start, trace.header, shown, is_cold=is_cold)
        except _InitFailedError as error:
            result = InvocationResult(error.payload, _UNHANDLED)
        except (ApiError, ValueError) as error:
            result = _failed("Runtime.InvalidPackage", str(error), start.request_id)
        cold = (worker.began, worker.initialized) if worker and is_cold else None
        trace.end(failed=bool(result.function_error), cold_start=cold)
        self._send(trace, start.request_id)
        return result

    async def close(self) -> None:
        """Ends all workers, and stops serving."""
        for task in self._tasks:
            task.cancel()
        for worker in list(self._workers):
            worker.kill()
            await worker.wait()
            worker.close()

    def _send(self, trace: InvocationTrace, request_id: str) -> None:
        for document in trace.documents(request_id):
            self._send_segment(document)

    def _begin(self, work: Any) -> None:
        task: asyncio.Task[None] = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _warm_worker(self, revision: str) -> Worker | None:
        if self._idle[revision]:
            return self._idle[revision].pop()
        if len(self._returning[revision]) <= len(self._wanted[revision]):
            return None
        wanted: asyncio.Future[Worker | None] = asyncio.get_running_loop().create_future()
        self._wanted[revision].append(wanted)
        return await wanted

    async def _new_worker(self, published: FunctionPublished) -> Worker:
        """Returns a worker that waits for an invocation; a failed start is repeated once."""
        timeout_s: int = published.configuration["Timeout"]
        with contextlib.suppress(_InitFailedError):
            return await self._started(published, INIT_S)
        return await self._started(published, max(float(timeout_s), INIT_S))

    async def _started(self, published: FunctionPublished, within_s: float) -> Worker:
        function = published.configuration
        folder = await self._packages.folder_of(published.code)
        layers = [await self._packages.folder_of(layer) for layer in published.code.layers]
        number = effects.random_hex(_STREAM_DIGITS)
        stream = f"{effects.now():%Y/%m/%d}/[{function['Version']}]{number}"
        worker = Worker(published.revision, stream)
        self._workers.add(worker)
        # A port for each worker: the client of the Runtime API takes no path in its address.
        listener = listeners.take(0)
        address = f"{listeners.LOOPBACK}:{listeners.port(listener)}"
        environment = environment_of(*(dict(function), self._surroundings, folder, layers, stream))
        environment["AWS_LAMBDA_RUNTIME_API"] = address
        python = environments.find("lambda").python
        # Neither the current folder nor the user's packages may be imported from.
        command = [str(python), "-s", "-P", str(_START), function["Handler"]]
        await self._serve(worker, listener)
        await worker.start(command, folder, environment, function["MemorySize"])
        self._begin(self._watch(worker))
        try:
            await asyncio.wait_for(asyncio.shield(worker.ready), within_s)
        except TimeoutError as error:
            worker.kill()
            text = f"Error: Task timed out after {within_s:.2f} seconds"
            raise _InitFailedError(_error("Sandbox.Timedout", text)) from error
        finally:
            self._write_log(log_group_of(dict(function)), stream, worker.take_lines())
        return worker

    async def _serve(self, worker: Worker, listener: socket.socket) -> None:
        """Answers the requests of one worker at a bound socket."""
        runtime_api = web.Server(partial(self._answer, worker))
        make = cast("Callable[[], asyncio.Protocol]", runtime_api)
        admitted = partial(OwnerOnly, make) if self._surroundings.kernel_answers else make
        loop = asyncio.get_running_loop()
        worker.server = await loop.create_server(admitted, sock=listener)

    async def _invoke(
        self,
        worker: Worker,
        start: StartInvocation,
        header: str,
        function: JsonObject,
        *,
        is_cold: bool,
    ) -> InvocationResult:
        timeout_s: int = function["Timeout"]
        began = effects.monotonic()
        worker.take_lines()
        worker.tail = b""
        deadline_ms = int((effects.now().timestamp() + timeout_s) * 1000)
        headers = {
            "Lambda-Runtime-Aws-Request-Id": start.request_id,
            "Lambda-Runtime-Deadline-Ms": str(deadline_ms),
            "Lambda-Runtime-Invoked-Function-Arn": start.function_arn,
            "Content-Type": "application/json",
            **({"Lambda-Runtime-Trace-Id": header} if header else {}),
        }
        worker.request_id = start.request_id
        answered = worker.answered = asyncio.get_running_loop().create_future()
        if worker.next is not None and not worker.next.done():
            worker.next.set_result((start.payload, headers))
        try:
            payload, is_error = await asyncio.wait_for(asyncio.shield(answered), timeout_s)
            result = InvocationResult(payload, _UNHANDLED if is_error else None)
            if not is_error and len(payload) > RESPONSE_BYTES_MAX:
                text = "Response payload size exceeded maximum allowed payload size"
                too_large = _error("Function.ResponseSizeTooLarge", f"{text} (6291556 bytes).")
                result = InvocationResult(too_large, _UNHANDLED)
        except TimeoutError:
            worker.kill()
            text = (
                f"RequestId: {start.request_id} Error: Task timed out after {timeout_s:.2f} seconds"
            )
            result = InvocationResult(_error("Sandbox.Timedout", text), _UNHANDLED)
            worker.lines.append(
                (effects.now().timestamp(), f"{start.request_id} {text.partition('Error: ')[2]}")
            )
        worker.answered = None
        spent_ms = (effects.monotonic() - began) * 1000
        self._log(worker, start, function, spent_ms, is_cold=is_cold)
        return InvocationResult(result.payload, result.function_error, worker.tail)

    def _log(
        self,
        worker: Worker,
        start: StartInvocation,
        function: JsonObject,
        spent_ms: float,
        *,
        is_cold: bool,
    ) -> None:
        """Writes the function's lines between those of the platform, as Lambda does."""
        now = effects.now().timestamp()
        request_id, version = start.request_id, function["Version"]
        init_ms = (worker.initialized - worker.began) * 1000
        logging_config = function.get("LoggingConfig") or {}
        if logging_config.get("LogFormat") == "JSON":
            when = effects.now().isoformat().replace("+00:00", "Z")
            metrics = {"durationMs": round(spent_ms, 3), "memorySizeMB": function["MemorySize"]}
            first = _line(when, "platform.start", {"requestId": request_id, "version": version})
            report = {"requestId": request_id, "metrics": metrics, "status": "success"}
            last = [_line(when, "platform.report", report)]
        else:
            first = f"START RequestId: {request_id} Version: {version}"
            last = [
                f"END RequestId: {request_id}",
                f"REPORT RequestId: {request_id}\tDuration: {spent_ms:.2f} ms\tBilled Duration:"
                f" {int(spent_ms) + 1} ms\tMemory Size: {function['MemorySize']} MB"
                + (f"\tInit Duration: {init_ms:.2f} ms" if is_cold else ""),
            ]
        began = now - spent_ms / 1000
        lines = [(began, first), *worker.take_lines(), *((now, line) for line in last)]
        self._write_log(log_group_of(function), worker.stream, lines)

    async def _watch(self, worker: Worker) -> None:
        """Waits for a worker's end, and answers for it."""
        reason = await worker.wait()
        worker.close()
        self._workers.discard(worker)
        if worker in self._idle[worker.revision]:
            self._idle[worker.revision].remove(worker)
        self._returning[worker.revision].discard(worker)
        if len(self._wanted[worker.revision]) > len(self._returning[worker.revision]):
            self._wanted[worker.revision].popleft().set_result(None)
        if not worker.ready.done():
            payload = worker.init_error or _error("Runtime.ExitError", f"Error: {reason}")
            worker.ready.set_exception(_InitFailedError(payload))
            worker.ready.exception()  # read, so that asyncio does not report it
        if worker.answered is not None and not worker.answered.done():
            text = f"RequestId: {worker.request_id} Error: {reason}"
            worker.answered.set_result((_error("Runtime.ExitError", text), True))
        if worker.next is not None:
            worker.next.cancel()

    async def _end_idle(self) -> None:
        while True:
            await asyncio.sleep(_IDLE_POLL_S)
            oldest = effects.monotonic() - IDLE_S
            for workers in self._idle.values():
                for worker in [one for one in workers if one.idle_since < oldest]:
                    workers.remove(worker)
                    worker.kill()

    async def _answer(self, worker: Worker, request: web.BaseRequest) -> web.StreamResponse:
        """Answers a request of a worker [Lambda guide, Runtime API]."""
        path = request.path
        if not path.startswith(_API):
            return web.Response(status=_UNKNOWN)
        last = path.rpartition("/")[2]
        if path == f"{_API}invocation/next":
            return await self._next(worker)
        # Beyond what a function may answer, so that a too large answer is told from a broken one.
        body = await request.content.read(_BODY_MAX)
        while part := await request.content.read(_BODY_MAX - len(body)):
            body += part
        if path == f"{_API}init/error":
            worker.init_error = body
        elif worker.answered is not None and not worker.answered.done():
            worker.read_output()
            worker.answered.set_result((body, last == "error"))
            self._returning[worker.revision].add(worker)
        too_large = last == "response" and len(body) > RESPONSE_BYTES_MAX
        return web.json_response({"status": "OK"}, status=_TOO_LARGE if too_large else _ACCEPTED)

    async def _next(self, worker: Worker) -> web.Response:
        loop = asyncio.get_running_loop()
        worker.next = loop.create_future()
        if not worker.ready.done():
            worker.initialized = effects.now().timestamp()
            worker.ready.set_result(None)
        else:
            self._take_back(worker)
        try:
            payload, headers = await worker.next
        except asyncio.CancelledError:
            return web.Response(status=_UNKNOWN)
        return web.Response(body=payload, headers=headers)

    def _take_back(self, worker: Worker) -> None:
        """Gives a worker its next invocation, or lets it wait for one."""
        revision = worker.revision
        self._returning[revision].discard(worker)
        if self._wanted[revision]:
            self._wanted[revision].popleft().set_result(worker)
        elif revision in self._retired:
            worker.kill()
        else:
            worker.idle_since = effects.monotonic()
            self._idle[revision].append(worker)


class _InitFailedError(Exception):
    """A worker ended, or took too long, before its first invocation."""

    def __init__(self, payload: bytes) -> None:
        super().__init__("the function could not be initialized")
        self.payload = payload


def _line(when: str, kind: str, record: JsonObject) -> str:
    return json.dumps({"time": when, "type": kind, "record": record})


def _error(kind: str, message: str) -> bytes:
    return json.dumps({"errorType": kind, "errorMessage": message}).encode()


def _failed(kind: str, message: str, request_id: str) -> InvocationResult:
    text = f"RequestId: {request_id} Error: {message}"
    return InvocationResult(_error(kind, text), _UNHANDLED)

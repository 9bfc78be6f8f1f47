"""The one endpoint of the platform, and a listener for each HTTP API: all of them on 127.0.0.1.

It runs in a thread of its own, so that its owner can deploy, wait and print meanwhile.
"""

import asyncio
import hmac
import json
import os
import re
import socket
import threading
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from functools import partial
from io import BytesIO
from pathlib import Path
from random import Random
from typing import Any, Final, TypeVar, cast

from aiohttp import ClientError, ClientSession, ClientTimeout, UnixConnector, web
from aiohttp.typedefs import Handler, Middleware
from multidict import CIMultiDict, CIMultiDictProxy
from yarl import URL

from trunklab import effects, settings
from trunklab.errors import TemplateError
from trunklab.local import schema_registry
from trunklab.local.delivery import routing_log
from trunklab.local.delivery.context import Context
from trunklab.local.delivery.core import DeliveryCore
from trunklab.local.delivery.steps import ApiError
from trunklab.local.delivery_server import DeliveryServer
from trunklab.local.deploy import custom_resources, state_machines
from trunklab.local.emulator_proxies import Calls, EmulatorProxies
from trunklab.local.functions.function_environment import Surroundings
from trunklab.local.functions.function_host import FunctionHost
from trunklab.local.functions.function_packages import FunctionPackages
from trunklab.local.http import (
    cloudformation,
    http_api,
    listeners,
    request_checks,
    subscriptions,
)
from trunklab.local.http.aws_protocol import AwsProtocol, HttpRequest
from trunklab.local.http.cloudformation import CloudFormation
from trunklab.local.http.http_api import HttpApi
from trunklab.local.http.http_api_server import serve
from trunklab.local.http.listeners import STATUS_PATH
from trunklab.local.http.peers import OwnerOnly
from trunklab.local.http.rest_api import RestResponse
from trunklab.local.local_limits import REQUEST_BYTES_MAX, REQUEST_S, STATUS_S
from trunklab.local.schema_registry import SchemaRegistry
from trunklab.local.service_calls import FunctionLogs, ServiceCalls
from trunklab.local.traces import xray_api
from trunklab.local.traces.xray_api import TraceStore
from trunklab.templates.template_file import JsonObject

_SIGNED_FOR: Final = re.compile(r"Credential=[^/]+/[^/]+/[^/]+/([^/]+)/aws4_request")
_HOP_BY_HOP: Final = frozenset(
    {"connection", "keep-alive", "transfer-encoding", "te", "trailer", "upgrade", "expect"}
)
_SET_BY_AIOHTTP: Final = ("User-Agent", "Accept", "Accept-Encoding", "Content-Type")
_EMULATOR_PATH: Final = "/_trunkline/emulator/"
_CALLER_DIGITS: Final = 32
_SEED_DIGITS: Final = 16
_REQUEST_ID_DIGITS: Final = 32
WORKERS_PER_CORE: Final = 2
"""Invocations that may run beside the first of each function."""
RETRY_SCALE: Final = 1 / 60
"""Of the one and two minutes before asynchronous retries: here they are seconds."""
_T = TypeVar("_T")


@dataclass(frozen=True)
class OwnPlace:
    """Where this run lives."""

    emulator_socket: Path
    folder: Path
    endpoint: str
    collector: str
    access_key: str | None

    @property
    def signing_key(self) -> str:
        """The access key that the platform's own requests are signed with."""
        return self.access_key or settings.LOCAL_CREDENTIAL


class Front:
    """Routes each request to the emulator, the schema registry, the traces or an HTTP API."""

    def __init__(
        self,
        own: OwnPlace,
        status: Callable[[], dict[str, object]],
        traces: TraceStore,
        bind: Callable[[], socket.socket],
    ) -> None:
        self._bind = bind
        self._own = own
        self._status = status
        self._traces = traces
        self._registry = SchemaRegistry()
        self._protocols = {
            name: AwsProtocol(name) for name in ("events", "sqs", "lambda", "scheduler")
        }
        self._caller = effects.random_hex(_CALLER_DIGITS)
        """In the paths at which the emulator calls us; nobody else knows it."""
        self.http_apis: dict[str, str] = {}
        """The address of each HTTP API by `<stack>/<logical id>`."""
        self.notes: list[str] = []
        """Parts of HTTP APIs without effect here."""
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="front", daemon=True)
        self._runners: list[web.AppRunner] = []
        self._servers: list[asyncio.Server] = []
        self._apis: dict[str, HttpApi] = {}
        self._addresses: dict[str, str] = {}
        self._session: ClientSession | None = None

    def start(self, listener: socket.socket) -> None:
        """Begins to answer at a bound socket."""
        self._thread.start()
        self._wait_for(self._start(listener))

    async def serve_api(self, stack: str, logical_id: str, properties: JsonObject) -> str:
        """Serves an HTTP API, or replaces the one of this name; returns its address."""
        name = f"{stack}/{logical_id}"
        api, ignored = http_api.define(properties)
        self.notes += [f"{name}: no effect locally: {item}" for item in ignored]

        async def answer(request: web.Request) -> web.StreamResponse:
            return await serve(self._invoke, self._apis[name], request, self._traces)

        self._apis[name] = api
        if name not in self._addresses:
            listener = self._bind()
            self._addresses[name] = listeners.address(listener)
            await self._listen(listener, answer)
        self.http_apis[name] = self._addresses[name] + api.base_path
        return self._addresses[name]

    async def _invoke(self, function_arn: str, payload: bytes, trace_header: str) -> JsonObject:
        given = {"FunctionName": function_arn, "Payload": payload}
        return await self._delivery.call("lambda", "Invoke", given, trace_header)

    def stop(self) -> None:
        """Stops listening and ends the thread."""
        try:
            self._wait_for(self._stop())
        finally:
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()
            self._loop.close()

    @property
    def _emulator(self) -> ClientSession:
        if self._session is None:
            raise RuntimeError("the front has not been started")
        return self._session

    async def _start(self, listener: socket.socket) -> None:
        own = self._own
        self._session = ClientSession(
            connector=UnixConnector(path=str(own.emulator_socket), limit=0),
            timeout=ClientTimeout(total=REQUEST_S),
            auto_decompress=False,
            skip_auto_headers=_SET_BY_AIOHTTP,
        )
        self._client = ClientSession()
        rented = ServiceCalls(self._session, "http://emulator", settings.LOCAL_CREDENTIAL)
        ours = ServiceCalls(self._client, own.endpoint, own.signing_key)
        self._logs = FunctionLogs(rented)
        self._host = self._make_host(rented)
        self._host.start()
        random = Random(effects.random_hex(_SEED_DIGITS))  # noqa: S311 - to be repeated
        context = Context(settings.LOCAL_ACCOUNT, settings.LOCAL_REGION, random, own.endpoint)
        workers = WORKERS_PER_CORE * (os.cpu_count() or 1)
        core = DeliveryCore(context, workers, RETRY_SCALE)
        self._core = core
        self._delivery = DeliveryServer(core, self._host, rented.call)
        self._cloudformation = CloudFormation(
            *(rented, self._session, ours, self.serve_api), lambda: own.endpoint
        )
        proxied = f"{own.endpoint}{_EMULATOR_PATH}{self._caller}"
        self._proxies = EmulatorProxies(
            Calls(rented.call, self._delivery.call, ours.call),
            *(self._cloudformation.provide, self._put_event, proxied),
        )
        keyed = [request_checks.demand(own.access_key, _EMULATOR_PATH)] if own.access_key else []
        await self._listen(listener, self._answer, *keyed)
        await self._cloudformation.prepare()
        await self._proxies.prepare()

    def _make_host(self, rented: ServiceCalls) -> FunctionHost:
        own = self._own
        for name in ("home", "tmp", "code"):
            (own.folder / "functions" / name).mkdir(parents=True)

        async def fetch(bucket: str, key: str) -> bytes:
            found = await rented.call("s3", "GetObject", {"Bucket": bucket, "Key": key})
            content: bytes = found["Body"].read()
            return content

        surroundings = Surroundings(
            *(own.folder / "functions", own.endpoint, own.signing_key, own.collector),
            own.access_key is None,
        )
        packages = FunctionPackages(own.folder / "functions" / "code", fetch)
        return FunctionHost(surroundings, packages, self._logs.write, self._traces.add)

    async def _stop(self) -> None:
        for server in self._servers:
            server.close()
        await asyncio.gather(*(runner.cleanup() for runner in self._runners))
        await self._delivery.close()
        await self._host.close()
        await self._logs.close()
        await self._client.close()
        await self._emulator.close()

    async def _listen(self, listener: socket.socket, handler: Handler, *checks: Middleware) -> None:
        application = web.Application(
            client_max_size=REQUEST_BYTES_MAX,
            middlewares=[request_checks.refuse_foreign_pages, *checks, request_checks.read_body],
        )
        application.router.add_route("*", "/{path:.*}", handler)
        # A compressed body is for whoever handles the request to decompress.
        runner = web.AppRunner(
            application,
            access_log=None,
            shutdown_timeout=1.0,
            auto_decompress=False,
            # The client of a long poll may go: its messages must not be given to it.
            handler_cancellation=True,
        )
        await runner.setup()
        self._runners.append(runner)
        server = cast("Callable[[], asyncio.Protocol]", runner.server)
        admitted = server if self._own.access_key else partial(OwnerOnly, server)
        self._servers.append(await self._loop.create_server(admitted, sock=listener))

    async def _answer(  # noqa: PLR0911 - one return for each service
        self, request: web.Request
    ) -> web.StreamResponse:
        path, body = request.raw_path.partition("?")[0], await request.read()
        if path == STATUS_PATH:
            return web.json_response(self._status())
        if path.startswith(_EMULATOR_PATH):
            name = request.headers.get("X-Amzn-Lambda-Function-Name", "")
            return await self._called_by_emulator(path, name, body)
        service = _service_of(request)
        if service in self._protocols:
            return await self._deliver(service, request, body)
        if service == "schemas":
            call = schema_registry.Call(request.method, path, request.query, body, effects.now())
            return _rest(schema_registry.answer(self._registry, call))
        if service == "xray":
            # In a thread: the first caller waits until all that was received is read.
            return _rest(
                await asyncio.to_thread(xray_api.answer, self._traces, request.method, path, body)
            )
        if service == "cloudformation":
            return await self._deploy(request, body)
        if service == "states":
            return await self._call_step_functions(request, body)
        return await self._call_emulator(service, request, body)

    async def _call_emulator(
        self, service: str, request: web.Request, body: bytes
    ) -> web.StreamResponse:
        """Answers a call of a rented service, but for the log of a bus and some subscriptions."""
        if service == "logs" and routing_log.GROUP_PREFIX.encode() in body:
            return self._read_log(request, body)
        try:
            if service == "sns":
                subscriptions.check_request(body)
        except ApiError as error:
            text = cloudformation.error_document(error, error.code)
            return web.Response(status=error.status, text=text, content_type="text/xml")
        return await _forward(self._emulator, request, body)

    async def _deliver(self, service: str, request: web.Request, body: bytes) -> web.Response:
        """Answers a call of a service of ours."""
        protocol = self._protocols[service]
        path = request.raw_path.partition("?")[0]
        received = HttpRequest(request.method, path, request.query, request.headers, body)
        try:
            operation, parameters = protocol.read(received)
            header = request.headers.get("X-Amzn-Trace-Id")
            answered = await self._delivery.call(service, operation, parameters, header)
            await self._proxies.follow(operation, answered, parameters)
            response = protocol.write(operation, answered)
        except ApiError as error:
            response = protocol.write_error(error)
        headers = {**response.headers, "x-amzn-RequestId": effects.random_hex(_REQUEST_ID_DIGITS)}
        return web.Response(status=response.status, body=response.body, headers=headers)

    def _read_log(self, request: web.Request, body: bytes) -> web.Response:
        """Answers a call of CloudWatch Logs for the log of a bus."""
        operation = request.headers.get("X-Amz-Target", "").rpartition(".")[2]
        given = json.loads(body)
        group = given.get("logGroupName") or given.get("logGroupIdentifier", "")
        answer = self._core.buses.log_records(group.rpartition(":")[2], operation, given)
        if answer is None:
            text = {"__type": "ResourceNotFoundException", "message": "No such log group."}
            return web.json_response(text, status=400)
        return web.json_response(answer)

    async def _deploy(self, request: web.Request, body: bytes) -> web.Response:
        """Answers a call of CloudFormation."""
        try:
            own = self._cloudformation.answer_without_emulator(body)
            if own is not None:
                return web.Response(text=own, content_type="text/xml")
            response = await _forward(
                self._emulator, request, await self._cloudformation.request(body)
            )
        except (TemplateError, ApiError) as error:
            text = cloudformation.error_document(error)
            return web.Response(status=400, text=text, content_type="text/xml")
        content = response.body
        if isinstance(content, bytes):
            response.body = custom_resources.shown(content.decode()).encode()
        return response

    async def _call_step_functions(self, request: web.Request, body: bytes) -> web.Response:
        """Has tasks of ours wait for their tokens; shows a definition as it was written."""
        response = await _forward(self._emulator, request, state_machines.rewrite_document(body))
        if isinstance(response.body, bytes):
            response.body = state_machines.written_document(response.body)
        return response

    def _put_event(self, text: str) -> None:
        self._delivery.put_event("default", text)

    async def _called_by_emulator(self, path: str, name: str, body: bytes) -> web.Response:
        """Takes a call of a function that the emulator passes on to us."""
        caller, _, what = path.removeprefix(_EMULATOR_PATH).partition("/")
        if not hmac.compare_digest(caller, self._caller):
            return web.Response(status=web.HTTPNotFound.status_code)
        answer = await self._proxies.answer(what, name, json.loads(body))
        return web.Response(body=answer.body, status=answer.status, content_type="application/json")

    def _wait_for(self, work: Coroutine[Any, Any, _T]) -> _T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(STATUS_S)


def _service_of(request: web.Request) -> str:
    """Returns the service of a request: what it is signed for, or else what its target says."""
    signed_for = _SIGNED_FOR.search(request.headers.get("Authorization", ""))
    if signed_for:
        return signed_for[1]
    target = request.headers.get("X-Amz-Target", "").partition(".")[0]
    return {"AWSEvents": "events", "AmazonSQS": "sqs"}.get(target, "")


def _rest(response: RestResponse) -> web.Response:
    if response.body is None:
        return web.Response(status=response.status)
    headers = {"x-amzn-ErrorType": response.error} if response.error else {}
    return web.json_response(response.body, status=response.status, headers=headers)


async def _forward(session: ClientSession, request: web.Request, body: bytes) -> web.Response:
    """Returns the emulator's response, byte for byte; 502 without one."""
    headers = _end_to_end(request.headers)
    headers.popall("Content-Length", None)
    try:
        async with session.request(
            request.method,
            URL(f"http://{request.host}{request.raw_path}", encoded=True),
            headers=headers,
            data=BytesIO(body) if body else None,  # aiohttp warns of large bytes
            allow_redirects=False,
        ) as response:
            content = await response.read()
            response_headers = _end_to_end(response.headers)
            if request.method != "HEAD":
                response_headers.popall("Content-Length", None)
            return web.Response(status=response.status, headers=response_headers, body=content)
    except (ClientError, TimeoutError) as error:
        return web.json_response({"message": f"the emulator does not answer: {error}"}, status=502)


def _end_to_end(headers: CIMultiDictProxy[str]) -> CIMultiDict[str]:
    return CIMultiDict((k, v) for k, v in headers.items() if k.lower() not in _HOP_BY_HOP)

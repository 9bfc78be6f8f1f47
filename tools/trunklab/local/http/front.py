"""The one endpoint of the platform, and a listener for each HTTP API: all of them on 127.0.0.1.

It runs in a thread of its own, so that its owner can deploy, wait and print meanwhile.
"""

import asyncio
import re
import socket
import threading
from collections.abc import Callable, Coroutine
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import Any, Final, TypeVar, cast

from aiohttp import ClientError, ClientSession, ClientTimeout, UnixConnector, web
from aiohttp.typedefs import Handler, Middleware
from multidict import CIMultiDict, CIMultiDictProxy
from yarl import URL

from trunklab import effects
from trunklab.local import schema_registry
from trunklab.local.http import request_checks
from trunklab.local.http.http_api import HttpApi
from trunklab.local.http.http_api_server import serve
from trunklab.local.http.listeners import STATUS_PATH
from trunklab.local.http.peers import OwnerOnly
from trunklab.local.http.rest_api import RestResponse
from trunklab.local.local_limits import REQUEST_BYTES_MAX, REQUEST_S, STATUS_S
from trunklab.local.schema_registry import SchemaRegistry
from trunklab.local.traces import xray_api
from trunklab.local.traces.xray_api import TraceStore

_SIGNED_FOR: Final = re.compile(r"Credential=[^/]+/[^/]+/[^/]+/([^/]+)/aws4_request")
_HOP_BY_HOP: Final = frozenset(
    {"connection", "keep-alive", "transfer-encoding", "te", "trailer", "upgrade", "expect"}
)
_SET_BY_AIOHTTP: Final = ("User-Agent", "Accept", "Accept-Encoding", "Content-Type")
_T = TypeVar("_T")


class Front:
    """Routes each request to the emulator, the schema registry, the traces or an HTTP API."""

    def __init__(
        self,
        emulator_socket: Path,
        status: Callable[[], dict[str, object]],
        traces: TraceStore,
        access_key: str | None,
    ) -> None:
        self._emulator_socket = emulator_socket
        self._status = status
        self._traces = traces
        self._access_key = access_key
        self._registry = SchemaRegistry()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="front", daemon=True)
        self._runners: list[web.AppRunner] = []
        self._servers: list[asyncio.Server] = []
        self._apis: dict[socket.socket, HttpApi] = {}
        self._session: ClientSession | None = None

    def start(self, listener: socket.socket) -> None:
        """Begins to answer at a bound socket."""
        self._thread.start()
        self._wait_for(self._start(listener))

    def serve_api(self, listener: socket.socket, api: HttpApi) -> None:
        """Begins to answer for one HTTP API at a bound socket, or replaces the one served there."""

        async def answer(request: web.Request) -> web.StreamResponse:
            return await serve(self._emulator, self._apis[listener], request, self._traces)

        is_new = listener not in self._apis
        self._apis[listener] = api
        if is_new:
            self._wait_for(self._listen(listener, answer))

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
        self._session = ClientSession(
            connector=UnixConnector(path=str(self._emulator_socket), limit=0),
            timeout=ClientTimeout(total=REQUEST_S),
            auto_decompress=False,
            skip_auto_headers=_SET_BY_AIOHTTP,
        )
        keyed = [request_checks.demand(self._access_key)] if self._access_key else []
        await self._listen(listener, self._answer, *keyed)

    async def _stop(self) -> None:
        for server in self._servers:
            server.close()
        await asyncio.gather(*(runner.cleanup() for runner in self._runners))
        await self._emulator.close()

    async def _listen(self, listener: socket.socket, handler: Handler, *checks: Middleware) -> None:
        application = web.Application(
            client_max_size=REQUEST_BYTES_MAX,
            middlewares=[request_checks.refuse_foreign_pages, *checks, request_checks.read_body],
        )
        application.router.add_route("*", "/{path:.*}", handler)
        # A compressed body is for whoever handles the request to decompress.
        runner = web.AppRunner(
            application, access_log=None, shutdown_timeout=1.0, auto_decompress=False
        )
        await runner.setup()
        self._runners.append(runner)
        server = cast("Callable[[], asyncio.Protocol]", runner.server)
        admitted = server if self._access_key else partial(OwnerOnly, server)
        self._servers.append(await self._loop.create_server(admitted, sock=listener))

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        if request.path == STATUS_PATH:
            return web.json_response(self._status())
        signed_for = _SIGNED_FOR.search(request.headers.get("Authorization", ""))
        service = signed_for[1] if signed_for else ""
        path, body = request.raw_path.partition("?")[0], await request.read()
        if service == "schemas":
            call = schema_registry.Call(request.method, path, request.query, body, effects.now())
            return _rest(schema_registry.answer(self._registry, call))
        if service == "xray":
            # In a thread: the first caller waits until all that was received is read.
            return _rest(
                await asyncio.to_thread(xray_api.answer, self._traces, request.method, path, body)
            )
        return await _forward(self._emulator, request, body)

    def _wait_for(self, work: Coroutine[Any, Any, _T]) -> _T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(STATUS_S)


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

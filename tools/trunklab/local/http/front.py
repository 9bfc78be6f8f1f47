"""The one endpoint of the platform, and a listener for each HTTP API: all of them on 127.0.0.1.

It runs in a thread of its own, so that its owner can deploy, wait and print meanwhile.
"""

import asyncio
import re
import socket
import threading
from collections.abc import Callable, Coroutine
from functools import partial
from pathlib import Path
from typing import Any, Final, TypeVar, cast

from aiohttp import ClientSession, web
from aiohttp.typedefs import Handler, Middleware

from trunklab import effects
from trunklab.local import schema_registry_api
from trunklab.local.http import request_checks
from trunklab.local.http.http_api import HttpApi
from trunklab.local.http.http_api_server import serve
from trunklab.local.http.owner_only import OwnerOnly
from trunklab.local.http.pass_on import open_session, pass_on
from trunklab.local.local_limits import REQUEST_BYTES_MAX, STATUS_S
from trunklab.local.schema_registry import SchemaRegistry
from trunklab.local.traces import xray_api
from trunklab.local.traces.trace_store import TraceStore

STATUS_PATH: Final = "/_trunkline/status"
_SIGNED_FOR: Final = re.compile(r"Credential=[^/]+/[^/]+/[^/]+/([^/]+)/aws4_request")
_T = TypeVar("_T")


class Front:
    """Listens, and sends every request to whoever answers it."""

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
        self._session: ClientSession | None = None

    def start(self, listener: socket.socket) -> None:
        """Begin to answer at a bound socket."""
        self._thread.start()
        self._wait_for(self._start(listener))

    def serve_api(self, listener: socket.socket, api: HttpApi) -> None:
        """Begin to answer for one HTTP API at a bound socket."""

        async def answer(request: web.Request) -> web.StreamResponse:
            return await serve(self._emulator, api, request, self._traces)

        self._wait_for(self._listen(listener, answer))

    def stop(self) -> None:
        """Stop listening and end the thread."""
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
        self._session = open_session(self._emulator_socket)
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
        if signed_for and signed_for[1] == "schemas":
            return await self._answer_schemas(request)
        if signed_for and signed_for[1] == "xray":
            return await self._answer_xray(request)
        return await pass_on(self._emulator, request)

    async def _answer_schemas(self, request: web.Request) -> web.Response:
        raw_path = request.raw_path.partition("?")[0]
        body = await request.read()
        call = schema_registry_api.Call(
            request.method, raw_path, request.query, body, effects.now()
        )
        reply = schema_registry_api.answer(self._registry, call)
        if reply.body is None:
            return web.Response(status=reply.status)
        headers = {"x-amzn-ErrorType": reply.error} if reply.error else {}
        return web.json_response(reply.body, status=reply.status, headers=headers)

    async def _answer_xray(self, request: web.Request) -> web.Response:
        raw_path = request.raw_path.partition("?")[0]
        body = await request.read()
        # In a thread: whoever asks first waits for the reading of all that has come.
        reply = await asyncio.to_thread(
            xray_api.answer, self._traces, request.method, raw_path, body
        )
        headers = {"x-amzn-ErrorType": reply.error} if reply.error else {}
        return web.json_response(reply.body, status=reply.status, headers=headers)

    def _wait_for(self, work: Coroutine[Any, Any, _T]) -> _T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(STATUS_S)

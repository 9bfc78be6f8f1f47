"""Checks every request passes before anything handles it, as middlewares of aiohttp."""

import asyncio

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from trunklab.local.http import access_key, request_guard
from trunklab.local.local_limits import REQUEST_BODY_S

_GZIP_MAGIC = b"\x1f\x8b"
"""RFC 1952, 2.3.1."""


@web.middleware
async def refuse_foreign_pages(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answers 403 to what a browser sends for a foreign page, see guard.py."""
    problem = request_guard.refusal(request.headers)
    return _refused(403, problem) if problem else await handler(request)


def demand(key: str) -> Middleware:
    """Returns the middleware that answers 403 to requests without this access key."""

    @web.middleware
    async def check(request: web.Request, handler: Handler) -> web.StreamResponse:
        if access_key.is_given(request.headers, request.query, key):
            return await handler(request)
        return _refused(403, "use the access key that `trunkline up` prints, with any secret")

    return check


@web.middleware
async def read_body(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Reads the whole body in bounded time, so that no handler waits for a client."""
    try:
        async with asyncio.timeout(REQUEST_BODY_S):
            body = await request.read()
    except TimeoutError:
        return _refused(408, f"the body did not end within {REQUEST_BODY_S:.0f} s")
    except ConnectionResetError:
        if request.transport is not None and not request.transport.is_closing():
            raise
        # The client went away before its request was whole: nobody receives this response.
        return web.Response(status=400)
    if body and _outermost_coding(request) == "gzip" and not body.startswith(_GZIP_MAGIC):
        return _refused(400, "the body is not gzip, as its Content-Encoding says")
    return await handler(request)


def _outermost_coding(request: web.Request) -> str:
    return request.headers.get("Content-Encoding", "").rpartition(",")[2].strip().lower()


def _refused(status: int, problem: str) -> web.Response:
    return web.json_response({"message": f"refused: {problem}"}, status=status)

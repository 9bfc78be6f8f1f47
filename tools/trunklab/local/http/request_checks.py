"""Checks that every request passes before anything handles it, as middlewares of aiohttp."""

import asyncio
from collections.abc import Mapping

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from trunklab.local.http import access_key
from trunklab.local.local_limits import REQUEST_BODY_S

_GZIP_MAGIC = b"\x1f\x8b"
"""RFC 1952, 2.3.1."""


def foreign_page_problem(headers: Mapping[str, str]) -> str | None:
    """Returns why a request may come from a foreign web page, or None.

    The platform trusts every program of the user, as an emulator must. A browser is the only one
    that sends requests for strangers: from a foreign page (Origin, Sec-Fetch-Site), or to a host
    name of theirs that points to 127.0.0.1 (Host).
    """
    host = headers.get("Host", "")
    if not access_key.is_local(f"//{host}"):
        return f"host {host!r} is not this machine"
    origin = headers.get("Origin")
    if origin is not None and not access_key.is_local(origin):
        return f"a page of {origin!r} may not call the local platform"
    if headers.get("Sec-Fetch-Site") == "cross-site":
        return "a page of another site may not call the local platform"
    return None


@web.middleware
async def refuse_foreign_pages(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answers 403 to what a browser sends for a foreign page."""
    problem = foreign_page_problem(request.headers)
    return _refused(403, problem) if problem else await handler(request)


def demand(key: str, except_below: str) -> Middleware:
    """Returns the middleware that answers 403 to requests without this access key.

    Paths below `except_below` hold a secret of their own.
    """

    @web.middleware
    async def check(request: web.Request, handler: Handler) -> web.StreamResponse:
        is_secret = request.path.startswith(except_below)
        if is_secret or access_key.is_given(request.headers, request.query, key):
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
    coding = request.headers.get("Content-Encoding", "").rpartition(",")[2].strip().lower()
    if body and coding == "gzip" and not body.startswith(_GZIP_MAGIC):
        return _refused(400, "the body is not gzip, as its Content-Encoding says")
    return await handler(request)


def _refused(status: int, problem: str) -> web.Response:
    return web.json_response({"message": f"refused: {problem}"}, status=status)

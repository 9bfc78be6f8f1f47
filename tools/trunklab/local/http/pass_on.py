"""Passes a request on to the emulator and its answer back, byte for byte."""

from io import BytesIO
from pathlib import Path
from typing import Final

from aiohttp import ClientError, ClientSession, ClientTimeout, UnixConnector, web
from multidict import CIMultiDict, CIMultiDictProxy
from yarl import URL

from trunklab.local.local_limits import REQUEST_S

_HOP_BY_HOP: Final = frozenset(
    {"connection", "keep-alive", "transfer-encoding", "te", "trailer", "upgrade", "expect"}
)
_SET_BY_AIOHTTP: Final = ("User-Agent", "Accept", "Accept-Encoding", "Content-Type")


def open_session(socket_path: Path) -> ClientSession:
    """Return a session whose every request goes to the emulator's socket."""
    return ClientSession(
        connector=UnixConnector(path=str(socket_path), limit=0),
        timeout=ClientTimeout(total=REQUEST_S),
        auto_decompress=False,
        skip_auto_headers=_SET_BY_AIOHTTP,
    )


async def pass_on(session: ClientSession, request: web.Request) -> web.Response:
    """Answer with what the emulator answers; 502 while it does not."""
    body = await request.read()
    headers = _end_to_end(request.headers)
    headers.popall("Content-Length", None)
    try:
        async with session.request(
            request.method,
            URL(f"http://{request.host}{request.raw_path}", encoded=True),
            headers=headers,
            data=BytesIO(body) if body else None,  # aiohttp warns of large bytes
            allow_redirects=False,
        ) as answer:
            content = await answer.read()
            answer_headers = _end_to_end(answer.headers)
            if request.method != "HEAD":
                answer_headers.popall("Content-Length", None)
            return web.Response(status=answer.status, headers=answer_headers, body=content)
    except (ClientError, TimeoutError) as error:
        return web.json_response({"message": f"the emulator does not answer: {error}"}, status=502)


def _end_to_end(headers: CIMultiDictProxy[str]) -> CIMultiDict[str]:
    return CIMultiDict((k, v) for k, v in headers.items() if k.lower() not in _HOP_BY_HOP)

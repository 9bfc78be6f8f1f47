"""Serves an HTTP API: a request comes in, the function behind its route is invoked, it answers."""

import json
from typing import Final

from aiohttp import ClientError, ClientSession, ClientTimeout, web
from multidict import CIMultiDict

from trunklab import effects, settings
from trunklab.local.http import http_api, http_payload
from trunklab.local.http.http_api import HttpApi
from trunklab.local.http.http_payload import Answer
from trunklab.local.local_limits import HTTP_API_BODY_BYTES_MAX, HTTP_API_TIMEOUT_S
from trunklab.local.traces.trace_store import TraceStore
from trunklab.templates.template_file import JsonObject

_SIGNATURE: Final = (
    f"AWS4-HMAC-SHA256 Credential={settings.LOCAL_CREDENTIAL}/20260101/{settings.LOCAL_REGION}"
    "/lambda/aws4_request, SignedHeaders=host, Signature=local"
)
"""Tells the emulator which service is meant; it checks nothing else."""


async def serve(
    emulator: ClientSession, api: HttpApi, request: web.Request, traces: TraceStore
) -> web.Response:
    """Answer one request as API Gateway would, and tell of it in the request's trace."""
    read, stamp = await _read(request), _stamp()
    answer = await _answer(emulator, api, read, stamp)
    if answer is not http_payload.NOT_FOUND:
        traces.add(json.dumps(_segment(api, read, stamp, answer.status)).encode())
    headers = CIMultiDict(answer.headers)
    return web.Response(status=answer.status, headers=headers, body=answer.body)


async def _answer(
    emulator: ClientSession, api: HttpApi, request: http_payload.Request, stamp: http_payload.Stamp
) -> Answer:
    found = http_api.find_route(api, request.method, request.raw_path)
    if found is None:
        return http_payload.NOT_FOUND
    if len(request.body) > HTTP_API_BODY_BYTES_MAX:
        return http_payload.TOO_LARGE
    route, variables = found
    event = http_payload.make_event(api, route, variables, request, stamp)
    return await _invoke(emulator, route.function_arn, json.dumps(event).encode())


async def _invoke(emulator: ClientSession, function_arn: str, payload: bytes) -> Answer:
    url = f"http://localhost/2015-03-31/functions/{function_arn}/invocations"
    timeout = ClientTimeout(total=HTTP_API_TIMEOUT_S)
    headers = {"Authorization": _SIGNATURE}
    try:
        async with emulator.post(url, data=payload, headers=headers, timeout=timeout) as invoked:
            returned = await invoked.read()
            if invoked.status != web.HTTPOk.status_code:
                return http_payload.UNAVAILABLE  # throttled, above all
            if "X-Amz-Function-Error" in invoked.headers:
                return http_payload.FAILED
            return http_payload.shape_answer(returned)
    except (ClientError, TimeoutError):
        return http_payload.UNAVAILABLE


async def _read(request: web.Request) -> http_payload.Request:
    raw_path, _, raw_query = request.raw_path.partition("?")
    return http_payload.Request(
        method=request.method,
        raw_path=raw_path,
        raw_query=raw_query,
        headers=tuple(request.headers.items()),
        body=await request.read(),
        client_ip=request.remote or "127.0.0.1",
    )


def _segment(
    api: HttpApi, request: http_payload.Request, stamp: http_payload.Stamp, status: int
) -> JsonObject:
    """Return the segment of a request, which AWS does not have for HTTP APIs.

    Its id is a part of the trace's, so that the function's segment can name it as its parent, see
    function_trace.py. The query is left out: it may say something about somebody.
    """
    host = next((value for name, value in request.headers if name.lower() == "host"), "")
    failed = {"fault": True} if status >= web.HTTPInternalServerError.status_code else {}
    refused = web.HTTPBadRequest.status_code <= status < web.HTTPInternalServerError.status_code
    return {
        "name": f"HTTP API {api.api_id}",
        "id": stamp.trace_root.rpartition("-")[2][:16],
        "trace_id": stamp.trace_root,
        "start_time": stamp.at.timestamp(),
        "end_time": effects.now().timestamp(),
        "origin": "AWS::ApiGateway::HttpApi",
        "http": {
            "request": {"method": request.method, "url": f"http://{host}{request.raw_path}"},
            "response": {"status": status},
        },
        **failed,
        **({"error": True} if refused else {}),
    }


def _stamp() -> http_payload.Stamp:
    at = effects.now()
    trace_root = f"1-{int(at.timestamp()):08x}-{effects.random_hex(24)}"
    return http_payload.Stamp(at, effects.random_hex(16), trace_root)

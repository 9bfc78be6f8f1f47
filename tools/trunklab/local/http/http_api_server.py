"""Serves an HTTP API: invokes the function of the request's route, returns its response."""

import asyncio
import json
from collections.abc import Awaitable, Callable

from aiohttp import web
from multidict import CIMultiDict

from trunklab import effects
from trunklab.local.delivery.steps import ApiError
from trunklab.local.http import http_api, http_payload
from trunklab.local.http.http_api import HttpApi
from trunklab.local.http.http_payload import Answer, Request, Stamp
from trunklab.local.local_limits import HTTP_API_BODY_BYTES_MAX, HTTP_API_TIMEOUT_S
from trunklab.local.traces.xray_api import TraceStore
from trunklab.templates.template_file import JsonObject

Invoke = Callable[[str, bytes, str], Awaitable[JsonObject]]
"""Invokes a function: its ARN, payload and trace header. Returns Lambda's response."""


async def serve(
    invoke: Invoke, api: HttpApi, request: web.Request, traces: TraceStore
) -> web.Response:
    """Returns the response that API Gateway would, and adds the request to its trace."""
    at = effects.now()
    trace_root = f"1-{int(at.timestamp()):08x}-{effects.random_hex(24)}"
    stamp = Stamp(at, effects.random_hex(16), trace_root)
    raw_path, _, raw_query = request.raw_path.partition("?")
    received = Request(
        method=request.method,
        raw_path=raw_path,
        raw_query=raw_query,
        headers=tuple(request.headers.items()),
        body=await request.read(),
        client_ip=request.remote or "127.0.0.1",
    )
    answer = await _answer(invoke, api, received, stamp)
    if answer is not http_payload.NOT_FOUND:
        traces.add(json.dumps(_segment(api, received, stamp, answer.status)).encode())
    headers = CIMultiDict(answer.headers)
    return web.Response(status=answer.status, headers=headers, body=answer.body)


async def _answer(invoke: Invoke, api: HttpApi, request: Request, stamp: Stamp) -> Answer:
    matched = http_api.find_route(api, request.method, request.raw_path)
    if matched is None:
        return http_payload.NOT_FOUND
    if len(request.body) > HTTP_API_BODY_BYTES_MAX:
        return http_payload.TOO_LARGE
    route, variables = matched
    payload = json.dumps(http_payload.make_event(api, route, variables, request, stamp)).encode()
    header = f"Root={stamp.trace_root};Parent={_segment_id(stamp)};Sampled=1"
    try:
        async with asyncio.timeout(HTTP_API_TIMEOUT_S):
            invoked = await invoke(route.function_arn, payload, header)
    except (ApiError, TimeoutError):
        return http_payload.UNAVAILABLE  # throttled, above all
    if "FunctionError" in invoked:
        return http_payload.FAILED
    return http_payload.shape_answer(invoked["Payload"])


def _segment_id(stamp: Stamp) -> str:
    return stamp.trace_root.rpartition("-")[2][:16]


def _segment(api: HttpApi, request: Request, stamp: Stamp, status: int) -> JsonObject:
    """Returns the segment of a request, which AWS does not have for HTTP APIs.

    Its id is a part of the trace's. The query is left out, as it may be personal data.
    """
    host = next((value for name, value in request.headers if name.lower() == "host"), "")
    is_fault = status >= web.HTTPInternalServerError.status_code
    is_error = status >= web.HTTPBadRequest.status_code and not is_fault
    return {
        "name": f"HTTP API {api.api_id}",
        "id": _segment_id(stamp),
        "trace_id": stamp.trace_root,
        "start_time": stamp.at.timestamp(),
        "end_time": effects.now().timestamp(),
        "origin": "AWS::ApiGateway::HttpApi",
        "http": {
            "request": {"method": request.method, "url": f"http://{host}{request.raw_path}"},
            "response": {"status": status},
        },
        **({"fault": True} if is_fault else {}),
        **({"error": True} if is_error else {}),
    }

"""Serves an HTTP API: invokes the function of the request's route, returns its response."""

import json
from typing import Final

from aiohttp import ClientError, ClientSession, ClientTimeout, web
from multidict import CIMultiDict

from trunklab import effects, settings
from trunklab.local.http import http_api, http_payload
from trunklab.local.http.http_api import HttpApi
from trunklab.local.http.http_payload import Answer, Request, Stamp
from trunklab.local.local_limits import HTTP_API_BODY_BYTES_MAX, HTTP_API_TIMEOUT_S
from trunklab.local.traces.xray_api import TraceStore
from trunklab.templates.template_file import JsonObject

_SIGNATURE: Final = (
    f"AWS4-HMAC-SHA256 Credential={settings.LOCAL_CREDENTIAL}/20260101/{settings.LOCAL_REGION}"
    "/lambda/aws4_request, SignedHeaders=host, Signature=local"
)
"""Selects the emulator's Lambda; nothing else of the signature is checked."""


async def serve(
    emulator: ClientSession, api: HttpApi, request: web.Request, traces: TraceStore
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
    answer = await _answer(emulator, api, received, stamp)
    if answer is not http_payload.NOT_FOUND:
        traces.add(json.dumps(_segment(api, received, stamp, answer.status)).encode())
    headers = CIMultiDict(answer.headers)
    return web.Response(status=answer.status, headers=headers, body=answer.body)


async def _answer(emulator: ClientSession, api: HttpApi, request: Request, stamp: Stamp) -> Answer:
    matched = http_api.find_route(api, request.method, request.raw_path)
    if matched is None:
        return http_payload.NOT_FOUND
    if len(request.body) > HTTP_API_BODY_BYTES_MAX:
        return http_payload.TOO_LARGE
    route, variables = matched
    payload = json.dumps(http_payload.make_event(api, route, variables, request, stamp)).encode()
    url = f"http://localhost/2015-03-31/functions/{route.function_arn}/invocations"
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


def _segment(api: HttpApi, request: Request, stamp: Stamp, status: int) -> JsonObject:
    """Returns the segment of a request, which AWS does not have for HTTP APIs.

    Its id is a part of the trace's, so that the function's segment can name it as its parent, see
    function_trace.py. The query is left out, as it may be personal data.
    """
    host = next((value for name, value in request.headers if name.lower() == "host"), "")
    is_fault = status >= web.HTTPInternalServerError.status_code
    is_error = status >= web.HTTPBadRequest.status_code and not is_fault
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
        **({"fault": True} if is_fault else {}),
        **({"error": True} if is_error else {}),
    }

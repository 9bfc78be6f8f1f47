"""Payload format 2.0 of HTTP APIs: events for functions, responses for clients."""

import base64
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from urllib.parse import parse_qsl, unquote

from trunklab.local.http.http_api import HttpApi, Route
from trunklab.templates.template_file import JsonObject

_TEXT: Final = frozenset({"application/json", "application/xml", "application/javascript"})
_STATUSES: Final = range(200, 600)
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]")
"""Not allowed in headers: a line break would begin another header, or the body."""
_ESCAPES: Final = re.compile(r"(?:%[0-9A-Fa-f]{2})+")


@dataclass(frozen=True)
class Request:
    """A client's request; path and query are still URL-encoded."""

    method: str
    raw_path: str
    raw_query: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    client_ip: str


@dataclass(frozen=True)
class Stamp:
    """The time and ids of a request."""

    at: datetime
    request_id: str
    trace_root: str


@dataclass(frozen=True)
class Answer:
    """The response for the client."""

    status: int
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""


_JSON: Final = (("content-type", "application/json"),)
NOT_FOUND: Final = Answer(404, _JSON, b'{"message":"Not Found"}')
FAILED: Final = Answer(500, _JSON, b'{"message":"Internal Server Error"}')
UNAVAILABLE: Final = Answer(503, _JSON, b'{"message":"Service Unavailable"}')
TOO_LARGE: Final = Answer(413, _JSON, b'{"message":"Request Entity Too Large"}')


def make_event(
    api: HttpApi, route: Route, variables: Mapping[str, str], request: Request, stamp: Stamp
) -> JsonObject:
    """Returns the event for the function of a route."""
    headers = _join((name.lower(), value) for name, value in request.headers)
    cookies = headers.pop("cookie", None)
    headers.pop("connection", None)  # concerns the client's hop only
    host = headers.get("host", "")
    # An HTTP API decodes every escape but %25 for rawPath.
    path = _ESCAPES.sub(lambda match: unquote(match[0].replace("%25", "%2525")), request.raw_path)
    event: JsonObject = {
        "version": "2.0",
        "routeKey": route.key,
        "rawPath": path,
        "rawQueryString": request.raw_query,
        "headers": headers
        | {
            "x-amzn-trace-id": f"Root={stamp.trace_root}",
            "x-forwarded-for": request.client_ip,
            "x-forwarded-port": host.rpartition(":")[2] if ":" in host else "80",
            "x-forwarded-proto": "http",
        },
        "requestContext": {
            "accountId": route.function_arn.split(":")[4],
            "apiId": api.api_id,
            "domainName": host,
            "domainPrefix": host.partition(".")[0],
            "http": {
                "method": request.method,
                "path": path,
                "protocol": "HTTP/1.1",
                "sourceIp": request.client_ip,
                "userAgent": headers.get("user-agent", ""),
            },
            "requestId": stamp.request_id,
            "routeKey": route.key,
            "stage": api.stage,
            "time": stamp.at.strftime("%d/%b/%Y:%H:%M:%S +0000"),
            "timeEpoch": int(stamp.at.timestamp() * 1000),
        },
        "isBase64Encoded": False,
    }
    if cookies:
        event["cookies"] = [part.strip() for part in cookies.split(";")]
    if variables:
        event["pathParameters"] = dict(variables)
    if request.raw_query:
        event["queryStringParameters"] = _join(parse_qsl(request.raw_query, keep_blank_values=True))
    return event | _event_body(request.body, headers.get("content-type", ""))


def shape_answer(payload: bytes) -> Answer:
    """Returns the client's response for the result of a function."""
    try:
        returned = json.loads(payload)
        if not isinstance(returned, dict) or "statusCode" not in returned:
            return Answer(200, _JSON, json.dumps(returned).encode())
        return _shape(returned)
    except (ValueError, TypeError, AttributeError):
        return FAILED


def _shape(returned: JsonObject) -> Answer:
    body = returned.get("body") or ""
    if not isinstance(body, str):
        return FAILED
    headers = {str(k).lower(): str(v) for k, v in (returned.get("headers") or {}).items()}
    headers.setdefault("content-type", "text/plain;charset=UTF-8")
    cookies = [("set-cookie", str(cookie)) for cookie in returned.get("cookies") or []]
    encoded = returned.get("isBase64Encoded") is True
    content = base64.b64decode(body, validate=True) if encoded else body.encode()
    status = int(returned["statusCode"])
    pairs = (*headers.items(), *cookies)
    if status not in _STATUSES or any(_CONTROL.search(text) for pair in pairs for text in pair):
        return FAILED
    return Answer(status, pairs, content)


def _event_body(body: bytes, content_type: str) -> JsonObject:
    if not body:
        return {}
    media_type = content_type.partition(";")[0].strip().lower()
    if media_type.startswith("text/") or media_type in _TEXT:
        return {"body": body.decode("utf-8", "replace")}
    return {"body": base64.b64encode(body).decode(), "isBase64Encoded": True}


def _join(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    joined: dict[str, str] = {}
    for name, value in pairs:
        joined[name] = f"{joined[name]},{value}" if name in joined else value
    return joined

"""Payload format 2.0 of HTTP APIs: the event a function gets, the answer a client gets."""

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
"""What a header must not hold: a line break would begin another header, or the body."""
_ESCAPES: Final = re.compile(r"(?:%[0-9A-Fa-f]{2})+")


@dataclass(frozen=True)
class Request:
    """What a client sent; path and query as they stood in the request line."""

    method: str
    raw_path: str
    raw_query: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    client_ip: str


@dataclass(frozen=True)
class Stamp:
    """What is different for every request: its time and ids."""

    at: datetime
    request_id: str
    trace_root: str


@dataclass(frozen=True)
class Answer:
    """What the client gets."""

    status: int
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""


def message(status: int, text: str) -> Answer:
    """Return an answer of the gateway's own."""
    return Answer(
        status, (("content-type", "application/json"),), f'{{"message":"{text}"}}'.encode()
    )


NOT_FOUND: Final = message(404, "Not Found")
FAILED: Final = message(500, "Internal Server Error")
UNAVAILABLE: Final = message(503, "Service Unavailable")
TOO_LARGE: Final = message(413, "Request Entity Too Large")


def make_event(
    api: HttpApi, route: Route, variables: Mapping[str, str], request: Request, stamp: Stamp
) -> JsonObject:
    """Return the event that the function behind a route gets."""
    headers = _join_headers(request.headers)
    cookies = headers.pop("cookie", None)
    headers.pop("connection", None)  # speaks of the client's hop only
    host = headers.get("host", "")
    path = _decode(request.raw_path)
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
    """Return the client's answer to what a function returned."""
    try:
        returned = json.loads(payload)
    except ValueError:
        return FAILED
    if not isinstance(returned, dict) or "statusCode" not in returned:
        return Answer(200, (("content-type", "application/json"),), json.dumps(returned).encode())
    try:
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


def _join_headers(headers: Iterable[tuple[str, str]]) -> dict[str, str]:
    return _join((name.lower(), value) for name, value in headers)


def _join(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    joined: dict[str, str] = {}
    for name, value in pairs:
        joined[name] = f"{joined[name]},{value}" if name in joined else value
    return joined


def _decode(raw_path: str) -> str:
    """Decode every escape but %25, as an HTTP API does for rawPath."""
    return _ESCAPES.sub(lambda match: unquote(match[0].replace("%25", "%2525")), raw_path)

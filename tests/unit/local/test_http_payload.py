"""Events and answers of HTTP APIs have payload format 2.0."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from trunklab.local.http.http_api import HttpApi, Route
from trunklab.local.http.http_payload import (
    FAILED,
    Answer,
    Request,
    Stamp,
    make_event,
    shape_answer,
)

ROUTE = Route("GET", "/things/{id}", "arn:aws:lambda:us-east-1:123456789012:function:f")
API = HttpApi("api", "$default", (ROUTE,))
STAMP = Stamp(datetime(2026, 3, 5, 7, 8, 9, tzinfo=UTC), "request", "1-69a92999-abc")


def _event(**changes: Any) -> dict[str, Any]:
    sent: dict[str, Any] = {
        "method": "GET",
        "raw_path": "/things/1",
        "raw_query": "",
        "headers": (("Host", "localhost:4567"), ("User-Agent", "probe")),
        "body": b"",
        "client_ip": "127.0.0.1",
    }
    return make_event(API, ROUTE, {"id": "1"}, Request(**(sent | changes)), STAMP)


def test_the_request_context_says_who_when_and_where() -> None:
    """Field by field as AWS documents it."""
    assert _event()["requestContext"] == {
        "accountId": "123456789012",
        "apiId": "api",
        "domainName": "localhost:4567",
        "domainPrefix": "localhost:4567",
        "http": {
            "method": "GET",
            "path": "/things/1",
            "protocol": "HTTP/1.1",
            "sourceIp": "127.0.0.1",
            "userAgent": "probe",
        },
        "requestId": "request",
        "routeKey": "GET /things/{id}",
        "stage": "$default",
        "time": "05/Mar/2026:07:08:09 +0000",
        "timeEpoch": 1772694489000,
    }


def test_headers_are_lower_case_joined_and_completed_with_where_they_came_from() -> None:
    """X-Forwarded-* tell a function how to build links to itself."""
    headers = (("Host", "localhost:4567"), ("X-A", "1"), ("x-a", "2"), ("Connection", "close"))

    assert _event(headers=headers)["headers"] == {
        "host": "localhost:4567",
        "x-a": "1,2",
        "x-amzn-trace-id": "Root=1-69a92999-abc",
        "x-forwarded-for": "127.0.0.1",
        "x-forwarded-port": "4567",
        "x-forwarded-proto": "http",
    }


@pytest.mark.parametrize(
    ("raw", "decoded"),
    [
        ("/a%20b", "/a b"),
        ("/a%2Fb", "/a/b"),
        ("/a%25b", "/a%25b"),
        ("/%C3%A4", "/ä"),
        ("/a+", "/a+"),
    ],
)
def test_the_path_is_decoded_but_for_the_percent_sign(raw: str, decoded: str) -> None:
    """So that decoding twice does no harm."""
    assert _event(raw_path=raw)["rawPath"] == decoded


@pytest.mark.parametrize("absent", ["body", "cookies", "queryStringParameters"])
def test_what_a_request_does_not_have_its_event_does_not_have_either(absent: str) -> None:
    """Absent, not null."""
    assert absent not in _event()


@pytest.mark.parametrize(
    ("content_type", "body", "encoded"),
    [
        ("application/json; charset=utf-8", "é", False),
        ("text/plain", "é", False),
        ("application/xml", "é", False),
        ("application/x-www-form-urlencoded", "w6k=", True),
        ("application/octet-stream", "w6k=", True),
        ("", "w6k=", True),
    ],
)
def test_only_text_arrives_as_text(content_type: str, body: str, encoded: bool) -> None:  # noqa: FBT001 - a table's column
    """Everything else in base64, also without a content type."""
    headers = (("Content-Type", content_type),) if content_type else ()

    event = _event(body="é".encode(), headers=headers)

    assert (event["body"], event["isBase64Encoded"]) == (body, encoded)


@pytest.mark.parametrize(
    ("returned", "status", "content_type", "body"),
    [
        ({"statusCode": 204}, 204, "text/plain;charset=UTF-8", b""),
        ({"statusCode": "201", "body": "x"}, 201, "text/plain;charset=UTF-8", b"x"),
        ({"statusCode": 200, "headers": {"Content-Type": "a/b"}}, 200, "a/b", b""),
        ({"statusCode": 200, "body": "/wA=", "isBase64Encoded": True}, 200, None, b"\xff\x00"),
        ({"free": "form"}, 200, "application/json", b'{"free": "form"}'),
        ("text", 200, "application/json", b'"text"'),
        (None, 200, "application/json", b"null"),
    ],
)
def test_what_a_function_returns_becomes_the_answer(
    returned: object, status: int, content_type: str | None, body: bytes
) -> None:
    """Without a status code, the whole value is a JSON body."""
    answer = shape_answer(json.dumps(returned).encode())

    assert (answer.status, answer.body) == (status, body)
    assert content_type is None or ("content-type", content_type) in answer.headers


def test_every_cookie_is_a_header_of_its_own() -> None:
    """Set-Cookie is the one header that must not be joined."""
    answer = shape_answer(b'{"statusCode": 200, "cookies": ["a=1", "b=2"]}')

    assert [value for name, value in answer.headers if name == "set-cookie"] == ["a=1", "b=2"]


@pytest.mark.parametrize(
    "payload",
    [
        b"no json",
        b'{"statusCode": "many"}',
        b'{"statusCode": null}',
        b'{"statusCode": 99}',
        b'{"statusCode": 600}',
        b'{"statusCode": 200, "headers": ["a"]}',
        b'{"statusCode": 200, "headers": {"a": "x\\r\\ny: z"}}',
        b'{"statusCode": 200, "body": {"not": "text"}}',
        b'{"statusCode": 200, "cookies": 3}',
        b'{"statusCode": 200, "body": "%%", "isBase64Encoded": true}',
    ],
)
def test_a_malformed_answer_is_an_internal_server_error(payload: bytes) -> None:
    """The function is at fault, not the client."""
    assert shape_answer(payload) == FAILED


def test_the_gateway_s_own_answers_look_like_aws() -> None:
    """Byte for byte."""
    expected = b'{"message":"Internal Server Error"}'

    assert Answer(500, (("content-type", "application/json"),), expected) == FAILED

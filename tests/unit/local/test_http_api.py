"""Routes of an HTTP API are read from OpenAPI and chosen by how much they say."""

from typing import Any

import pytest

from trunklab.local.http.http_api import HttpApi, define, find_route

ARN = "arn:aws:lambda:us-east-1:000000000000:function:f"
URI = f"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{ARN}/invocations"
INTEGRATION = {"type": "aws_proxy", "uri": URI, "payloadFormatVersion": "2.0"}


def _operation(**changes: object) -> dict[str, Any]:
    return {"x-amazon-apigateway-integration": INTEGRATION | changes}


def _api(*keys: str, stage: str = "$default") -> HttpApi:
    paths: dict[str, dict[str, object]] = {}
    for key in keys:
        method, path = key.split(" ")
        name = "x-amazon-apigateway-any-method" if method == "ANY" else method.lower()
        paths.setdefault(path, {})[name] = _operation()
    api, ignored = define({"ApiId": "a", "StageName": stage, "Body": {"paths": paths}})
    assert ignored == []
    return api


ROUTES = (
    *("GET /things", "GET /things/{id}", "GET /things/special", "ANY /things/{id}"),
    *("POST /things/{id}/parts/{part}", "GET /files/{path+}", "GET /files/{name}"),
)


@pytest.mark.parametrize(
    ("request_line", "key", "variables"),
    [
        ("GET /things", "GET /things", {}),
        ("GET //things", "GET /things", {}),
        ("GET /things/1", "GET /things/{id}", {"id": "1"}),
        ("GET /things/a%2Fb%20c", "GET /things/{id}", {"id": "a/b c"}),
        ("GET /things/special", "GET /things/special", {}),
        ("DELETE /things/special", "ANY /things/{id}", {"id": "special"}),
        ("POST /things/1/parts/2", "POST /things/{id}/parts/{part}", {"id": "1", "part": "2"}),
        ("GET /files/a", "GET /files/{name}", {"name": "a"}),
        ("GET /files/a/b", "GET /files/{path+}", {"path": "a/b"}),
    ],
)
def test_the_most_specific_route_wins(
    request_line: str, key: str, variables: dict[str, str]
) -> None:
    """Literal segments before variables, a full match before a greedy one, a method before ANY."""
    method, path = request_line.split(" ")

    found = find_route(_api(*ROUTES), method, path)

    assert found is not None
    assert (found[0].key, found[1]) == (key, variables)


@pytest.mark.parametrize(
    "request_line", ["GET /", "GET /thing", "GET /things/", "POST /things", "GET /files/"]
)
def test_what_no_route_matches_has_none(request_line: str) -> None:
    """An empty segment is no value of a variable."""
    method, path = request_line.split(" ")

    assert find_route(_api(*ROUTES), method, path) is None


def test_the_default_route_takes_what_is_left() -> None:
    """Whatever method and path."""
    api = _api("GET /a", "ANY /$default")

    found = find_route(api, "PUT", "/b/c")

    assert found is not None
    assert found[0].key == "$default"


def test_a_named_stage_stands_before_every_path() -> None:
    """As in the address that AWS gives such an API."""
    api = _api("GET /a", stage="prod")

    assert find_route(api, "GET", "/prod/a") is not None
    assert find_route(api, "GET", "/a") is None


@pytest.mark.parametrize(
    ("operation", "said"),
    [
        (_operation(type="http_proxy"), "its integration is not a function"),
        (_operation(uri="https://example.com"), "its integration is not a function"),
        (_operation(payloadFormatVersion="1.0"), "its payload format is not 2.0"),
        (_operation() | {"security": [{"jwt": []}]}, "it has an authorizer"),
        ({}, "its integration is not a function"),
    ],
)
def test_a_route_that_is_not_served_is_named(operation: dict[str, Any], said: str) -> None:
    """It answers 404 rather than without its authorizer."""
    body = {"paths": {"/a": {"get": operation, "parameters": []}}}

    api, ignored = define({"ApiId": "a", "StageName": "$default", "Body": body})

    assert api.routes == ()
    assert ignored == [f"GET /a: {said}"]


def test_cross_origin_settings_are_named_as_not_served() -> None:
    """A browser's front end on another origin would notice."""
    body = {"paths": {}, "x-amazon-apigateway-cors": {"allowOrigins": ["*"]}}

    _, ignored = define({"ApiId": "a", "StageName": "$default", "Body": body})

    assert ignored == ["CORS"]

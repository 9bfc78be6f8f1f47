"""The schema registry answers as EventBridge's does, over its REST protocol."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from trunklab.local.http.rest_api import RestResponse
from trunklab.local.local_limits import SCHEMA_CONTENT_CHARACTERS_MAX
from trunklab.local.schema_registry import Call, SchemaRegistry, answer

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
CONTENT = '{"openapi": "3.0.0"}'
REGISTRY = "/v1/registries/name/r"
SCHEMA = f"{REGISTRY}/schemas/name/zoo.visits%40GateOpened"
VALID = {"Type": "OpenApi3", "Content": CONTENT}


class Client:
    """Calls a registry of its own."""

    def __init__(self) -> None:
        self.registry = SchemaRegistry()

    def __call__(self, line: str, body: object = None, **query: str) -> RestResponse:
        """Send one request."""
        method, path = line.split(" ")
        content = b"" if body is None else json.dumps(body).encode()
        return answer(self.registry, Call(method, path, query, content, NOW))


@pytest.fixture
def call() -> Client:
    """A client of an empty registry."""
    return Client()


@pytest.fixture
def filled(call: Client) -> Client:
    """A client of a registry with one schema."""
    assert call(f"POST {REGISTRY}", {"Description": "d", "tags": {"k": "v"}}).status == 201
    assert call(f"POST {SCHEMA}", VALID).status == 201
    return call


def _body(reply: RestResponse) -> dict[str, Any]:
    assert reply.body is not None
    return reply.body


def test_a_registry_is_created_described_changed_listed_and_deleted(call: Client) -> None:
    """With the ARN that AWS would make."""
    arn = "arn:aws:schemas:us-east-1:000000000000:registry/r"
    made = {"RegistryArn": arn, "RegistryName": "r", "tags": {}}

    assert call(f"POST {REGISTRY}", {}) == RestResponse(201, made)
    assert call(f"PUT {REGISTRY}", {"Description": "d"}).status == 200
    assert call(f"GET {REGISTRY}") == RestResponse(200, made | {"Description": "d"})
    assert _body(call("GET /v1/registries")) == {"Registries": [made]}
    assert call(f"DELETE {REGISTRY}") == RestResponse(204, None)
    assert call(f"GET {REGISTRY}").status == 404


def test_a_schema_has_its_content_only_where_it_is_described(filled: Client) -> None:
    """Creation and listing tell of it without the content."""
    described = _body(filled(f"GET {SCHEMA}"))
    [listed] = _body(filled(f"GET {REGISTRY}/schemas"))["Schemas"]

    assert described["Content"] == CONTENT
    assert described["SchemaArn"].endswith(":schema/r/zoo.visits@GateOpened")
    assert described["LastModified"] == "2026-01-02T03:04:05Z"
    assert (listed["SchemaName"], listed["VersionCount"]) == ("zoo.visits@GateOpened", 1)
    assert "Content" not in listed


def test_other_content_makes_a_new_version_and_the_same_does_not(filled: Client) -> None:
    """Old versions stay readable."""
    other = '{"openapi": "3.0.3"}'

    assert _body(filled(f"PUT {SCHEMA}", VALID))["SchemaVersion"] == "1"
    assert _body(filled(f"PUT {SCHEMA}", {"Content": other}))["SchemaVersion"] == "2"
    assert _body(filled(f"GET {SCHEMA}"))["Content"] == other
    assert _body(filled(f"GET {SCHEMA}", schemaVersion="1"))["Content"] == CONTENT
    versions = _body(filled(f"GET {SCHEMA}/versions"))["SchemaVersions"]
    assert [one["SchemaVersion"] for one in versions] == ["1", "2"]


def test_lists_come_in_pages_and_by_prefix(filled: Client) -> None:
    """A token says where the next page begins."""
    for name in ("b", "a"):
        filled(f"POST {REGISTRY}/schemas/name/{name}", VALID)

    first = _body(filled(f"GET {REGISTRY}/schemas", limit="2"))
    rest = _body(filled(f"GET {REGISTRY}/schemas", limit="2", nextToken=first["NextToken"]))
    found = _body(filled(f"GET {REGISTRY}/schemas", schemaNamePrefix="zoo."))

    assert [one["SchemaName"] for one in first["Schemas"]] == ["a", "b"]
    assert [one["SchemaName"] for one in rest["Schemas"]] == ["zoo.visits@GateOpened"]
    assert "NextToken" not in rest
    assert len(found["Schemas"]) == 1


@pytest.mark.parametrize(
    ("line", "body", "status", "code"),
    [
        ("GET /v1/registries/name/none", None, 404, "NotFoundException"),
        ("DELETE /v1/registries/name/none", None, 404, "NotFoundException"),
        ("POST /v1/registries/name/r", {}, 409, "ConflictException"),
        ("POST /v1/registries/name/aws.events", {}, 403, "ForbiddenException"),
        ("POST /v1/registries/name/a%20b", {}, 400, "BadRequestException"),
        (f"POST /v1/registries/name/{'a' * 65}", {}, 400, "BadRequestException"),
        ("POST /v1/registries/name/n", [], 400, "BadRequestException"),
        (f"POST {SCHEMA}", VALID, 409, "ConflictException"),
        (f"GET {REGISTRY}/schemas/name/none", None, 404, "NotFoundException"),
        (f"GET {REGISTRY}/schemas/name/none/versions", None, 404, "NotFoundException"),
        (f"PUT {REGISTRY}/schemas/name/none", VALID, 404, "NotFoundException"),
        (f"DELETE {REGISTRY}/schemas/name/none", None, 404, "NotFoundException"),
        ("GET /v1/registries/name/none/schemas", None, 404, "NotFoundException"),
        (f"POST {REGISTRY}/schemas/name/a%2Fb", VALID, 400, "BadRequestException"),
        (f"POST {REGISTRY}/schemas/name/n", {"Content": CONTENT}, 400, "BadRequestException"),
        (f"POST {REGISTRY}/schemas/name/n", VALID | {"Type": "X"}, 400, "BadRequestException"),
        (f"POST {REGISTRY}/schemas/name/n", VALID | {"Content": ""}, 400, "BadRequestException"),
        (f"POST {REGISTRY}/schemas/name/n", VALID | {"Content": "{"}, 400, "BadRequestException"),
        (f"POST {REGISTRY}/schemas/name/n", VALID | {"Content": "[]"}, 400, "BadRequestException"),
        (
            f"POST {REGISTRY}/schemas/name/n",
            VALID | {"Content": '"' + "x" * SCHEMA_CONTENT_CHARACTERS_MAX + '"'},
            400,
            "BadRequestException",
        ),
        ("POST /v1/discoverers", {}, 400, "BadRequestException"),
        ("GET /v1/registries/name/r/schemas/search", None, 400, "BadRequestException"),
    ],
)
def test_what_cannot_be_done_is_refused_with_aws_s_code(
    filled: Client, line: str, body: object, status: int, code: str
) -> None:
    """The error document names code and reason."""
    reply = filled(line, body)

    assert (reply.status, reply.error) == (status, code)
    assert _body(reply)["Code"] == code
    assert _body(reply)["Message"]


@pytest.mark.parametrize("query", [{"limit": "0"}, {"limit": "x"}, {"nextToken": "-1"}])
def test_a_wrong_page_is_refused(filled: Client, query: dict[str, str]) -> None:
    """Not guessed at."""
    assert filled("GET /v1/registries", **query).error == "BadRequestException"


def test_an_unknown_version_is_not_found(filled: Client) -> None:
    """Nor is something that is no number."""
    assert filled(f"GET {SCHEMA}", schemaVersion="2").error == "NotFoundException"
    assert filled(f"GET {SCHEMA}", schemaVersion="x").error == "NotFoundException"

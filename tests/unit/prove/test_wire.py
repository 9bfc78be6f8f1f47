"""A call is named by what it asks for, whoever it is for."""

import pytest

from trunklab.testing.wire import call_of

SIGNED = {"authorization": "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/sns/aws4_request"}


@pytest.mark.parametrize(
    ("method", "path", "headers", "sent", "named", "is_aws"),
    [
        ("POST", "/", {"X-Amz-Target": "DynamoDB_20120810.PutItem"}, b"{}", "PutItem", True),
        ("POST", "/", {"x-amz-target": "AWSEvents.PutEvents"}, b"{}", "PutEvents", True),
        ("POST", "/", SIGNED, b"Action=Publish&Version=2010-03-31", "Publish", True),
        ("GET", "/schedules/one?x=1", SIGNED, b"", "GET /schedules/one", True),
        ("POST", "/charges?tenant=1", {}, b'{"amount": 1}', "POST /charges", False),
        ("DELETE", "/charges/1", {}, b"", "DELETE /charges/1", False),
    ],
)
def test_a_call_is_named(  # noqa: PLR0913 - a table of its parts
    method: str, path: str, headers: dict[str, str], sent: bytes, named: str, *, is_aws: bool
) -> None:
    """By its operation, or by method and path."""
    call = call_of(method, path, headers, sent)

    assert (call.operation, call.is_aws) == (named, is_aws)


@pytest.mark.parametrize("sent", [b"", b"no json", b"[1]", b"\xff"])
def test_a_call_without_an_object_has_no_body(sent: bytes) -> None:
    """Whoever looks for a field finds none."""
    assert call_of("POST", "/", {}, sent).body == {}

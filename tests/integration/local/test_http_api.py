"""An HTTP API answers at a listener of its own as API Gateway would."""

import pytest

from tests.integration.local.web import send


def test_a_function_gets_the_request_in_payload_format_2(api_url: str) -> None:
    """Path variables are decoded, repeated values joined, cookies a list of their own."""
    url = f"{api_url}/things/a%20b%2Fc?x=1&x=2&empty="

    event = send("GET", url, headers={"Cookie": "k=v; l=w", "X-Probe": "p"}).json()

    assert event["version"] == "2.0"
    assert event["routeKey"] == "GET /things/{id}"
    assert event["rawQueryString"] == "x=1&x=2&empty="
    assert event["pathParameters"] == {"id": "a b/c"}
    assert event["queryStringParameters"] == {"x": "1,2", "empty": ""}
    assert event["cookies"] == ["k=v", "l=w"]
    assert event["headers"]["x-probe"] == "p"
    assert "body" not in event


def test_a_function_can_build_links_to_where_the_client_came_from(api_url: str) -> None:
    """The Host is the client's, and the scheme is the one it used."""
    event = send("GET", f"{api_url}/things/1").json()

    assert f"{event['headers']['x-forwarded-proto']}://{event['headers']['host']}" == api_url
    assert event["rawPath"] == "/things/1"


def test_a_json_body_arrives_as_text_and_a_binary_one_in_base64(api_url: str) -> None:
    """What counts as text is decided by the content type."""
    url = f"{api_url}/things"

    text = send("POST", url, b'{"a": 1}', {"Content-Type": "application/json"}).json()
    binary = send("POST", url, b"\xff\x00", {"Content-Type": "image/png"}).json()

    assert (text["body"], text["isBase64Encoded"]) == ('{"a": 1}', False)
    assert (binary["body"], binary["isBase64Encoded"]) == ("/wA=", True)


def test_status_headers_and_cookies_of_the_function_reach_the_client(api_url: str) -> None:
    """Each cookie of the answer is a Set-Cookie header."""
    reply = send("POST", f"{api_url}/things", b"{}", {"Content-Type": "application/json"})

    assert reply.status == 201
    assert reply.headers["x-probe"] == "1"
    assert reply.headers.get_all("set-cookie") == ["a=1", "b=2"]


def test_a_failing_function_is_an_internal_server_error(api_url: str) -> None:
    """The client learns nothing of what went wrong inside."""
    reply = send("GET", f"{api_url}/broken")

    assert (reply.status, reply.body) == (500, b'{"message":"Internal Server Error"}')


@pytest.mark.parametrize(("method", "path"), [("GET", "/"), ("GET", "/none"), ("PUT", "/things")])
def test_what_no_route_matches_is_not_found(api_url: str, method: str, path: str) -> None:
    """A wrong method is not found either, as in AWS."""
    reply = send(method, f"{api_url}{path}")

    assert (reply.status, reply.body) == (404, b'{"message":"Not Found"}')

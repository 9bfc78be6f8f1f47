"""How AWS is called: what is sent, what comes of each answer, and of none."""

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from zlib import crc32

import pytest

from trunkline.aws import AwsClient, AwsError, AwsRefusedError, AwsUnreachableError, Patience
from trunkline.effects import Effects
from trunkline.settings import AwsPlace
from trunkline.sigv4 import Credentials

NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)
ATTEMPTS = 3
OK = (200, b"{}")


class Aws:
    """A server that answers as a test says; None in place of an answer cuts the line."""

    def __init__(self, *answers: tuple[int, bytes] | None, **headers: str) -> None:
        self.answers = list(answers)
        self.headers = headers
        self.requests: list[tuple[dict[str, str], Any]] = []
        self.ports: list[int] = []
        self.clients: list[AwsClient] = []
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.server.daemon_threads = True

    def client(self, service: str = "dynamodb") -> AwsClient:
        """A client of this server."""
        endpoint = f"http://127.0.0.1:{self.server.server_port}"
        place = AwsPlace("eu-west-1", Credentials("AKID", "secret"), {service: endpoint})
        patience = Patience(connect_s=2, read_s=5, attempts=ATTEMPTS)
        self.clients.append(AwsClient(service, place, patience, Effects.seeded(1, NOON)))
        return self.clients[-1]

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        aws = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                """Keeps the request, answers the next answer."""
                body = self.rfile.read(int(self.headers["Content-Length"]))
                aws.requests.append(({k.lower(): v for k, v in self.headers.items()}, body))
                aws.ports.append(self.client_address[1])
                answer = aws.answers.pop(0) if aws.answers else OK
                if answer is None:
                    self.close_connection = True
                    return
                self.send_response(answer[0])
                self.send_header("Content-Length", str(len(answer[1])))
                self.send_header("x-amzn-requestid", "r-1")
                if "checksum" in aws.headers:
                    self.send_header("x-amz-crc32", aws.headers["checksum"])
                if "kind" in aws.headers and answer[0] != OK[0]:
                    self.send_header("x-amzn-errortype", aws.headers["kind"])
                self.end_headers()
                self.wfile.write(answer[1])

            def log_message(self, *_arguments: Any) -> None:
                """Kept, not printed."""

        return Handler


@contextmanager
def serving(*answers: tuple[int, bytes] | None, **headers: str) -> Iterator[Aws]:
    """The server, until the end of the test."""
    aws = Aws(*answers, **headers)
    thread = threading.Thread(target=aws.server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield aws
    finally:
        for client in aws.clients:
            client.close()
        aws.server.shutdown()
        thread.join()
        aws.server.server_close()


def refusal(status: int, code: str, **more: Any) -> tuple[int, bytes]:
    """AWS's error answer."""
    return status, json.dumps({"__type": f"com.amazon#{code}", **more}).encode()


PROTOCOLS = {
    ("dynamodb", "get_item"): ("DynamoDB_20120810.GetItem", "application/x-amz-json-1.0"),
    ("events", "put_events"): ("AWSEvents.PutEvents", "application/x-amz-json-1.1"),
    ("sqs", "send_message"): ("AmazonSQS.SendMessage", "application/x-amz-json-1.0"),
}


@pytest.mark.parametrize(("service", "call"), PROTOCOLS)
def test_a_call_says_what_it_is_and_is_signed(service: str, call: str) -> None:
    """AWS's JSON protocols: the operation in a header, the request as the body."""
    with serving((200, b'{"answer":1}')) as aws:
        answer = getattr(aws.client(service), call)(Name="n", Text="Zoë")

    ((headers, body),) = aws.requests
    assert answer == {"answer": 1}
    assert (headers["x-amz-target"], headers["content-type"]) == PROTOCOLS[service, call]
    assert json.loads(body) == {"Name": "n", "Text": "Zoë"}
    assert f"/eu-west-1/{service}/aws4_request" in headers["authorization"]


def test_calls_share_a_connection() -> None:
    """Opening one to AWS takes longer than most calls."""
    with serving() as aws:
        client = aws.client()
        client.get_item()
        client.get_item()

    assert len(set(aws.ports)) == 1


def test_a_refusal_carries_its_code_and_its_answer() -> None:
    """The reasons of a cancelled transaction, the item under which a condition failed."""
    answer = refusal(400, "ConditionalCheckFailedException", Item={"pk": {"S": "x"}}, message="no")
    with serving(answer) as aws, pytest.raises(AwsRefusedError) as caught:
        aws.client().put_item()

    assert caught.value.code == "ConditionalCheckFailedException"
    assert caught.value.answer["Item"] == {"pk": {"S": "x"}}
    assert (caught.value.status, caught.value.message) == (400, "no")
    assert len(aws.requests) == 1


def test_the_text_of_a_refusal_does_not_quote_aws() -> None:
    """AWS's words may hold what was sent."""
    with (
        serving(refusal(400, "ValidationException", message="bad: ada@example.com")) as aws,
        pytest.raises(AwsError, match=r"^PutItem failed with ValidationException$"),
    ):
        aws.client().put_item()


@pytest.mark.parametrize(
    "passing",
    [
        refusal(400, "ProvisionedThroughputExceededException"),
        refusal(400, "ThrottlingException"),
        refusal(400, "TransactionInProgressException"),
        refusal(400, "ThrottlingException:http://internal.amazon.com/coral/x"),
        (429, b"{}"),
        refusal(500, "InternalServerError"),
        (503, b"<html>"),
        None,
    ],
)
def test_what_may_pass_is_sent_again(passing: tuple[int, bytes] | None) -> None:
    """Throttling, faults of AWS, and a line that was cut."""
    with serving(passing, passing) as aws:
        assert aws.client().get_item() == {}

    assert len(aws.requests) == ATTEMPTS


def test_a_call_is_sent_no_more_often_than_it_may() -> None:
    """What remains is the last answer."""
    with (
        serving(*[refusal(500, "InternalServerError")] * ATTEMPTS) as aws,
        pytest.raises(AwsRefusedError) as caught,
    ):
        aws.client().get_item()

    assert caught.value.may_pass
    assert len(aws.requests) == ATTEMPTS


@pytest.mark.parametrize("answer", [b"<html>", b"[]", b"\xff", b""])
def test_nonsense_is_no_answer(answer: bytes) -> None:
    """A proxy's page, or nothing, is not what AWS said: what came of the call is not known."""
    with serving(*[(200, answer)] * ATTEMPTS) as aws, pytest.raises(AwsUnreachableError) as caught:
        aws.client().transact_write_items()

    assert caught.value.code == "NotJson"
    assert len(aws.requests) == ATTEMPTS


def test_sqs_may_answer_without_a_word() -> None:
    """Some of its operations have nothing to say."""
    with serving((200, b"")) as aws:
        assert aws.client("sqs").delete_message() == {}


def test_an_answer_that_was_damaged_on_the_way_is_none() -> None:
    """DynamoDB sends a checksum along."""
    with serving(*[OK] * ATTEMPTS, checksum="1") as aws, pytest.raises(AwsUnreachableError) as no:
        aws.client().get_item()

    assert no.value.code == "ChecksumMismatch"


def test_an_answer_that_came_whole_is_one() -> None:
    """Its checksum says so."""
    with serving((200, b'{"a":1}'), checksum=str(crc32(b'{"a":1}'))) as aws:
        assert aws.client().get_item() == {"a": 1}


def test_the_kind_of_a_refusal_may_stand_in_a_header() -> None:
    """With a word about where it is documented behind it."""
    with (
        serving((400, b"{}"), kind="ThrottlingException:http://internal.amazon.com/x") as aws,
    ):
        assert aws.client().get_item() == {}

    assert len(aws.requests) == 2


def test_a_transaction_that_is_sent_again_carries_the_same_token() -> None:
    """DynamoDB then knows it for the same one: its answer was lost, not its effect."""
    with serving(None) as aws:
        client = aws.client()
        client.transact_write_items(TransactItems=[])
        client.transact_write_items(TransactItems=[])

    first, again, another = (json.loads(body)["ClientRequestToken"] for _, body in aws.requests)
    assert first == again != another


def test_no_answer_is_told_from_a_refusal() -> None:
    """The call may have taken effect."""
    with serving(*[None] * ATTEMPTS) as aws, pytest.raises(AwsUnreachableError) as caught:
        aws.client().put_item()

    assert caught.value.operation == "PutItem"
    assert caught.value.code == "RemoteDisconnected"


def test_nobody_at_the_endpoint_is_no_answer() -> None:
    """The port is closed."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        place = AwsPlace(
            "eu-west-1",
            Credentials("AKID", "secret"),
            {"sqs": f"http://127.0.0.1:{taken.getsockname()[1]}"},
        )
        client = AwsClient("sqs", place, Patience(1, 1, 1), Effects.seeded(1, NOON))

        with pytest.raises(AwsUnreachableError, match="ConnectionRefusedError"):
            client.send_message()


def test_a_connection_that_was_closed_meanwhile_is_not_used() -> None:
    """A function sleeps between invocations; its connections do not outlive that."""
    with serving() as aws:
        client = aws.client()
        client.get_item()
        idle = client._idle[0]  # noqa: SLF001 - what the far side closed
        idle.sock.shutdown(socket.SHUT_RDWR)

        assert client.get_item() == {}

    assert len(set(aws.ports)) == 2


def test_a_private_name_is_no_call() -> None:
    """Copying and pickling ask for such names: AWS must not be asked for them."""
    with serving() as aws, pytest.raises(AttributeError):
        _ = aws.client()._repr_html_

    assert aws.requests == []

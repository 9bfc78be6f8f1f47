"""A request is signed as AWS's own library signs it."""

from datetime import UTC, datetime, timedelta

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials as Theirs
from hypothesis import given
from hypothesis import strategies as st

from trunkline.sigv4 import Credentials, Signer

NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)
WORDS = st.text("abcdefghijklmnopqrstuvwxyz0123456789", min_size=1, max_size=20)


class _At(SigV4Auth):  # type: ignore[misc]  # botocore ships no types
    """botocore's signer at a time that the test chooses."""

    def _modify_request_before_signing(self, request: AWSRequest) -> None:
        request.headers["X-Amz-Date"] = request.context["timestamp"]
        if self.credentials.token:
            request.headers["X-Amz-Security-Token"] = self.credentials.token


def theirs(headers: dict[str, str], body: bytes, now: datetime, token: str) -> str:
    """The Authorization header of botocore."""
    url = f"https://{headers['host']}/"
    request = AWSRequest(method="POST", url=url, data=body, headers=dict(headers))
    request.context["timestamp"] = f"{now:%Y%m%dT%H%M%SZ}"
    signer = _At(Theirs("AKID", "secret", token or None), "dynamodb", "eu-west-1")
    signer._modify_request_before_signing(request)  # noqa: SLF001 - the oracle's own step
    canonical = signer.canonical_request(request)
    signature = signer.signature(signer.string_to_sign(request, canonical), request)
    names = signer.signed_headers(signer.headers_to_sign(request))
    scope = signer.scope(request)
    return f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders={names}, Signature={signature}"


@given(body=st.binary(max_size=500), host=WORDS, target=WORDS, token=st.sampled_from(["", "t/+="]))
def test_a_signature_is_the_one_of_botocore(
    body: bytes, host: str, target: str, token: str
) -> None:
    """Whatever the body, the host, the operation and the session."""
    headers = {
        "content-type": "application/x-amz-json-1.0",
        "host": f"{host}.amazonaws.com",
        "x-amz-target": target,
    }
    signer = Signer(Credentials("AKID", "secret", token), "eu-west-1", "dynamodb")

    signed = signer.signed(headers, body, NOON)

    assert signed["authorization"] == theirs(headers, body, NOON, token)
    assert signed.get("x-amz-security-token", "") == token


def test_a_signature_after_midnight_has_the_new_days_key() -> None:
    """The key is kept for a day and no longer."""
    headers = {"host": "h", "x-amz-target": "t"}
    signer = Signer(Credentials("AKID", "secret"), "eu-west-1", "dynamodb")
    signer.signed(headers, b"", NOON)

    signed = signer.signed(headers, b"", NOON + timedelta(days=1))

    assert signed["authorization"] == theirs(headers, b"", NOON + timedelta(days=1), "")


@pytest.mark.parametrize("secret", ["secret", "token"])
def test_no_secret_stands_in_the_text_of_credentials(secret: str) -> None:
    """They may meet a log line or a traceback."""
    assert f"my-{secret}" not in repr(Credentials("AKID", "my-secret", "my-token"))

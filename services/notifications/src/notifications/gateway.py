"""HTTP client of the gateway that sends messages to customers."""

import json
import re
import ssl
from contextlib import closing
from dataclasses import asdict, dataclass
from functools import cache
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import Final
from urllib.parse import SplitResult, urlsplit

from trunkline import ConfigurationError, PermanentError, RetryableError

TIMEOUT_S: Final = 3.0
"""Timeout of the gateway in seconds; well below the function's Timeout of 10 s."""

PASSING: Final = frozenset({408, 409, 425, 429})
"""Temporary refusals: timeout, conflict, too early, too many requests."""

_SENDABLE: Final = re.compile(r"[!-~]+")
"""Characters of a request line."""


@dataclass(frozen=True)
class Message:
    """A message for the gateway, which stores the customers' addresses itself."""

    customer_id: str
    text: str


def send(message: Message, url: str, key: str) -> None:
    """Passes the message to the gateway, which sends it once for each key.

    Raises PermanentError if the gateway refuses it permanently, RetryableError for a temporary
    failure or a missing response, ConfigurationError for an invalid URL.
    """
    status = _status(json.dumps(asdict(message)).encode(), _parts(url), key)
    refusal = f"the message gateway returned {status}"
    if status // 100 == 4 and status not in PASSING:  # noqa: PLR2004 - the client errors of HTTP
        raise PermanentError(f"{refusal}: check its log, fix the cause, then redrive")
    if status // 100 != 2:  # noqa: PLR2004 - anything but success
        raise RetryableError(refusal)


def _status(body: bytes, url: SplitResult, key: str) -> int:
    path = f"{url.path or '/'}?{url.query}" if url.query else url.path or "/"
    headers = {"Content-Type": "application/json", "Idempotency-Key": key}
    with closing(_connection(url)) as connection:
        try:
            connection.request("POST", path, body, headers)
            status: int = connection.getresponse().status
        except (OSError, HTTPException) as error:
            # It is unknown whether the gateway has the message: the retry uses the same key.
            raise RetryableError(
                f"the message gateway did not respond ({type(error).__name__})"
            ) from error
    return status


def _connection(url: SplitResult) -> HTTPConnection:
    host, port = str(url.hostname), url.port
    if url.scheme == "https":
        return HTTPSConnection(host, port, timeout=TIMEOUT_S, context=_tls())
    return HTTPConnection(host, port, timeout=TIMEOUT_S)


@cache
def _tls() -> ssl.SSLContext:
    # Once per process: reading the certificates takes longer than sending a message.
    return ssl.create_default_context()


def _parts(url: str) -> SplitResult:
    """Returns the parts of the URL; errors never quote it, since it may contain a secret."""
    wrong = "MESSAGE_GATEWAY_URL is not an HTTP URL: set MessageGatewayUrl in samconfig.toml"
    try:
        parts = urlsplit(url)
        has_place = bool(parts.scheme in {"http", "https"} and parts.hostname and parts.port != 0)
    except ValueError:
        raise ConfigurationError(wrong) from None
    if not has_place or parts.username is not None or not _SENDABLE.fullmatch(url):
        raise ConfigurationError(wrong)
    return parts

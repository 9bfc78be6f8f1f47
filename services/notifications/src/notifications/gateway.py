"""How a message leaves the app: by HTTP, through the gateway that sends it to the customer."""

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
"""Seconds the gateway may be silent; well below the function's Timeout of 10 s."""

PASSING: Final = frozenset({408, 409, 425, 429})
"""Refusals that may end by themselves: time-out, conflict, too early, too many requests."""

_SENDABLE: Final = re.compile(r"[!-~]+")
"""What a request line can hold."""


@dataclass(frozen=True)
class Message:
    """What the gateway must know: it keeps the customers' addresses itself."""

    customer_id: str
    text: str


def send(message: Message, url: str, key: str) -> None:
    """Hands the message over; the gateway sends it once for each key.

    Raises PermanentError where the gateway will never take it, RetryableError where it may take it
    later or did not say, ConfigurationError for a URL that is none.
    """
    status = _status(json.dumps(asdict(message)).encode(), _parts(url), key)
    refusal = f"the message gateway answered {status}"
    if status // 100 == 4 and status not in PASSING:  # noqa: PLR2004 - the client errors of HTTP
        raise PermanentError(f"{refusal}: look into its log, mend the cause, then redrive")
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
            # Whether it has the message is not known: the retry comes with the same key.
            raise RetryableError(
                f"the message gateway did not answer ({type(error).__name__})"
            ) from error
    return status


def _connection(url: SplitResult) -> HTTPConnection:
    host, port = str(url.hostname), url.port
    if url.scheme == "https":
        return HTTPSConnection(host, port, timeout=TIMEOUT_S, context=_tls())
    return HTTPConnection(host, port, timeout=TIMEOUT_S)


@cache
def _tls() -> ssl.SSLContext:
    # Once in a process: reading the certificates takes longer than sending a message.
    return ssl.create_default_context()


def _parts(url: str) -> SplitResult:
    """The URL taken apart; its text is in no error, since it may hold a secret."""
    wrong = "MESSAGE_GATEWAY_URL is no http or https URL: set MessageGatewayUrl in samconfig.toml"
    try:
        parts = urlsplit(url)
        has_place = bool(parts.scheme in {"http", "https"} and parts.hostname and parts.port != 0)
    except ValueError:
        raise ConfigurationError(wrong) from None
    if not has_place or parts.username is not None or not _SENDABLE.fullmatch(url):
        raise ConfigurationError(wrong)
    return parts

"""AWS Signature Version 4 for POST requests to the root of a service."""

import hmac
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Final

_ALGORITHM: Final = "AWS4-HMAC-SHA256"
_END: Final = "aws4_request"


@dataclass(frozen=True)
class Credentials:
    """Credentials of the function; `token` is empty if they do not expire."""

    key_id: str
    secret: str = field(repr=False)
    token: str = field(default="", repr=False)


class Signer:
    """Signs requests to one service in one region."""

    def __init__(self, credentials: Credentials, region: str, service: str) -> None:
        self._credentials = credentials
        self._region = region
        self._service = service
        self._day = ("", b"")

    def signed(self, headers: dict[str, str], body: bytes, now: datetime) -> dict[str, str]:
        """Returns the headers, in lower case and with `host`, plus the signature headers.

        Only `host`, `content-type` and AWS's own headers are signed.
        """
        moment = f"{now:%Y%m%dT%H%M%SZ}"
        headers = {**headers, "x-amz-date": moment}
        if self._credentials.token:
            headers["x-amz-security-token"] = self._credentials.token
        names = sorted(headers)
        lines = "".join(f"{name}:{headers[name]}\n" for name in names)
        signed = ";".join(names)
        request = f"POST\n/\n\n{lines}\n{signed}\n{sha256(body).hexdigest()}"
        scope = f"{moment[:8]}/{self._region}/{self._service}/{_END}"
        text = f"{_ALGORITHM}\n{moment}\n{scope}\n{sha256(request.encode()).hexdigest()}"
        signature = hmac.digest(self._key(moment[:8]), text.encode(), sha256).hex()
        headers["authorization"] = (
            f"{_ALGORITHM} Credential={self._credentials.key_id}/{scope}, "
            f"SignedHeaders={signed}, Signature={signature}"
        )
        return headers

    def _key(self, day: str) -> bytes:
        known, key = self._day  # one read: another thread may change it meanwhile
        if known != day:
            key = f"AWS4{self._credentials.secret}".encode()
            for part in (day, self._region, self._service, _END):
                key = hmac.digest(key, part.encode(), sha256)
            self._day = (day, key)
        return key

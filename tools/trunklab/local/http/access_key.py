"""The access key of one run, for machines whose kernel does not report the user of a connection."""

import hmac
import re
from collections.abc import Mapping
from typing import Final
from urllib.parse import urlsplit

from trunklab import effects, settings
from trunklab.local import pid_file

_KEY_DIGITS: Final = 32
"""128 bits, as hexadecimal."""
_IN_HEADER: Final = re.compile(r"Credential=([^/,\s]+)/")
_LOCAL_NAMES: Final = frozenset({"localhost", "127.0.0.1"})


def make() -> str:
    """Returns a new random key."""
    return effects.random_hex(_KEY_DIGITS)


def of(endpoint: str) -> str:
    """Returns the access key for an endpoint: that of its run if it demands one."""
    try:
        port = urlsplit(endpoint).port
    except ValueError:
        return settings.LOCAL_CREDENTIAL  # whoever connects reports the address
    # The key must not leave this machine.
    if port is None or not is_local(endpoint):
        return settings.LOCAL_CREDENTIAL
    held = pid_file.read(port)
    return (held and held.access_key) or settings.LOCAL_CREDENTIAL


def is_local(url: str) -> bool:
    """True if the host of a URL is a name of this machine."""
    try:
        name = urlsplit(url).hostname or ""
    except ValueError:
        return False
    return name in _LOCAL_NAMES or name.endswith(".localhost")


def is_given(headers: Mapping[str, str], query: Mapping[str, str], key: str) -> bool:
    """True if a request is signed with the key, in its headers or as a presigned URL."""
    signed = _IN_HEADER.search(headers.get("Authorization", ""))
    if signed:
        given = signed[1]
    else:  # presigned with Signature Version 4, or 2, which boto3 still uses for S3
        version_4 = query.get("X-Amz-Credential", "").partition("/")[0]
        given = version_4 or query.get("AWSAccessKeyId", "")
    return hmac.compare_digest(given.encode(), key.encode())

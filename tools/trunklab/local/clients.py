"""Makes boto3 clients for the local platform, deaf to what the user has configured for AWS."""

import threading
from typing import Any, Final

from trunklab import settings

_lock: Final = threading.Lock()
"""Making a client reads and fills a session's caches, which is not safe in two threads."""


def client(service: str, endpoint: str) -> Any:
    """Return a client; no proxy stands between programs of one machine."""
    import boto3  # noqa: PLC0415 - a third of a second that `--help` and `status` need not wait
    from botocore.config import Config  # noqa: PLC0415 - the same

    with _lock:
        return boto3.Session(
            aws_access_key_id=settings.LOCAL_CREDENTIAL,
            aws_secret_access_key=settings.LOCAL_CREDENTIAL,
            region_name=settings.LOCAL_REGION,
        ).client(
            service,
            endpoint_url=endpoint,
            config=Config(proxies={}, s3={"addressing_style": "path"}),
        )

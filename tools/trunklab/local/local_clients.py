"""Makes boto3 clients for the local platform, which ignore the user's AWS configuration."""

import os
import threading
from functools import lru_cache
from typing import Any, Final

from trunklab import settings
from trunklab.local.http import access_key
from trunklab.local.local_limits import CALL_ATTEMPTS_MAX

SESSIONS_MAX: Final = 8
"""Sessions that are kept: each reads 0.2 s of botocore's data for its first client."""

_lock: Final = threading.Lock()
"""Making a client reads and fills a session's caches, which is not safe in two threads."""


def client(service: str, endpoint: str, connections_max: int = 10) -> Any:
    """Returns a client that uses no proxy."""
    from botocore.config import Config  # noqa: PLC0415 - a third of a second, as in `session`

    config = Config(
        proxies={},
        max_pool_connections=connections_max,
        s3={"addressing_style": "path"},
        # Retries for half a minute, as botocore makes them by default, help nothing here.
        retries={"mode": "standard", "total_max_attempts": CALL_ATTEMPTS_MAX},
    )
    with _lock:
        return session(access_key.of(endpoint)).client(
            service, endpoint_url=endpoint, config=config
        )


@lru_cache(maxsize=SESSIONS_MAX)
def session(key: str = settings.LOCAL_CREDENTIAL) -> Any:
    """Returns a boto3 session that reads neither the user's AWS files nor AWS variables."""
    import boto3  # noqa: PLC0415 - a third of a second that `--help` and `status` need not wait
    from botocore.session import Session  # noqa: PLC0415 - the same

    variables = {
        name: (option, None, default, convert)
        for name, (option, _, default, convert) in Session.SESSION_VARIABLES.items()
    }
    nowhere = (None, None, os.devnull, None)
    variables |= {"config_file": nowhere, "credentials_file": nowhere}
    return boto3.Session(
        aws_access_key_id=key,
        aws_secret_access_key=settings.LOCAL_CREDENTIAL,
        region_name=settings.LOCAL_REGION,
        botocore_session=Session(session_vars=variables),
    )

"""What a function is told by its template, through environment variables."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from trunkline.bounds import MARK_DAYS_MAX
from trunkline.errors import ConfigurationError


@dataclass(frozen=True)
class Settings:
    """One function's settings.

    `table` and `bus` are names, `rule` is an ARN, `mark_days` counts days (0: marks are kept for
    ever). `rule` and `queue_url` are empty where the function takes no messages from a queue,
    `dlq_url` where it gives nothing up, `calls_table` where it makes no external calls.
    """

    service: str
    source: str
    table: str
    bus: str
    mark_days: int
    dlq_url: str
    rule: str
    queue_url: str = ""
    calls_table: str = ""

    @classmethod
    def from_environment(
        cls, *, consumes: bool, environment: Mapping[str, str] | None = None
    ) -> Self:
        """Reads the TRUNKLINE_* variables.

        Raises ConfigurationError naming every variable that is missing or wrong.
        """
        variables = os.environ if environment is None else environment
        required = ["SERVICE", "SOURCE", "TABLE", "BUS", "MARK_DAYS"]
        required += ["DLQ_URL", "RULE"] if consumes else []
        faults = [
            f"TRUNKLINE_{name} is not set"
            for name in required
            if not variables.get(f"TRUNKLINE_{name}")
        ]
        days = variables.get("TRUNKLINE_MARK_DAYS", "")
        if days and not (days.isdecimal() and int(days) <= MARK_DAYS_MAX):
            faults.append(
                f"TRUNKLINE_MARK_DAYS is not a whole number of days up to {MARK_DAYS_MAX}"
            )
        if faults:
            raise ConfigurationError(
                f"{'; '.join(faults)}: set it in the function's Environment in its template"
            )
        return cls(
            service=variables["TRUNKLINE_SERVICE"],
            source=variables["TRUNKLINE_SOURCE"],
            table=variables["TRUNKLINE_TABLE"],
            bus=variables["TRUNKLINE_BUS"],
            mark_days=int(days),
            dlq_url=variables.get("TRUNKLINE_DLQ_URL", ""),
            rule=variables.get("TRUNKLINE_RULE", ""),
            queue_url=variables.get("TRUNKLINE_QUEUE_URL", ""),
            calls_table=variables.get("TRUNKLINE_CALLS_TABLE", ""),
        )


def xray_header() -> str:
    """The trace header of the running invocation, empty where there is none.

    Lambda sets the variable anew for every invocation (Lambda runtime documentation).
    """
    return os.environ.get("_X_AMZN_TRACE_ID", "")


def xray_daemon_address() -> str:
    """`host:port` that takes X-Ray segments over UDP, empty where nothing does."""
    return os.environ.get("AWS_XRAY_DAEMON_ADDRESS", "")


def metrics_namespace() -> str:
    """The namespace of this stage's metrics, empty where none are wanted."""
    return os.environ.get("POWERTOOLS_METRICS_NAMESPACE", "")

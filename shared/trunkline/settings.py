"""What a function is told by its template, through environment variables."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Self
from urllib.parse import urlsplit

from trunkline.bounds import MARK_DAYS_MAX
from trunkline.errors import ConfigurationError
from trunkline.sigv4 import Credentials

_DNS_SUFFIXES: Final = {
    "cn-": "amazonaws.com.cn",
    "eusc-": "amazonaws.eu",
    "us-iso-": "c2s.ic.gov",
    "us-isob-": "sc2s.sgov.gov",
    "us-isof-": "csp.hci.ic.gov",
    "eu-isoe-": "cloud.adc-e.uk",
}
"""By the beginning of a region's name (botocore's partitions); everywhere else amazonaws.com."""

_ENDPOINT_NAMES: Final = {"dynamodb": "DYNAMODB", "events": "EVENTBRIDGE", "sqs": "SQS"}
"""What AWS_ENDPOINT_URL_* calls a service (AWS SDKs guide, service-specific endpoints)."""


@dataclass(frozen=True)
class Settings:
    """One function's settings.

    `table` and `bus` are names, `rule` is an ARN, `mark_days` is the archive's retention in days.
    `rule` and `queue_url` are empty where the function takes no messages from a queue, `dlq_url`
    where it gives nothing up, `calls_table` where it makes no external calls.
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
        if days and not (days.isdecimal() and 1 <= int(days) <= MARK_DAYS_MAX):
            faults.append(
                f"TRUNKLINE_MARK_DAYS is not a whole number of days from 1 to {MARK_DAYS_MAX}"
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


@dataclass(frozen=True)
class AwsPlace:
    """Where and as whom a function calls AWS: Lambda sets all of it (Lambda guide, environment)."""

    region: str
    credentials: Credentials
    endpoints: Mapping[str, str]

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> Self:
        """Reads the AWS_* variables.

        Raises ConfigurationError for what is missing, and for what this library does not follow.
        """
        variables = os.environ if environment is None else environment
        faults = [
            f"{name} is not set"
            for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
            if not variables.get(name)
        ]
        region = variables.get("AWS_REGION") or variables.get("AWS_DEFAULT_REGION") or ""
        faults += [] if region else ["AWS_REGION is not set"]
        faults += [
            f"{name} is set: name the endpoints in AWS_ENDPOINT_URL_* instead"
            for name in ("AWS_USE_FIPS_ENDPOINT", "AWS_USE_DUALSTACK_ENDPOINT")
            if variables.get(name, "").lower() == "true"
        ]
        faults += [
            f"{name} has a path"
            for name in ("AWS_ENDPOINT_URL", *map(_endpoint_variable, _ENDPOINT_NAMES))
            if urlsplit(variables.get(name, "")).path.strip("/")
        ]
        if faults:
            raise ConfigurationError(f"{'; '.join(faults)}: Lambda sets what a function needs")
        suffix = next(
            (name for start, name in _DNS_SUFFIXES.items() if region.startswith(start)),
            "amazonaws.com",
        )
        return cls(
            region,
            Credentials(
                variables["AWS_ACCESS_KEY_ID"],
                variables["AWS_SECRET_ACCESS_KEY"],
                variables.get("AWS_SESSION_TOKEN", ""),
            ),
            {
                service: variables.get(_endpoint_variable(service))
                or variables.get("AWS_ENDPOINT_URL")
                or f"https://{service}.{region}.{suffix}"
                for service in _ENDPOINT_NAMES
            },
        )


def _endpoint_variable(service: str) -> str:
    return f"AWS_ENDPOINT_URL_{_ENDPOINT_NAMES[service]}"


def ca_bundle() -> str:
    """A file of certificates to trust instead of the system's, empty where there is none."""
    return os.environ.get("AWS_CA_BUNDLE", "")

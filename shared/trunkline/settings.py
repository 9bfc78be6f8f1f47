"""Settings of a function, from the environment variables in its template."""

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
"""By prefix of the region's name (botocore's partitions); all others use amazonaws.com."""

_ENDPOINT_NAMES: Final = {"dynamodb": "DYNAMODB", "events": "EVENTBRIDGE", "sqs": "SQS"}
"""Service names in AWS_ENDPOINT_URL_* (AWS SDKs guide, service-specific endpoints)."""


@dataclass(frozen=True)
class Settings:
    """The settings of a function.

    `table` and `bus` are names, `rule` is an ARN, `mark_days` is the archive's retention in days.
    `rule` and `queue_url` are empty without a queue, `dlq_url` without a dead-letter queue,
    `calls_table` without external calls.
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
        """Returns the settings in the TRUNKLINE_* variables.

        Raises ConfigurationError with every variable that is missing or invalid.
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
    """Returns the trace header of the current invocation, or an empty string.

    Lambda sets the variable for every invocation (Lambda runtime documentation).
    """
    return os.environ.get("_X_AMZN_TRACE_ID", "")


def xray_daemon_address() -> str:
    """Returns `host:port` of the X-Ray daemon, or an empty string."""
    return os.environ.get("AWS_XRAY_DAEMON_ADDRESS", "")


def metrics_namespace() -> str:
    """Returns the namespace of this stage's metrics, or an empty string to disable metrics."""
    return os.environ.get("POWERTOOLS_METRICS_NAMESPACE", "")


@dataclass(frozen=True)
class AwsPlace:
    """Region, endpoints and credentials for AWS calls, as Lambda sets them (guide, environment)."""

    region: str
    credentials: Credentials
    endpoints: Mapping[str, str]

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> Self:
        """Returns the settings in the AWS_* variables.

        Raises ConfigurationError for missing variables and for unsupported ones.
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
    """Returns the path of a custom certificate bundle, or an empty string for the system's."""
    return os.environ.get("AWS_CA_BUNDLE", "")

"""The two functions that are compared: how each is built, called, and told where AWS is."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from benchmarks.stub.process import Stub
from trunklab import settings

BUS: Final = "bench"
TRACE_ROOT: Final = "1-68f0a000-0123456789abcdef01234567"


@dataclass(frozen=True)
class Side:
    """One way to write the function; `makefile` builds it, `sweep` is empty where it has none."""

    name: str
    makefile: str
    function: str
    handler: str
    sweep: str
    variables: Mapping[str, str]


OURS: Final = Side(
    name="Trunkline",
    makefile="services/payments/Makefile",
    function="DecidePaymentFunction",
    handler="payments.handler.handler",
    sweep="trunkline.sweep.handler",
    variables={
        "TRUNKLINE_SERVICE": "payments",
        "TRUNKLINE_SOURCE": "shop.payments",
        "TRUNKLINE_TABLE": "payments",
        "TRUNKLINE_BUS": BUS,
        "TRUNKLINE_MARK_DAYS": "30",
        "TRUNKLINE_RULE": f"arn:aws:events:us-east-1:000000000000:rule/{BUS}/decide-payment",
        "TRUNKLINE_DLQ_URL": "https://sqs.us-east-1.amazonaws.com/000000000000/dead-letters",
        "TRUNKLINE_QUEUE_URL": "https://sqs.us-east-1.amazonaws.com/000000000000/queue",
    },
)

PEER: Final = Side(
    name="Powertools",
    makefile="benchmarks/powertools_payments/Makefile",
    function="DecidePaymentFunction",
    handler="powertools_payments.handler.handler",
    sweep="",
    variables={
        "PAYMENTS_TABLE": "payments",
        "IDEMPOTENCY_TABLE": "idempotency",
        "EVENT_BUS_NAME": BUS,
    },
)

SIDES: Final = (OURS, PEER)


def trace_header(*, sampled: bool) -> str:
    """What Lambda says of the trace of one invocation."""
    return f"Root={TRACE_ROOT};Parent=0123456789abcdef;Sampled={int(sampled)}"


def environment(side: Side, package: Path, stub: Stub, *, sampled: bool) -> dict[str, str]:
    """What Lambda gives a function, with the stub in the place of AWS."""
    return {
        "PATH": "/usr/bin:/bin",
        "HOME": str(package.parent),
        "TZ": ":UTC",
        "LANG": "en_US.UTF-8",
        "PYTHONPATH": str(package),
        "PYTHONDONTWRITEBYTECODE": "1",
        "AWS_REGION": settings.LOCAL_REGION,
        "AWS_DEFAULT_REGION": settings.LOCAL_REGION,
        "AWS_ACCESS_KEY_ID": settings.LOCAL_CREDENTIAL,
        "AWS_SECRET_ACCESS_KEY": settings.LOCAL_CREDENTIAL,
        "AWS_SESSION_TOKEN": settings.LOCAL_CREDENTIAL,
        "AWS_ENDPOINT_URL": stub.endpoint,
        "AWS_XRAY_DAEMON_ADDRESS": stub.daemon,
        "AWS_LAMBDA_FUNCTION_NAME": "decide-payment",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "512",
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "LAMBDA_TASK_ROOT": str(package),
        "_X_AMZN_TRACE_ID": trace_header(sampled=sampled),
        "POWERTOOLS_SERVICE_NAME": "payments",
        "POWERTOOLS_METRICS_NAMESPACE": "Trunkline/bench",
        **side.variables,
    }

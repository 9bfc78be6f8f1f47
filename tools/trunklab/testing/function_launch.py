"""Starts a function of a template against its sandbox."""

from collections.abc import Mapping
from typing import Final

from trunklab import settings
from trunklab.local.http import access_key
from trunklab.testing import process
from trunklab.testing.sandbox import Sandbox
from trunklab.testing.template_stack import Function
from trunklab.testing.worker import Code

_TRACE: Final = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=0"

_OF_LAMBDA: Final = {
    "AWS_DEFAULT_REGION": settings.LOCAL_REGION,
    "AWS_REGION": settings.LOCAL_REGION,
    "AWS_SECRET_ACCESS_KEY": settings.LOCAL_CREDENTIAL,
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "512",
    "TZ": ":UTC",
    "_X_AMZN_TRACE_ID": _TRACE,
}
"""What a function has in AWS beside its template's variables."""


def code_of(function: Function, *more: str) -> Code:
    """Where the function is imported from: its own folder first."""
    return Code(function.handler, (str(function.folder), *more))


def environment(
    function: Function, sandbox: Sandbox, endpoint: str, overrides: Mapping[str, str]
) -> dict[str, str]:
    """The variables of the function's process; `endpoint` is what it takes for AWS."""
    own = {
        "AWS_ENDPOINT_URL": endpoint,
        # Of the platform itself: `endpoint` may be that of a wire before it.
        "AWS_ACCESS_KEY_ID": access_key.of(sandbox.clients.endpoint),
        "AWS_LAMBDA_FUNCTION_NAME": function.logical_id,
    }
    return {**_OF_LAMBDA, **own, **sandbox.environment(function), **overrides}


def start(
    function: Function, sandbox: Sandbox, endpoint: str, overrides: Mapping[str, str] | None = None
) -> process.Function:
    """Start it; whoever calls this stops it."""
    return process.Function(
        code_of(function), environment(function, sandbox, endpoint, overrides or {})
    )

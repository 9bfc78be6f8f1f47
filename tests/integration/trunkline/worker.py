"""One function in a process of its own, with the environment that its template would give it."""

import io
import json
import os
import sys
from multiprocessing.connection import Connection
from typing import Any

import boto3

from tests.integration.trunkline import things
from trunkline.effects import Effects

_effects = Effects.real()

_nobody = {"aws_access_key_id": "-", "aws_secret_access_key": "-"}
for _service in ("dynamodb", "events", "sqs"):
    # The models of AWS's services are read once, before functions are forked, and not by each.
    boto3.client(_service, region_name="us-east-1", **_nobody)


class Context:
    """The part of Lambda's context that the runtime reads."""

    function_name = "things"
    aws_request_id = "request-1"

    def __init__(self, seconds: float) -> None:
        self._end_s = _effects.monotonic_s() + seconds

    def get_remaining_time_in_millis(self) -> int:
        """Milliseconds until the invocation would be ended."""
        return int((self._end_s - _effects.monotonic_s()) * 1_000)


def serve(name: str, environment: dict[str, str], line: "Connection[Any, Any]") -> None:
    """Answers invocations of that function of `things`, with the log lines of each."""
    os.environ.clear()
    os.environ.update(environment)
    sys.stdout = io.StringIO()
    while True:
        try:
            event, seconds = line.recv()
        except EOFError:
            return
        answer = _invoke(getattr(things, name), event, Context(seconds))
        line.send((answer, [json.loads(text) for text in sys.stdout.getvalue().splitlines()]))
        sys.stdout.seek(0)
        sys.stdout.truncate()


def _invoke(function: Any, event: Any, context: Context) -> dict[str, Any]:
    try:
        return {"answer": json.loads(json.dumps(function(event, context)))}
    except Exception as error:  # noqa: BLE001  # as Lambda answers it
        return {"error": type(error).__name__, "message": str(error)}

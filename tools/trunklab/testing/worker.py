"""One function in a process of its own, with the environment that its template gives it."""

# ruff: noqa: TID251 - a function's process, with the environment of its template

import importlib
import io
import json
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any, cast

import boto3

import schemas
from schemas.event import Event
from trunklab import effects
from trunklab.plain_error import message_of
from trunkline import Consumer, Sweep

# What follows is done once, in the process that functions are forked from, and not by each.
_CONTRACTS = schemas.CONTRACTS
_nobody = {"aws_access_key_id": "-", "aws_secret_access_key": "-"}
for _service in ("dynamodb", "events", "sqs"):
    boto3.client(_service, region_name="us-east-1", **_nobody)


@dataclass(frozen=True)
class Code:
    """Where a function lies: `handler` as in its template, `folders` to import it from."""

    handler: str
    folders: tuple[str, ...] = ()


class Context:
    """Lambda's context object."""

    function_version = "$LATEST"
    memory_limit_in_mb = "512"
    log_group_name = "/trunkline/testing"
    log_stream_name = "testing"

    def __init__(self, request_id: str, seconds: float) -> None:
        self.function_name = os.environ.get("AWS_LAMBDA_FUNCTION_NAME", "function")
        self.invoked_function_arn = (
            f"arn:aws:lambda:us-east-1:000000000000:function:{self.function_name}"
        )
        self.aws_request_id = request_id
        self._end_s = effects.monotonic() + seconds

    def get_remaining_time_in_millis(self) -> int:
        """Milliseconds until the invocation would be ended."""
        return int((self._end_s - effects.monotonic()) * 1_000)


def serve(code: Code, environment: dict[str, str], line: "Connection[Any, Any]") -> None:
    """Answers invocations of the function, with what it printed in each.

    A function that cannot be imported answers each with that error.
    """
    _become(code.folders, environment)
    # Both are a function's log; whatever else shares the terminal does not see them.
    sys.stdout = sys.stderr = printed = io.StringIO()
    number = 0
    while True:
        try:
            event, seconds = line.recv()
        except EOFError:
            return
        number += 1
        answer = _invoke(code.handler, event, Context(f"request-{number}", seconds))
        line.send((answer, printed.getvalue().splitlines()))
        printed.seek(0)
        printed.truncate()


def describe(code: Code, environment: dict[str, str], line: "Connection[Any, Any]") -> None:
    """Sends what the function is: a consumer with its handlers, a sweep, or any other."""
    _become(code.folders, environment)
    try:
        line.send(_described(_loaded(code.handler)))
    except Exception as error:  # noqa: BLE001 - an import may raise anything; it is reported
        line.send({"kind": "missing", "problem": f"{type(error).__name__}: {message_of(error)}"})


def _become(folders: Sequence[str], environment: dict[str, str]) -> None:
    os.environ.clear()
    os.environ.update(environment)
    sys.path[:0] = folders


def _loaded(handler: str) -> Any:
    module, _, name = handler.rpartition(".")
    return getattr(importlib.import_module(module), name)


def _described(function: Any) -> dict[str, Any]:
    owner = getattr(function, "__self__", None)
    if isinstance(owner, Consumer):
        handlers = {
            name: contract_described(cast("type[Event]", contract))
            for name, contract in owner.handlers.items()
        }
        return {"kind": "consumer", "handlers": handlers}
    return {"kind": "sweep" if isinstance(owner, Sweep) else "other"}


def contract_described(contract: type[Event]) -> dict[str, Any]:
    """What must be known of a contract to make its events, as plain data."""
    return {
        "source": contract.source,
        "detail_type": contract.detail_type,
        "subject_field": contract.subject_field,
        "examples": [
            {"subject": example.subject, "data": example.to_data()}
            for example in contract.examples()
        ],
    }


def _invoke(handler: str, event: Any, context: Context) -> dict[str, Any]:
    try:
        return {"answer": json.loads(json.dumps(_loaded(handler)(event, context)))}
    except Exception as error:  # noqa: BLE001 - as Lambda answers it
        return {"error": type(error).__name__, "message": str(error)}

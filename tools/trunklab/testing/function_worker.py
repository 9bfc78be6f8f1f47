"""The process of one function: loads it, and answers its invocations."""

# ruff: noqa: TID251 - a function's process, with the environment of its template

import importlib
import io
import json
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any, Self, cast

import boto3

import schemas
from schemas.event import Event
from trunklab import effects
from trunklab.plain_error import message_of
from trunkline import Consumer, Sweep

# Imported once, in the process that functions are forked from.
_CONTRACTS = schemas.CONTRACTS
_nobody = {"aws_access_key_id": "-", "aws_secret_access_key": "-"}
for _service in ("dynamodb", "events", "sqs"):
    boto3.client(_service, region_name="us-east-1", **_nobody)


@dataclass(frozen=True)
class Code:
    """A function's code: `handler` as in its template, `folders` to import it from."""

    handler: str
    folders: tuple[str, ...] = ()


@dataclass(frozen=True)
class Contract:
    """A contract as plain data, with examples of its events."""

    source: str
    detail_type: str
    subject_field: str
    examples: Sequence[dict[str, Any]]
    """Each with `subject` and `data`."""

    @classmethod
    def of(cls, contract: type[Event]) -> Self:
        """Reads the contract's class."""
        examples = [{"subject": one.subject, "data": one.to_data()} for one in contract.examples()]
        return cls(contract.source, contract.detail_type, contract.subject_field, examples)


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
        """Returns the milliseconds until the invocation times out."""
        return int((self._end_s - effects.monotonic()) * 1_000)


def serve(code: Code, environment: dict[str, str], line: "Connection[Any, Any]") -> None:
    """Answers None with the function's description, an event and its seconds with the result.

    A description has the kind of the function (consumer, sweep, other, or missing if its import
    fails) and a consumer's handlers; a result is followed by the lines printed until then.
    """
    os.environ.clear()
    os.environ.update(environment)
    sys.path[:0] = code.folders
    sys.stdout = sys.stderr = printed = io.StringIO()
    number = 0
    while True:
        try:
            request = line.recv()
        except EOFError:
            return
        if request is None:
            line.send(_described(code.handler))
            continue
        event, seconds = request
        number += 1
        answer = _invoke(code.handler, event, Context(f"request-{number}", seconds))
        line.send((answer, printed.getvalue().splitlines()))
        printed.seek(0)
        printed.truncate()


def _loaded(handler: str) -> Any:
    module, _, name = handler.rpartition(".")
    return getattr(importlib.import_module(module), name)


def _described(handler: str) -> dict[str, Any]:
    try:
        owner = getattr(_loaded(handler), "__self__", None)
        if not isinstance(owner, Consumer):
            return {"kind": "sweep" if isinstance(owner, Sweep) else "other"}
        handlers = {
            name: Contract.of(cast("type[Event]", contract))
            for name, contract in owner.handlers.items()
        }
    except Exception as error:  # noqa: BLE001 - an import may raise anything; it is reported
        return {"kind": "missing", "problem": f"{type(error).__name__}: {message_of(error)}"}
    return {"kind": "consumer", "handlers": handlers}


def _invoke(handler: str, event: Any, context: Context) -> dict[str, Any]:
    try:
        return {"answer": json.loads(json.dumps(_loaded(handler)(event, context)))}
    except Exception as error:  # noqa: BLE001 - as Lambda returns it
        return {"error": type(error).__name__, "message": str(error)}

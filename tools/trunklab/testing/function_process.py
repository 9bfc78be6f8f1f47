"""Runs functions in processes of their own, forked from one that has imported the libraries."""

import contextlib
import json
import multiprocessing
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from trunklab import settings
from trunklab.local.http import access_key
from trunklab.testing import function_worker, template_stack
from trunklab.testing.function_worker import Code
from trunklab.testing.sandbox import Message, Sandbox

_INVOCATION_S: Final = 60.0
"""Default seconds for an invocation: enough on a busy machine."""

_ANSWER_S: Final = 60.0
"""Seconds to wait for the response of a function."""

_LAMBDA_VARIABLES: Final = {
    "AWS_DEFAULT_REGION": settings.LOCAL_REGION,
    "AWS_REGION": settings.LOCAL_REGION,
    "AWS_SECRET_ACCESS_KEY": settings.LOCAL_CREDENTIAL,
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "512",
    "TZ": ":UTC",
    "_X_AMZN_TRACE_ID": (
        "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=0"
    ),
}
"""Variables that Lambda adds to the template's variables."""

PROCESSES: Final = multiprocessing.get_context("forkserver")
"""Forks functions from a process that has imported the worker's libraries."""
PROCESSES.set_forkserver_preload([function_worker.__name__])

_starting: Final = threading.Lock()


@dataclass(frozen=True)
class Result:
    """The end of one invocation: `{"answer": …}` or `{"error": …, "message": …}`, and its logs."""

    answer: dict[str, Any]
    logs: list[dict[str, Any]]

    @property
    def failures(self) -> list[str]:
        """The ids of the messages to deliver again."""
        response = self.answer["answer"] or {}
        return [item["itemIdentifier"] for item in response.get("batchItemFailures", [])]

    def failed_of(self, received: Sequence[Message]) -> list[Message]:
        """Returns the messages to deliver again: all of them if the function failed."""
        if self.error:
            return [*received]
        return [message for message in received if message["MessageId"] in self.failures]

    @property
    def error(self) -> str:
        """The error that ended the function; empty if there was none."""
        if "error" not in self.answer:
            return ""
        return f"{self.answer['error']}: {self.answer['message']}"

    def lines(self, message: str) -> list[dict[str, Any]]:
        """Returns the log lines with that message."""
        return [line for line in self.logs if line.get("message") == message]


class Function:
    """A running function."""

    def __init__(self, code: Code, environment: Mapping[str, str]) -> None:
        with _starting:  # multiprocessing's bookkeeping is not thread-safe
            self._line, far_end = PROCESSES.Pipe()
            self._process = PROCESSES.Process(
                target=function_worker.serve, args=(code, dict(environment), far_end), daemon=True
            )
            self._process.start()
            far_end.close()  # the function alone holds it, so its death closes the pipe

    @property
    def pid(self) -> int:
        """The id of its process."""
        return int(self._process.pid or 0)

    @property
    def is_done(self) -> bool:
        """True if the invocation has ended, or the process with it."""
        return bool(self._line.poll(0))

    def invoke(self, event: Any, seconds: float = _INVOCATION_S) -> Result:
        """Invokes the function and waits; raises EOFError if the process dies."""
        self.begin(event, seconds)
        return self.finish()

    def begin(self, event: Any, seconds: float = _INVOCATION_S) -> None:
        """Invokes the function without waiting."""
        self._line.send((event, seconds))

    def finish(self, within_s: float = _ANSWER_S) -> Result:
        """Waits for the end of the invocation.

        Raises EOFError if the process dies, TimeoutError if the invocation does not end in time.
        """
        answer, printed = self._received(within_s)
        return Result(answer, [_log_line(text) for text in printed])

    def describe(self) -> dict[str, Any]:
        """Returns the description of the function, see `function_worker.serve`."""
        self._line.send(None)
        try:
            description: dict[str, Any] = self._received(_ANSWER_S)
        except TimeoutError:
            return {"kind": "missing", "problem": f"its import did not end in {_ANSWER_S:.0f} s"}
        except EOFError:
            return {"kind": "missing", "problem": "its process ended while it was imported"}
        return description

    def stop(self) -> None:
        """Ends the process, if it still runs."""
        with _starting, contextlib.closing(self._line):
            self._process.kill()
            self._process.join()
            self._process.close()

    def _received(self, within_s: float) -> Any:
        if not self._line.poll(within_s):
            raise TimeoutError(f"the function did not answer in {within_s:.0f} s")
        try:
            return self._line.recv()
        except ConnectionError as error:
            raise EOFError from error


def start(
    function: template_stack.Function,
    sandbox: Sandbox,
    endpoint: str,
    overrides: Mapping[str, str],
    folders: Sequence[str] = (),
) -> Function:
    """Starts a function of a template; `endpoint` is its AWS. The caller stops it."""
    environment = {
        **_LAMBDA_VARIABLES,
        "AWS_ENDPOINT_URL": endpoint,
        # `endpoint` may be a proxy in front of the platform, which demands its own key.
        "AWS_ACCESS_KEY_ID": access_key.of(sandbox.clients.endpoint),
        "AWS_LAMBDA_FUNCTION_NAME": function.logical_id,
        **sandbox.environment(function),
        **overrides,
    }
    return Function(code_of(function, folders), environment)


def code_of(function: template_stack.Function, folders: Sequence[str]) -> Code:
    """Returns the code of a function of a template, importable from these folders too."""
    return Code(function.handler, (str(function.folder), *folders))


def _log_line(text: str) -> dict[str, Any]:
    try:
        line = json.loads(text)
    except ValueError:
        return {"message": text}
    return line if isinstance(line, dict) else {"message": text}

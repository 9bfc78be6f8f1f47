"""A Lambda function's process: loads a handler and calls it, as Lambda's bootstrap does.

Standard library only, and as little of it as can be: what this file imports, every cold start
under measurement pays. Started by the interpreter that functions run on, the package on its path:

    python -s -P function.py cold <handler> <event file> <answer file>
    python -s -P function.py warm

`cold` handles one event and ends at once. `warm` reads requests from standard input, one a line
(`{"handler": …, "events": […], "trace": …}`), and answers each with its answers and the CPU
seconds that the handler took.
"""

# ruff: noqa: TID251 - runs in the measured process, without our modules

import json
import os
import sys
import time

TIMEOUT_MS = 10_000


class Context:
    """What Lambda hands to a handler beside the event."""

    function_name = "decide-payment"
    function_version = "$LATEST"
    memory_limit_in_mb = "512"
    invoked_function_arn = "arn:aws:lambda:us-east-1:000000000000:function:decide-payment"
    aws_request_id = "00000000-0000-4000-8000-000000000000"
    log_group_name = "/trunkline/bench/payments"
    log_stream_name = "bench"
    tenant_id = None

    def __init__(self) -> None:
        self._ends = time.monotonic() + TIMEOUT_MS / 1_000

    def get_remaining_time_in_millis(self) -> int:
        """Milliseconds until Lambda would end the invocation."""
        return int((self._ends - time.monotonic()) * 1_000)


def cold(handler: str, event_file: str, answer_file: str) -> None:
    """Handle one event, leave the answer, and go without tidying up."""
    module, _, name = handler.rpartition(".")
    __import__(module)
    function = getattr(sys.modules[module], name)
    with open(event_file, encoding="utf-8") as file:  # noqa: PTH123 - pathlib would be paid for
        event = json.load(file)
    answer = function(event, Context())
    with open(answer_file, "w", encoding="utf-8") as file:  # noqa: PTH123 - the same
        json.dump(answer, file)
    sys.stdout.flush()
    os._exit(0)


def warm() -> None:
    """Serve requests until standard input ends; what handlers print goes into a file."""
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(os.open(os.environ["BENCH_LOG"], os.O_WRONLY | os.O_CREAT | os.O_APPEND), 1)
    for line in sys.stdin:
        request = json.loads(line)
        os.environ["_X_AMZN_TRACE_ID"] = request["trace"]
        module, _, name = request["handler"].rpartition(".")
        __import__(module)
        function = getattr(sys.modules[module], name)
        start_ns = time.process_time_ns()
        answers = [function(event, Context()) for event in request["events"]]
        cpu_s = (time.process_time_ns() - start_ns) / 1e9
        out.write(f"{json.dumps({'cpu_s': cpu_s, 'answers': answers})}\n")
        out.flush()


if __name__ == "__main__":
    if sys.argv[1] == "cold":
        cold(*sys.argv[2:])
    warm()

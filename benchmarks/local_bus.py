"""What the local bus costs: our delivery path beside the bare emulator, server CPU per event."""

import json
import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median
from typing import Any, Final

from benchmarks.errors import BenchmarkError
from benchmarks.report import Report
from trunklab import effects, settings
from trunklab.local import environments
from trunklab.local.local_clients import client

EVENTS: Final = 2_000
RULES: Final = (1, 100)
_START_S: Final = 60.0
_TICKS: Final = os.sysconf("SC_CLK_TCK")
_EMPTY: Final = (
    "Resources: {Name: {Type: AWS::SSM::Parameter, Properties: {Type: String, Value: a}}}"
)
QUEUE_POLICY: Final = json.dumps(
    {
        "Statement": {
            "Effect": "Allow",
            "Principal": {"Service": "events.amazonaws.com"},
            "Action": "sqs:SendMessage",
        }
    }
)
"""Lets rules send to a queue."""


def measure(scratch: Path, report: Report, rounds: int, events: int = EVENTS) -> None:
    """Alternates both sides, for one rule and for a hundred."""
    report.title(f"The local bus: {events:,} events, PutEvents to SQS to delete")
    with ExitStack() as stack:
        sides = {
            "ours": stack.enter_context(ours(scratch)),
            "bare emulator": stack.enter_context(bare(scratch)),
        }
        rows = []
        for rules in RULES:
            taken: dict[str, list[float]] = {name: [] for name in sides}
            for number in range(rounds):
                for name, (endpoint, pid) in sides.items():
                    began = cpu_s(pid)
                    _run(endpoint, f"r{rules}-{number}", rules, events)
                    taken[name].append((cpu_s(pid) - began) / events * 1e6)
            for name, found in taken.items():
                span = f"{min(found):.0f}-{max(found):.0f}"
                rows.append([f"{name}, {rules} rules", f"{median(found):.0f}", span])
            pairs = zip(taken["ours"], taken["bare emulator"], strict=True)
            report.keep(f"bus_{rules}", median(our / bare for our, bare in pairs))
        report.table([f"median of {rounds}", "CPU us/event", "from-to"], rows)


def bus_with_rules(endpoint: str, name: str, rules: int) -> str:
    """Makes a bus with rules, of which the first has a queue; returns the queue's URL."""
    bus, queues = client("events", endpoint), client("sqs", endpoint)
    url = queues.create_queue(QueueName=name, Attributes={"Policy": QUEUE_POLICY})["QueueUrl"]
    asked = queues.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
    bus.create_event_bus(Name=name)
    for number in range(rules):
        pattern = json.dumps({"source": [f"source-{number}"], "detail": {"n": [{"exists": True}]}})
        bus.put_rule(Name=f"rule-{number}", EventBusName=name, EventPattern=pattern)
    target = {"Id": "queue", "Arn": asked["Attributes"]["QueueArn"]}
    bus.put_targets(Rule="rule-0", EventBusName=name, Targets=[target])
    return str(url)


def _run(endpoint: str, name: str, rules: int, events: int) -> None:
    bus, queues = client("events", endpoint), client("sqs", endpoint)
    url = bus_with_rules(endpoint, name, rules)
    entry = {"Source": "source-0", "DetailType": "Measured", "EventBusName": name}
    for first in range(0, events, 10):
        details = [json.dumps({"n": first + n, "text": "x" * 500}) for n in range(10)]
        bus.put_events(Entries=[{**entry, "Detail": detail} for detail in details])
    seen: set[int] = set()
    while messages := queues.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
        seen |= {json.loads(message["Body"])["detail"]["n"] for message in messages}
        entries = [{"Id": m["MessageId"], "ReceiptHandle": m["ReceiptHandle"]} for m in messages]
        queues.delete_message_batch(QueueUrl=url, Entries=entries)
    if len(seen) != events:
        raise BenchmarkError(f"{endpoint}: {len(seen)} of {events} events arrived")


@contextmanager
def ours(scratch: Path) -> Iterator[tuple[str, int]]:
    """Starts our platform with nothing deployed; yields its endpoint and process id."""
    template = scratch / "empty.yaml"
    template.write_text(_EMPTY, encoding="utf-8")
    port = _free_port()
    command = [sys.executable, "-m", "trunklab.cli", "up", "--port", str(port)]
    with _started([*command, "--template", str(template)], settings.inherited_environment()) as pid:
        endpoint = f"http://127.0.0.1:{port}"
        _wait(lambda: client("ssm", endpoint).describe_parameters()["Parameters"])
        yield endpoint, pid


@contextmanager
def bare(scratch: Path) -> Iterator[tuple[str, int]]:
    """Starts the emulator alone; yields its endpoint and process id."""
    port = _free_port()
    environment = {
        "PATH": os.defpath,
        "HOME": str(scratch),
        "GATEWAY_PORT": str(port),
        "IOT_MTLS_ENABLED": "0",
        "SFTP_ENABLED": "0",
        "LOG_LEVEL": "WARNING",
    }
    served = ["ministack.app:app", "--bind", f"127.0.0.1:{port}", "--workers", "0"]
    python = str(environments.find("emulator").python)
    with _started([python, "-m", "hypercorn", *served], environment) as pid:
        endpoint = f"http://127.0.0.1:{port}"
        _wait(lambda: client("sqs", endpoint).list_queues())
        yield endpoint, pid


@contextmanager
def _started(command: list[str], environment: dict[str, str]) -> Iterator[int]:
    process = subprocess.Popen(  # noqa: S603 - our own commands
        command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        yield process.pid
    finally:
        process.terminate()
        process.wait()


def _wait(answers: Callable[[], Any]) -> None:
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415 - see local_clients.py

    deadline = effects.monotonic() + _START_S
    while effects.monotonic() < deadline:
        try:
            if answers():
                return
        except (BotoCoreError, ClientError):
            pass
        effects.sleep(0.2)
    raise BenchmarkError(f"no answer within {_START_S:.0f} s")


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port


def cpu_s(root: int) -> float:
    """Returns the CPU seconds of a process and all that descend from it, also of ended ones."""
    fields = _stat_fields()
    tree = process_tree(root)
    return sum(int(ticks) for pid in tree & fields.keys() for ticks in fields[pid][11:15]) / _TICKS


def process_tree(root: int) -> set[int]:
    """Returns a process and all that descend from it."""
    fields = _stat_fields()
    tree = {root}
    while more := {pid for pid, found in fields.items() if int(found[1]) in tree} - tree:
        tree |= more
    return tree


def _stat_fields() -> dict[int, list[str]]:
    found = {}
    for path in Path("/proc").glob("[0-9]*"):
        try:
            found[int(path.name)] = (path / "stat").read_text().rpartition(")")[2].split()
        except OSError:  # it has ended meanwhile
            continue
    return found

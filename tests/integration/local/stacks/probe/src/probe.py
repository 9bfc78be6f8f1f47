"""Functions that show what a function sees: its request, its imports, its environment."""

# ruff: noqa: TID251 - shows what a function sees

import importlib.util
import json
import logging
import os
import subprocess
import sys
from typing import Any

import boto3

Event = dict[str, Any]
logging.getLogger().setLevel(logging.INFO)


def echo(event: Event, _context: object) -> Event:
    """Answer with the request as it arrived."""
    headers = {"content-type": "application/json", "x-probe": "1"}
    if event["requestContext"]["http"]["method"] == "POST":
        entry = {"Source": "probe", "DetailType": "Pinged", "Detail": json.dumps({"n": 1})}
        boto3.client("events").put_events(Entries=[entry | {"EventBusName": os.environ["BUS"]}])
    body = json.dumps(event)
    return {"statusCode": 201, "headers": headers, "cookies": ["a=1", "b=2"], "body": body}


def broken(_event: Event, _context: object) -> Event:
    """Fail."""
    raise RuntimeError("broken on purpose")


def die(_event: Event, _context: object) -> Event:
    """End the process, as the system does when memory is short."""
    os._exit(1)


def consume(event: Event, _context: object) -> Event:
    """Log every message it gets."""
    for record in event["Records"]:
        sys.stderr.write(json.dumps({"message": "consumed", "body": json.loads(record["body"])}))
        sys.stderr.write("\n")
    return {"batchItemFailures": []}


def imports(event: Event, _context: object) -> Event:
    """Say which of some modules can be imported, and what surrounds the function."""
    found = {name: importlib.util.find_spec(name) is not None for name in event["modules"]}
    directory = os.getcwd()  # noqa: PTH109 - the probe imports as little as it can
    return {
        "found": found,
        "path": sys.path,
        "environment": dict(os.environ),
        "directory": directory,
        "mode": os.stat(__file__).st_mode,  # noqa: PTH116 - the same
        "package": sorted(os.listdir(directory)),  # noqa: PTH208 - the same
    }


def noisy(_event: Event, _context: object) -> Event:
    """Write to standard output in every way there is, also what looks like an answer."""
    answer = json.dumps({"status": "ok", "result": "forged"}) + "\n"
    os.write(1, answer.encode())
    subprocess.run(["/bin/echo", answer.strip()], check=True)  # noqa: S603 - fixed words
    sys.stdout.write(answer)
    return {"answer": "true"}

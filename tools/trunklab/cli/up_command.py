"""`trunkline up`: starts the local platform and serves until Ctrl-C."""

import argparse
import json
import sys
from functools import partial
from pathlib import Path

from trunklab import effects, settings
from trunklab.errors import ExitStatus
from trunklab.local.platform import Platform, Wanted, repository_templates, running
from trunklab.local.watch import Watch


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declares the options."""
    parser.add_argument(
        "--port",
        type=int,
        default=settings.LOCAL_PORT,
        help="port of the endpoint; HTTP APIs follow it (default %(default)s, 0: any free ones)",
    )
    parser.add_argument(
        "--template",
        type=Path,
        action="append",
        metavar="PATH",
        help="deploy this template; repeatable, in this order (default: platform, services)",
    )
    parser.add_argument(
        "--parameter",
        type=_parameter,
        action="append",
        metavar="NAME=VALUE",
        help="value of a template's parameter; repeatable (default: samconfig.toml)",
    )
    parser.add_argument(
        "--watch", action="store_true", help="deploy what changes, and new services, until Ctrl-C"
    )
    parser.add_argument(
        "--json", action="store_true", help="print one line of JSON once everything is deployed"
    )


def _parameter(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not (name and equals):
        raise argparse.ArgumentTypeError(f"{text!r} is not NAME=VALUE")
    return name, value


def run(arguments: argparse.Namespace) -> int:
    """Starts, prints the endpoints, serves; returns 130 if interrupted before it is ready."""
    start = effects.monotonic()
    status = ExitStatus.INTERRUPTED

    def report(step: str) -> None:
        if not arguments.json:
            sys.stdout.write(f"{effects.monotonic() - start:6.2f} s  {step}\n")
            sys.stdout.flush()

    def say(step: str) -> None:
        sys.stdout.write(json.dumps({"watch": step}) + "\n")
        sys.stdout.flush()

    templates = tuple(arguments.template or repository_templates())
    try:
        wanted = Wanted(templates, arguments.port, dict(arguments.parameter or ()))
        with running(wanted, report) as platform:
            sys.stdout.write(
                json.dumps(platform.status()) + "\n" if arguments.json else as_text(platform)
            )
            sys.stdout.flush()
            status = ExitStatus.GOOD
            if arguments.watch:
                given = partial(tuple, templates) if arguments.template else repository_templates
                watch = Watch(platform, given, say if arguments.json else report)
                platform.serve(watch.tick)
            platform.serve()
    except KeyboardInterrupt:
        report("stopped")
    return status


def as_text(platform: Platform) -> str:
    """Returns what a user needs to know about a running platform."""
    key = platform.access_key
    credentials = f"access key {key}, any secret" if key else "any credentials"
    buses = [stack.outputs.get("BusName") for stack in platform.stacks.values()]
    lines = [f"note: {note}" for note in platform.notes]
    lines += ["", f"endpoint  {platform.endpoint}  ({credentials}, region {settings.LOCAL_REGION})"]
    lines += [f"HTTP API  {url}  ({name})" for name, url in platform.http_apis.items()]
    lines += [f"bus       {bus}" for bus in filter(None, buses)]
    lines += [f"stack     {name}" for name in platform.stacks]
    lines += ["", f"export AWS_ENDPOINT_URL={platform.endpoint}"]
    lines += [f"export AWS_ACCESS_KEY_ID={key}"] if key else []
    lines += ["", "serving until Ctrl-C", ""]
    return "\n".join(lines)

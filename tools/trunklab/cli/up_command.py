"""`trunkline up`: starts the local platform and serves until Ctrl-C."""

import argparse
import json
import sys
from pathlib import Path

from trunklab import effects, settings
from trunklab.local.platform import Platform, Wanted, repository_templates, running


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
        "--json", action="store_true", help="print one line of JSON once everything is deployed"
    )


def run(arguments: argparse.Namespace) -> int:
    """Starts, prints the endpoints, serves."""
    start = effects.monotonic()

    def report(step: str) -> None:
        if not arguments.json:
            sys.stdout.write(f"{effects.monotonic() - start:6.2f} s  {step}\n")
            sys.stdout.flush()

    templates = tuple(arguments.template or repository_templates())
    try:
        with running(Wanted(templates, port=arguments.port), report) as platform:
            sys.stdout.write(_as_json(platform) if arguments.json else as_text(platform))
            sys.stdout.flush()
            platform.serve()
    except KeyboardInterrupt:
        report("stopped")
    return 0


def _as_json(platform: Platform) -> str:
    return json.dumps(platform.status()) + "\n"


def as_text(platform: Platform) -> str:
    """Returns what a user needs to know about a running platform."""
    lines = [f"note: {note}" for note in platform.notes]
    credentials = f"{_credentials(platform)}, region {settings.LOCAL_REGION}"
    lines += ["", f"endpoint  {platform.endpoint}  ({credentials})"]
    lines += [f"HTTP API  {url}  ({name})" for name, url in platform.http_apis.items()]
    lines += [f"bus       {bus}" for bus in _buses(platform)]
    lines += [f"stack     {name}" for name in platform.stacks]
    lines += ["", f"export AWS_ENDPOINT_URL={platform.endpoint}"]
    if platform.access_key:
        lines.append(f"export AWS_ACCESS_KEY_ID={platform.access_key}")
    lines += ["", "serving until Ctrl-C", ""]
    return "\n".join(lines)


def _credentials(platform: Platform) -> str:
    key = platform.access_key
    return f"access key {key}, any secret" if key else "any credentials"


def _buses(platform: Platform) -> list[str]:
    named = (stack.outputs.get("BusName") for stack in platform.stacks.values())
    return [name for name in named if name]

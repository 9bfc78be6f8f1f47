"""`trunkline trace`: what X-Ray holds of one id, joined across queues, as a waterfall."""

import argparse
import sys
from datetime import timedelta
from typing import Final

from rich.console import Console

from trunklab import effects
from trunklab.cli import search
from trunklab.errors import UsageError
from trunklab.observe.trace_join import join
from trunklab.observe.trace_json import as_json
from trunklab.observe.trace_tree import stories
from trunklab.observe.trace_view import render
from trunklab.observe.xray_traces import TraceSearch
from trunklab.stage import Stage

_AGES_MAX_DAYS: Final = 30
"""What X-Ray keeps (AWS: quotas of X-Ray); asking for more would only take longer."""


class UnknownTraceError(UsageError):
    """No trace names the id."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what to search for, and where."""
    search.add_arguments(parser, "a trace id, a subject, a correlation id or an event id")


def run(arguments: argparse.Namespace) -> int:
    """Search, join and print; 0 only where everything is connected and nothing has failed."""
    age = search.check(arguments)
    if age.days > _AGES_MAX_DAYS:
        raise UsageError(f"--since {arguments.since}: X-Ray keeps traces for {_AGES_MAX_DAYS} days")
    # boto3 cuts times to whole seconds, and what has just begun is to be found as well.
    until = effects.now() + timedelta(seconds=1)
    stage = Stage(arguments.stage, arguments.endpoint)
    with stage.explained():
        joined = join(TraceSearch(stage.client("xray"), until - age, until), arguments.id)
    if not joined.traces:
        raise UnknownTraceError(
            f"no trace of {arguments.id} at {stage.place} since {arguments.since}: check the id, "
            "look further back with --since, wait some seconds for new segments, or ask "
            "`trunkline story`, which knows what X-Ray has not sampled"
        )
    told = stories(joined)
    if arguments.json:
        sys.stdout.write(as_json(arguments.id, joined, told) + "\n")
    else:
        render(told, Console())
    if joined.cut_short:
        sys.stderr.write("there was more than is read for one trace: ask for a narrower id\n")
    return 0 if all(one.is_connected and not one.faults for one in told) else 1

"""`trunkline trace`: the X-Ray traces of one id, joined across queues, as a waterfall."""

import argparse
import sys
from datetime import timedelta
from typing import Final

from trunklab import effects
from trunklab.cli import options, output
from trunklab.errors import TrunklabError, UsageError
from trunklab.observe.trace_tree import join, stories
from trunklab.observe.trace_view import as_json, render
from trunklab.observe.xray_traces import TraceSearch
from trunklab.stage import Stage

_AGES_MAX_DAYS: Final = 30
"""Days that X-Ray keeps traces (AWS: X-Ray quotas)."""


class UnknownTraceError(TrunklabError):
    """No trace names the id."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declares what to search for, and where."""
    options.add_search(parser, "a trace id, a subject, a correlation id or an event id")


def run(arguments: argparse.Namespace) -> int:
    """Searches, joins and prints; returns 0 only if all is connected and nothing failed."""
    age = options.searched_period(arguments)
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
            "look further back with --since, wait some seconds for new segments, or run "
            "`trunkline story`, which shows what X-Ray did not sample"
        )
    shown = stories(joined)
    if arguments.json:
        sys.stdout.write(as_json(arguments.id, joined, shown) + "\n")
    else:
        render(shown, output.console())
    if joined.cut_short:
        sys.stderr.write("too many traces for one search: use a more specific id\n")
    return 0 if all(one.is_connected and not one.faults for one in shown) else 1

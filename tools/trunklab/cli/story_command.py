"""`trunkline story`: everything that happened for one id."""

import argparse
import sys

from rich.console import Console

from trunklab import effects
from trunklab.cli import search
from trunklab.observe.stage_logs import Found
from trunklab.observe.story_json import as_json
from trunklab.observe.story_search import tell
from trunklab.observe.story_view import render
from trunklab.stage import Stage


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what to search for, and where."""
    search.add_arguments(parser, "a subject, a correlation id or an event id")


def run(arguments: argparse.Namespace) -> int:
    """Search, and print what was found."""
    since = effects.now() - search.check(arguments)
    stage = Stage(arguments.stage, arguments.endpoint)
    told = tell(stage, arguments.id, since)
    if arguments.json:
        sys.stdout.write(as_json(arguments.id, told) + "\n")
    else:
        render(told.stories, Console())
    _mention(arguments, told.found, stage)
    return 0 if told.stories else 1


def _mention(arguments: argparse.Namespace, found: Found, stage: Stage) -> None:
    """Say on stderr what a reader of the story must know about the search."""
    if not found.groups:
        sys.stderr.write(
            f"no log group /trunkline/{stage.name}/* at {stage.place}: "
            "nothing has run there yet, or --stage or --endpoint is another\n"
        )
    elif not found.lines:
        sys.stderr.write(
            f"nothing found for {arguments.id} in {', '.join(found.groups)} at {stage.place} "
            f"since {arguments.since}: check the id, look further back with --since, "
            "or wait some seconds for new lines\n"
        )
    if found.malformed:
        sys.stderr.write(f"{found.malformed} of our log lines could not be read\n")
    if found.cut_short:
        sys.stderr.write("there was more than is read for one story: narrow it with --since\n")

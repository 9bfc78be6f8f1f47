"""`trunkline story`: everything that happened for one id."""

import argparse
import sys

from trunklab import effects
from trunklab.cli import options, output
from trunklab.observe.story_search import Found, search_stories
from trunklab.observe.story_view import as_json, render
from trunklab.stage import Stage


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declares what to search for, and where."""
    options.add_search(parser, "a subject, a correlation id or an event id")


def run(arguments: argparse.Namespace) -> int:
    """Searches, and prints the result."""
    since = effects.now() - options.searched_period(arguments)
    stage = Stage(arguments.stage, arguments.endpoint)
    result = search_stories(stage, arguments.id, since)
    if arguments.json:
        sys.stdout.write(as_json(arguments.id, result) + "\n")
    else:
        render(result.stories, output.console())
    _mention(arguments, result.found, stage)
    return 0 if result.stories else 1


def _mention(arguments: argparse.Namespace, found: Found, stage: Stage) -> None:
    """Prints to stderr what a reader of the story must know about the search."""
    if not found.groups:
        sys.stderr.write(
            f"no log group /trunkline/{stage.name}/* at {stage.place}: "
            "nothing has run there yet; check --stage and --endpoint\n"
        )
    elif not found.lines:
        sys.stderr.write(
            f"nothing found for {arguments.id} in {', '.join(found.groups)} at {stage.place} "
            f"since {arguments.since}: check the id, look further back with --since, "
            "or wait some seconds for new lines\n"
        )
    if found.malformed:
        sys.stderr.write(f"{found.malformed} of our log lines are malformed\n")
    if found.cut_short:
        sys.stderr.write("too many log lines for one story: narrow the search with --since\n")

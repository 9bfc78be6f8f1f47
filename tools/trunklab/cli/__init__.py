"""The command `trunkline`: finds the verb, imports only that one, reports failures in words."""

import argparse
import importlib
import signal
import sys
from collections.abc import Sequence
from types import FrameType
from typing import Protocol, cast

from trunklab.cli.verbs import VERBS
from trunklab.errors import TrunklabError


class VerbModule(Protocol):
    """What the module of a verb offers: its arguments and its run."""

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Declare the verb's options."""

    def run(self, arguments: argparse.Namespace) -> int:
        """Do it; return the exit status (0 good, 1 findings, 2 wrong usage)."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one verb and return its exit status."""
    words = list(sys.argv[1:] if argv is None else argv)
    verb = next((" ".join(words[:n]) for n in (2, 1) if " ".join(words[:n]) in VERBS), None)
    if verb is None:
        return _print_overview(words)
    try:
        # SIGINT as well: a shell script that starts us in the background hands it on ignored.
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, _interrupt)
        return _run(verb, words[len(verb.split()) :])
    except TrunklabError as error:
        sys.stderr.write(f"trunkline {verb}: {error}\n")
        return error.exit_status
    except KeyboardInterrupt:
        return 130  # what a shell expects of a command ended by Ctrl-C


def _run(verb: str, words: list[str]) -> int:
    module = cast("VerbModule", importlib.import_module(VERBS[verb].module))
    parser = argparse.ArgumentParser(prog=f"trunkline {verb}", description=VERBS[verb].summary)
    module.add_arguments(parser)
    return module.run(parser.parse_args(words))


def _interrupt(_signal: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _print_overview(words: list[str]) -> int:
    width = max(len(verb) for verb in VERBS)
    lines = [f"  {verb:<{width}}  {entry.summary}" for verb, entry in VERBS.items()]
    overview = "\n".join(["usage: trunkline <verb> [options]", "", *lines, ""])
    asked_for = not words or words[0] in {"-h", "--help", "help"}
    if asked_for:
        sys.stdout.write(f"{overview}\nEach verb explains itself: trunkline <verb> --help\n")
        return 0 if words else 2
    sys.stderr.write(f"trunkline: no verb {' '.join(words[:2])!r}\n{overview}")
    return 2

"""Pattern and event of `rules test` and `rules explain`: options, reading, result."""

import argparse
import errno
import json
import os
import select
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from trunklab import settings
from trunklab.cli import options, output
from trunklab.errors import UsageError
from trunklab.patterns.errors import InvalidEventError, InvalidPatternError
from trunklab.patterns.pattern import Pattern, event_object
from trunklab.patterns.pattern_limits import PATTERN_DEPTH_MAX
from trunklab.printable import printable

PATTERN_BYTES_MAX: Final = 64 * 1024
"""Bytes of a file with a pattern: 4,096 characters, with space for YAML's blanks and comments."""

EVENT_BYTES_MAX: Final = 4 * 1024 * 1024
"""Bytes of an event: AWS's limit is one megabyte, which JSON with blanks may exceed."""

WAIT_S_MAX: Final = 30.0
"""Seconds to wait for a named pipe: it may never get a writer."""

LINE_CHARACTERS_MAX: Final = 2_000
"""Characters of a line that is printed; --json has all of it."""

_STANDARD_INPUT: Final = "-"
_ADVICE: Final = "give a file, - for standard input, or JSON that begins with {"
_YAML: Final = frozenset({".yaml", ".yml"})


class InputError(UsageError):
    """A pattern or an event cannot be read or used."""

    def __init__(self, option: str, argument: str, problem: str) -> None:
        shown = "- (standard input)" if argument == _STANDARD_INPUT else printable(argument, 60)
        super().__init__(f"{option} {shown}{problem}")


def add_pattern(parser: argparse._ActionsContainer) -> None:
    """Declares the options for a pattern."""
    parser.add_argument(
        "--pattern",
        metavar="P",
        help="a file with JSON or YAML, - for standard input, or the JSON itself",
    )
    parser.add_argument(
        "--rule",
        metavar="NAME",
        help="a rule of the templates: its logical id, service/logical id or name",
    )


def add_event(parser: argparse.ArgumentParser) -> None:
    """Declares the options for an event and the format of the result."""
    parser.add_argument(
        "--event",
        required=True,
        metavar="E",
        help="a file with JSON, - for standard input, or the JSON itself",
    )
    options.add_json(parser)


def event(argument: str) -> dict[str, object]:
    """Returns the event of an option; raises InputError."""
    text = _text("--event", argument, EVENT_BYTES_MAX)
    try:
        return dict(event_object(text))
    except InvalidEventError as error:
        raise InputError("--event", argument, f": {_shown(error)}") from error


def pattern_of(argument: str) -> Pattern:
    """Returns the pattern of an option; raises InputError."""
    text = _text("--pattern", argument, PATTERN_BYTES_MAX)
    is_json = text.lstrip().startswith("{") and Path(argument).suffix not in _YAML
    try:
        return Pattern.parse(text.strip() if is_json else _from_yaml(argument, text))
    except InvalidPatternError as error:
        raise InputError("--pattern", argument, f": {_shown(error)}") from error


def _chosen(arguments: argparse.Namespace) -> tuple[Pattern, list[str]]:
    """Returns the pattern of an option, and the expressions in it that have no value here."""
    if arguments.rule is None:
        if arguments.root != settings.REPOSITORY or arguments.parameter:
            raise UsageError("--root and --parameter are for rules of templates; leave them out")
        return pattern_of(arguments.pattern), []
    # Imported here: templates take time, which a pattern of its own does not need.
    from trunklab.cli import chosen_repository  # noqa: PLC0415 - see above

    rule = chosen_repository.rule_named(arguments.rule, chosen_repository.read_templates(arguments))
    place = f"--rule {rule.full_name} ({rule.template}:{rule.line})"
    not_checked = list(map(str, rule.unresolved))
    if rule.known is None:
        reason = "; ".join(not_checked) or "the subscriber has no filter"
        raise UsageError(f"{place}: no pattern: {reason}. Give values with --parameter.")
    try:
        return Pattern.parse(rule.known), not_checked
    except InvalidPatternError as error:
        raise UsageError(f"{place}: {_shown(error)}") from error


def _from_yaml(argument: str, text: str) -> Any:
    import yaml  # noqa: PLC0415 - only where it is YAML

    depth = 0
    try:
        for token in yaml.scan(text):
            depth += type(token).__name__.endswith(("SequenceStartToken", "MappingStartToken"))
            depth -= type(token).__name__.endswith("EndToken")
            if depth > PATTERN_DEPTH_MAX:
                raise InputError("--pattern", argument, ": nested too deeply")
            if isinstance(token, yaml.AliasToken):
                problem = f": aliases cannot be used here: write out *{printable(token.value)}"
                raise InputError("--pattern", argument, problem)
        return yaml.safe_load(text)
    except (yaml.YAMLError, ValueError) as error:
        problem = f": neither JSON nor YAML: {_shown(error)}"
        raise InputError("--pattern", argument, problem) from error


def _text(option: str, argument: str, bytes_max: int) -> str:
    """Returns the text of an option: its value if that begins with {, else a file's content."""
    if argument.lstrip().startswith("{"):
        found = argument.encode(errors="surrogateescape")
    else:
        found = _bytes(option, argument, bytes_max)
    if len(found) > bytes_max:
        raise InputError(option, argument, f": more than {bytes_max} bytes: make it smaller")
    try:
        return found.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        problem = f": invalid UTF-8 at byte {error.start}: save it as UTF-8"
        raise InputError(option, argument, problem) from error


def _bytes(option: str, argument: str, bytes_max: int) -> bytes:
    if not argument:
        raise UsageError(f"{option} is empty: {_ADVICE}")
    if argument == _STANDARD_INPUT and sys.stdin is None:
        raise InputError(option, argument, f" cannot be read: it is closed: {_ADVICE}")
    try:
        if argument != _STANDARD_INPUT:
            return _file(argument, bytes_max + 1)
        return sys.stdin.buffer.read(bytes_max + 1)
    except (OSError, ValueError) as error:
        reason = (isinstance(error, OSError) and error.strerror) or error
        raise InputError(option, argument, f" cannot be read: {reason}: {_ADVICE}") from error


def _file(name: str, bytes_max: int) -> bytes:
    """Returns the beginning of a file, or of what is written to a pipe in time."""
    found = b""
    with open(name, "rb", 0, opener=_opened) as file:
        while len(found) < bytes_max:
            if not select.select([file], [], [], WAIT_S_MAX)[0]:
                raise TimeoutError(errno.ETIMEDOUT, f"no data within {WAIT_S_MAX:.0f} s")
            more = file.read(bytes_max - len(found))
            if not more:
                break
            found += more
    return found


def _opened(name: str, flags: int) -> int:
    """Opens with O_NONBLOCK: a pipe without a writer would block for ever."""
    return os.open(name, flags | os.O_NONBLOCK)


def _shown(error: Exception) -> str:
    lines = (printable(line, LINE_CHARACTERS_MAX) for line in str(error).splitlines())
    return "\n".join(lines)


def explain(arguments: argparse.Namespace, *, changes: bool) -> int:
    """Prints why the pattern matches the event or not; returns 0 for a match, else 1."""
    if arguments.pattern == arguments.event == _STANDARD_INPUT:
        raise UsageError("pattern and event cannot both be -: put one of them into a file")
    pattern, not_checked = _chosen(arguments)
    try:
        explanation = pattern.explain(event(arguments.event))
    except InvalidEventError as error:
        raise UsageError(f"--event: {_shown(error)}") from error
    if arguments.json:
        document = asdict(explanation)
        if not changes:
            del document["changes"]
        if not_checked:
            document["not_checked"] = not_checked
        output.write(json.dumps(document, indent=2) + "\n")
    else:
        lines = [*explanation.lines(changes=changes), *(f"not checked: {e}" for e in not_checked)]
        output.write("".join(f"{printable(line, LINE_CHARACTERS_MAX)}\n" for line in lines))
    return 0 if explanation.matched else 1

"""`trunkline publish`: sends valid events of a contract, and follows them."""

import argparse
import json
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from difflib import get_close_matches
from typing import Final

from trunklab import effects, settings
from trunklab.cli import options, output, rule_inputs
from trunklab.contracts.contract import Contract
from trunklab.contracts.contract_files import contracts_in
from trunklab.errors import ExitStatus, UsageError
from trunklab.operate.event_generator import Request, data_node, generate
from trunklab.operate.event_sender import Sent, envelope, new_id, send
from trunklab.operate.field_assignments import parse_assignments
from trunklab.operate.followed_events import Followed, Step, follow
from trunklab.patterns.pattern import Pattern
from trunklab.printable import printable
from trunklab.scaffold.subscription import Subscription
from trunklab.stage import Stage
from trunkline.envelope import Envelope

COUNT_MAX: Final = 10_000
"""Events of one call, all of which are in memory."""

WAIT_S: Final = 60
"""Default of --wait: longer than the visibility timeout of most consumers."""

WAIT_S_MAX: Final = 3_600
_SEED_DIGITS: Final = 6
_NAMES_SHOWN_MAX: Final = 8
_EVENTS_SHOWN_MAX: Final = 10
"""Events listed as text; --json has all of them."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declares the options."""
    parser.add_argument("contract", help="detail-type, or source@detail-type")
    parser.add_argument(
        "--where", metavar="CONDITION", help="only data like this, such as 'total.amount >= 100'"
    )
    parser.add_argument("--pattern", metavar="P", help="only events that match; as in rules test")
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="PATH=VALUE",
        help="a field of the data, such as total.amount=5 or lines.0.sku=A; repeatable",
    )
    parser.add_argument("--count", type=int, default=1, help="number of events (default 1)")
    parser.add_argument("--seed", help="the same seed gives the same data (default: random)")
    parser.add_argument(
        "--random", action="store_true", help="draw every field instead of varying the examples"
    )
    parser.add_argument(
        "--wait",
        type=int,
        nargs="?",
        const=WAIT_S,
        metavar="SECONDS",
        help=f"follow the events through all consumers, at most this long (default {WAIT_S})",
    )
    parser.add_argument(
        "--consumer",
        default="",
        metavar="NAME",
        help="with --wait: only this service or handler counts",
    )
    parser.add_argument("--stage", default=settings.LOCAL_STAGE, help="default: %(default)s")
    options.add_endpoint(parser)
    options.add_root(parser)
    parser.add_argument("--dry-run", action="store_true", help="print the events, send nothing")
    parser.add_argument("--yes", action="store_true", help="do not ask before sending to AWS")
    options.add_json(parser)


def run(arguments: argparse.Namespace) -> int:
    """Generates, sends and follows the events; returns 1 if any of it failed."""
    _check_numbers(arguments)
    contract = _contract(contracts_in(arguments.root), arguments.contract)
    assignments = parse_assignments(arguments.set, data_node(contract))
    request = Request(
        contract, assignments, _patterns(arguments, contract), is_random=arguments.random
    )
    seed = arguments.seed or effects.random_hex(_SEED_DIGITS)
    correlation_id = new_id()
    data = generate(request, seed, arguments.count)
    events = [envelope(contract, each, correlation_id) for each in data]
    if arguments.dry_run:
        _print_events(events, seed, as_json=arguments.json)
        return ExitStatus.GOOD
    stage = Stage(arguments.stage, arguments.endpoint)
    if not stage.is_local and not arguments.yes:
        _confirm(arguments, contract)
    since = effects.now()
    sent = send(stage, events)
    if not arguments.json:
        _print_sent(stage, seed, events, sent)
    followed = None
    accepted = [event for event in events if event.metadata.event_id in sent.accepted]
    if arguments.wait is not None and accepted:
        followed = follow(stage, accepted, since, arguments.wait, arguments.consumer)
    if arguments.json:
        output.write(_document(stage, seed, events, sent, followed))
    elif followed:
        _print_followed(followed)
    is_good = not sent.refused and (followed is None or followed.is_good)
    return ExitStatus.GOOD if is_good else ExitStatus.FINDINGS


def _check_numbers(arguments: argparse.Namespace) -> None:
    if not 1 <= arguments.count <= COUNT_MAX:
        raise UsageError(f"Invalid --count {arguments.count}: use 1 to {COUNT_MAX}.")
    if arguments.consumer and arguments.wait is None:
        raise UsageError("--consumer says whose result --wait reports: add --wait.")
    if arguments.wait is not None and not 1 <= arguments.wait <= WAIT_S_MAX:
        raise UsageError(f"Invalid --wait {arguments.wait}: use 1 to {WAIT_S_MAX} seconds.")


def _contract(contracts: Sequence[Contract], name: str) -> Contract:
    """Returns the contract with this detail-type or full name; raises UsageError."""
    found = [one for one in contracts if name in {one.name, one.detail_type}]
    if len(found) == 1:
        return found[0]
    if found:
        full = ", ".join(one.name for one in found)
        raise UsageError(f"Several contracts have the detail-type {name!r}: use one of {full}.")
    names = [one.detail_type for one in contracts]
    close = get_close_matches(name, names, 1)
    advice = f"did you mean {close[0]}?" if close else "use one that exists."
    listed = ", ".join(names[:_NAMES_SHOWN_MAX]) or "none; see --root"
    raise UsageError(f"Unknown contract {printable(name)!r}; {advice} Contracts: {listed}")


def _patterns(arguments: argparse.Namespace, contract: Contract) -> tuple[Pattern, ...]:
    """Returns the event patterns that all events must match."""
    patterns = [rule_inputs.pattern_of(arguments.pattern)] if arguments.pattern else []
    if arguments.where:
        subscription = Subscription(contract, arguments.where)
        subscription.judged()
        patterns.append(Pattern.parse(json.dumps(subscription.pattern)))
    return tuple(patterns)


def _confirm(arguments: argparse.Namespace, contract: Contract) -> None:
    question = f"Publish {arguments.count} x {contract.name} to the stage {arguments.stage} of AWS"
    if arguments.json or not sys.stdin.isatty():
        raise UsageError(f"{question}? Add --yes to confirm.")
    sys.stderr.write(f"{question}? [y/N] ")
    sys.stderr.flush()
    if sys.stdin.readline().strip().lower() not in {"y", "yes"}:
        raise UsageError("Not confirmed: nothing was sent.")


def _print_events(events: Sequence[Envelope], seed: str, *, as_json: bool) -> None:
    listed = [
        {
            "source": event.source,
            "detail-type": event.detail_type,
            "detail": json.loads(event.detail()),
        }
        for event in events
    ]
    if as_json:
        output.write(json.dumps({"seed": seed, "events": listed}, indent=2) + "\n")
    else:
        output.write("".join(json.dumps(one, ensure_ascii=False) + "\n" for one in listed))


def _print_sent(stage: Stage, seed: str, events: Sequence[Envelope], sent: Sent) -> None:
    kind, number = events[0].detail_type, len(sent.accepted)
    lines = [
        f"published {number} of {len(events)} {kind} to {sent.bus} at {stage.place}",
        f"seed {seed}, correlation {events[0].metadata.correlation_id}",
    ]
    subjects = {one.metadata.event_id: one.metadata.subject for one in events}
    shown = list(sent.accepted)[:_EVENTS_SHOWN_MAX]
    lines += [f"  event {event_id}, subject {subjects[event_id]}" for event_id in shown]
    lines += [f"  and {number - len(shown)} more"] if number > len(shown) else []
    refused = Counter(sent.refused.values())
    lines += [f"  refused: {count}, {error}" for error, count in refused.items()]
    output.write("".join(f"{printable(line)}\n" for line in lines))


def _print_followed(followed: Followed) -> None:
    groups: dict[tuple[str, ...], list[Step]] = {}
    for step in followed.steps:
        groups.setdefault((step.detail_type, step.consumer, step.outcome), []).append(step)
    lines = []
    for (detail_type, consumer, outcome), steps in groups.items():
        reasons = list(dict.fromkeys(step.reason for step in steps if step.reason))
        line = f"  {detail_type} -> {consumer}: {len(steps)} {outcome}"
        line += f", {reasons[0]}" if reasons else ""
        lines.append(line + (f" (and {len(reasons) - 1} other reasons)" if reasons[1:] else ""))
    lines = lines or ["  no subscribers: no rule of the bus matches"]
    result = "all consumers ended" if followed.is_over else "timed out"
    result = result if followed.is_over or followed.steps else "the consumer received nothing"
    result += "" if followed.is_good or not followed.is_over else ", with failures,"
    lines += ["  too many log lines: steps may be missing"] if followed.cut_short else []
    lines += [f"{result} after {followed.waited_s:.1f} s"]
    output.write("".join(f"{printable(line)}\n" for line in lines))


def _document(
    stage: Stage, seed: str, events: Sequence[Envelope], sent: Sent, followed: Followed | None
) -> str:
    document = {
        "stage": stage.name,
        "contract": f"{events[0].source}@{events[0].detail_type}",
        "seed": seed,
        "correlation_id": events[0].metadata.correlation_id,
        "subjects": {one.metadata.event_id: one.metadata.subject for one in events},
        **asdict(sent),
        "followed": asdict(followed) | {"is_good": followed.is_good} if followed else None,
    }
    return json.dumps(document, indent=2) + "\n"

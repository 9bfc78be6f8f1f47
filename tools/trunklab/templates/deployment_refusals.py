"""Rules, targets and queues that AWS refuses at deployment, although the template is valid."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from trunklab.templates import event_buses
from trunklab.templates.opened import Opened, Resource
from trunklab.templates.placed import Placed
from trunklab.templates.topology import DEFAULT_BUS, Function, Kind, Refusal

TARGETS_MAX: Final = 5
"""Targets of one rule (AWS: not adjustable)."""

VISIBILITY_S_DEFAULT: Final = 30
FUNCTION_S_DEFAULT: Final = 3
"""Seconds if the template gives none (AWS's defaults)."""

_QUEUE: Final = "AWS::SQS::Queue"
_FIFO_ENDING: Final = ".fifo"


def refusals_of(opened: Opened, functions: Iterable[Function]) -> Iterator[Refusal]:
    """Yields what AWS refuses in one template; values that are unknown here are not judged."""
    queues = {queue.logical_id: queue for queue in opened.of(_QUEUE)}
    for resource in opened.of(Kind.RULE):
        yield from _rule(opened, resource)
        yield from _targets(opened, resource, queues)
    yield from _visibility(opened, functions, queues)


def _rule(opened: Opened, rule: Resource) -> Iterator[Refusal]:
    properties = rule.properties
    schedule = properties.get("ScheduleExpression")
    if properties.get("EventPattern").value is None and schedule.value is None:
        problem = f"{rule.logical_id} has neither EventPattern nor ScheduleExpression"
        yield Refusal(opened.path, rule.line, "no-pattern", problem, "give it one of them")
    bus, missing = event_buses.named(opened, properties.get("EventBusName"))
    if schedule.value is not None and missing is None and bus != DEFAULT_BUS:
        problem = f"{rule.logical_id}: AWS allows schedules on the default bus only, not on {bus}"
        fix = "remove EventBusName, or use AWS::Scheduler::Schedule"
        yield Refusal(opened.path, schedule.line, "schedule-bus", problem, fix)


def _targets(opened: Opened, rule: Resource, queues: Mapping[str, Resource]) -> Iterator[Refusal]:
    listed = rule.properties.get("Targets")
    targets = listed.value if isinstance(listed.value, tuple) else ()
    certain = [target for target in targets if not target.branches]
    if len(certain) > TARGETS_MAX:
        problem = f"{rule.logical_id} has {len(certain)} targets, AWS allows {TARGETS_MAX}"
        fix = "send the event to an SNS topic, or write a second rule"
        place = certain[TARGETS_MAX].line
        yield Refusal(opened.path, place, "too-many-targets", problem, fix)
    for target in listed.items:
        arn, group = target.get("Arn"), target.get("SqsParameters", "MessageGroupId")
        if group.value is None and _is_fifo(arn, queues.get(opened.referred(arn))):
            problem = f"{rule.logical_id}: a FIFO queue needs a message group"
            fix = "set SqsParameters: {MessageGroupId: …} beside Arn"
            yield Refusal(opened.path, arn.line, "fifo-group", problem, fix)


def _is_fifo(arn: Placed, queue: Resource | None) -> bool:
    if queue is not None:
        return queue.properties.get("FifoQueue").text.lower() == "true"
    written = arn.partial.text if arn.partial else arn.text
    return ":sqs:" in written and written.endswith(_FIFO_ENDING)


def _visibility(
    opened: Opened, functions: Iterable[Function], queues: Mapping[str, Resource]
) -> Iterator[Refusal]:
    resources = {resource.logical_id: resource for resource in opened.resources}
    for function in functions:
        own = resources[function.logical_id].properties
        timeout_s = _seconds(own.get("Timeout"), FUNCTION_S_DEFAULT)
        for queue in (queues[name] for name in function.queues if name in queues):
            written = queue.properties.get("VisibilityTimeout")
            visible_s = _seconds(written, VISIBILITY_S_DEFAULT)
            if timeout_s is not None and visible_s is not None and visible_s < timeout_s:
                problem = (
                    f"{queue.logical_id} hides a message for {visible_s} s, its function"
                    f" {function.logical_id} may run for {timeout_s} s"
                )
                fix = f"set VisibilityTimeout to at least {timeout_s}, better six times as much"
                line = queue.line if written.value is None else written.line
                yield Refusal(opened.path, line, "visibility-timeout", problem, fix)


def _seconds(written: Placed, default: int) -> int | None:
    """Returns the number, or the default if none is given; None if the value is unknown."""
    if written.value is None:
        return default
    return int(written.text) if written.text.isdecimal() else None

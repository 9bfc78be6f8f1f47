"""Names what of a template the emulator accepts and then does nothing with.

Each line of the table was seen, see docs/local.md; the deployment says them once per start.
"""

from collections import Counter
from collections.abc import Iterator
from typing import Any, Final

from trunklab.templates.template_file import JsonObject

_IGNORED: Final = {
    "AWS::Events::Rule": (
        ("Targets.RetryPolicy", "RetryPolicy of rule targets"),
        ("Targets.DeadLetterConfig", "DeadLetterConfig of rule targets"),
    ),
    "AWS::Events::EventBus": (
        ("DeadLetterConfig", "DeadLetterConfig of buses"),
        ("LogConfig", "LogConfig of buses"),
        ("Policy", "Policy of buses"),
    ),
    "AWS::Lambda::EventSourceMapping": (
        ("MaximumBatchingWindowInSeconds", "batching windows of event source mappings"),
    ),
    "AWS::Scheduler::Schedule": (
        ("ScheduleExpressionTimezone", "time zones of schedules"),
        ("Target.RetryPolicy", "RetryPolicy of schedules"),
        ("Target.DeadLetterConfig", "DeadLetterConfig of schedules"),
        ("Target.EventBridgeParameters", "EventBridgeParameters of schedules"),
    ),
    "AWS::SNS::Subscription": (("RedrivePolicy", "RedrivePolicy of subscriptions"),),
}


def find(body: JsonObject) -> Counter[str]:
    """Count what of a translated template has no effect, by its name for people."""
    return Counter(
        name
        for resource in body["Resources"].values()
        for path, name in _IGNORED.get(resource["Type"], ())
        if any(_values(resource.get("Properties") or {}, path.split(".")))
    )


def note(bodies: list[JsonObject]) -> list[str]:
    """Return the one line that says it of all templates, if there is anything to say."""
    counted = sum((find(body) for body in bodies), Counter[str]())
    if not counted:
        return []
    said = ", ".join(f"{name} ({number})" for name, number in sorted(counted.items()))
    return [f"accepted here without effect, see docs/local.md: {said}"]


def _values(value: Any, path: list[str]) -> Iterator[bool]:
    if isinstance(value, list):
        for one in value:
            yield from _values(one, path)
    elif not path:
        yield value is not None
    elif isinstance(value, dict) and path[0] in value:
        yield from _values(value[path[0]], path[1:])

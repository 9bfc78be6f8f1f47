"""The state of event buses: rules, targets, and the checks of requests about them."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from trunklab.local.delivery import target_input
from trunklab.local.delivery.context import Due
from trunklab.local.delivery.event_delivery import is_delivered
from trunklab.local.delivery.paging import Paging
from trunklab.local.delivery.routing_log import RoutingLog
from trunklab.local.delivery.steps import ApiError, JsonObject
from trunklab.patterns.compiled.rule_set import RuleSet
from trunklab.patterns.errors import InvalidPatternError
from trunklab.patterns.pattern import Pattern

ENABLED: Final = "ENABLED"
INVALID: Final = "ValidationException"
LATER: Final = "is not there yet on the local platform"
PAGE_MAX: Final = 100
_STANDARD_QUEUE: Final = re.compile(r"arn:[\w-]+:sqs:[\w-]+:\d{12}:[\w-]+")
POLICY_MAX: Final = 10_240
"""Characters of the policy of a bus [EventBridge quotas]."""


@dataclass(slots=True, eq=False)
class Rule:
    """A rule and its targets by their ids."""

    name: str
    arn: str
    bus: str
    settings: JsonObject = field(default_factory=dict)
    """Members of PutRule, but for name, bus and tags."""
    pattern: Pattern | None = None
    targets: dict[str, JsonObject] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    due: Due | None = None
    """The next run of its schedule."""

    def stop(self) -> None:
        """Ends its schedule."""
        if self.due:
            self.due.cancel()

    def shown(self) -> JsonObject:
        """Returns the rule as ListRules does."""
        optional = {"EventPattern", "ScheduleExpression", "Description", "RoleArn"}
        kept = {key: value for key, value in self.settings.items() if key in optional}
        state = self.settings.get("State", ENABLED)
        return {
            "Name": self.name,
            "Arn": self.arn,
            "State": state,
            "EventBusName": self.bus,
            **kept,
        }


@dataclass(slots=True, eq=False)
class Bus:
    """An event bus."""

    name: str
    arn: str
    created: float
    log: RoutingLog
    settings: JsonObject = field(default_factory=dict)
    modified: float | None = None
    statements: list[JsonObject] = field(default_factory=list)
    rules: dict[str, Rule] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    compiled: RuleSet | None = None

    def matching(self, text: str) -> list[Rule]:
        """Returns the enabled rules that an event matches."""
        if self.compiled is None:
            self.compiled = RuleSet(
                {
                    rule.name: rule.pattern
                    for rule in self.rules.values()
                    if rule.pattern and rule.settings.get("State", ENABLED) != "DISABLED"
                }
            )
        return [self.rules[name] for name in self.compiled.match(text)]


@dataclass(frozen=True, slots=True)
class Arrived:
    """An event on a bus."""

    bus: Bus
    event_id: str
    text: str
    trace_header: str | None
    when: float
    hops: int = 0
    """Number of buses that it has passed before."""


def bus_name(name_or_arn: str) -> str:
    """Returns the name in a name or ARN of a bus."""
    return name_or_arn.partition(":event-bus/")[2] or name_or_arn


def pattern_of(text: str) -> Pattern:
    """Returns a pattern; raises ApiError with AWS's reason."""
    try:
        return Pattern.parse(text)
    except InvalidPatternError as error:
        raise ApiError("InvalidEventPatternException", str(error)) from error


def shown_bus(bus: Bus) -> JsonObject:
    """Returns a bus as ListEventBuses does."""
    shown: JsonObject = {
        "Name": bus.name,
        "Arn": bus.arn,
        "CreationTime": bus.created,
        "LastModifiedTime": bus.created if bus.modified is None else bus.modified,
    }
    if bus.statements:
        policy = {"Version": "2012-10-17", "Statement": bus.statements}
        shown["Policy"] = json.dumps(policy, separators=(",", ":"))
    return shown


def statements_of(policy_text: str) -> list[JsonObject]:
    """Returns the statements of a policy; raises ApiError."""
    if len(policy_text) > POLICY_MAX:
        message = f"The policy has more than {POLICY_MAX} characters."
        raise ApiError("PolicyLengthExceededException", message)
    try:
        policy = json.loads(policy_text)
    except ValueError as error:
        message = "Parameter Policy is not valid. Reason: Invalid JSON."
        raise ApiError(INVALID, message) from error
    found = policy.get("Statement", []) if isinstance(policy, dict) else None
    statements = [found] if isinstance(found, dict) else found
    if not isinstance(statements, list) or not all(isinstance(one, dict) for one in statements):
        message = "Parameter Policy is not valid. Reason: Its statements are not objects."
        raise ApiError(INVALID, message)
    return statements


def check_target(target: JsonObject) -> None:
    """Raises ApiError for a target that AWS or the platform refuses."""
    name, arn = target["Id"], target["Arn"]
    if not re.fullmatch(r"arn:[\w-]+:[\w-]+:[\w-]*:\d*:.+", arn):
        message = f"Parameter {arn} is not valid. Reason: Provided Arn is not in correct format."
        raise ApiError(INVALID, message)
    _check_input(target)
    dead_letters = (target.get("DeadLetterConfig") or {}).get("Arn")
    if dead_letters and not _STANDARD_QUEUE.fullmatch(dead_letters):
        message = f"Parameter DeadLetterConfig.Arn is not valid for target: {name}. Reason: It must"
        raise ApiError(INVALID, f"{message} be the ARN of a standard queue.")
    if arn.endswith(".fifo") and "MessageGroupId" not in (target.get("SqsParameters") or {}):
        message = f"Parameter(s) SqsParameters must be specified for target: {name}."
        raise ApiError(INVALID, message)
    if arn.split(":")[2] in {"states", "kinesis"} and not target.get("RoleArn"):
        raise ApiError(INVALID, f"RoleArn is required for target {arn}.")
    if not is_delivered(arn):
        raise ApiError(INVALID, f"Target {name}: delivery to {arn.split(':')[2]} {LATER}.")


def listed(name: str, items: Sequence[Any], given: JsonObject) -> JsonObject:
    """Returns one page of a list."""
    return Paging().page(name, items, given, given.get("Limit", PAGE_MAX))


def _check_input(target: JsonObject) -> None:
    name = target["Id"]
    if sum(shaper in target for shaper in target_input.SHAPERS) > 1:
        message = "Only one of Input, InputPath, or InputTransformer must be provided for target"
        raise ApiError(INVALID, f"{message} {name}.")
    if "Input" in target:
        try:
            json.loads(target["Input"])
        except ValueError as error:
            message = f"JSON syntax error in input for target {name}."
            raise ApiError(INVALID, message) from error
    if "InputTransformer" in target:
        for unknown in target_input.unknown_placeholders(target["InputTransformer"]):
            message = f"InputTemplate for target {name} contains invalid placeholder {unknown}."
            raise ApiError(INVALID, message)
        template = target["InputTransformer"]["InputTemplate"]
        try:
            target_input.check_template(template)
        except json.JSONDecodeError as error:
            place = f'[Source: (String)"{template}"; line: {error.lineno}, column: {error.colno}]'
            message = f"Invalid InputTemplate for target {name} : {place}."
            raise ApiError(INVALID, message) from error


def picked(given: Mapping[str, Any], *names: str) -> JsonObject:
    """Returns some members, as far as they are given."""
    return {name: given[name] for name in names if given.get(name) is not None}


def tags_of(given: JsonObject) -> dict[str, str]:
    """Returns the tags of a request."""
    return {tag["Key"]: tag["Value"] for tag in given.get("Tags", [])}

"""EventBridge: buses, their rules and targets, and the way of an event to them."""

import json
from typing import Final

from trunklab.local.delivery import put_events, routing_log
from trunklab.local.delivery.archives import Archives
from trunklab.local.delivery.bus_state import (
    ENABLED,
    INVALID,
    Arrived,
    Bus,
    Rule,
    bus_name,
    check_target,
    listed,
    pattern_of,
    picked,
    shown_bus,
    statements_of,
    tags_of,
)
from trunklab.local.delivery.context import Context, Service
from trunklab.local.delivery.event_delivery import (
    Deliveries,
    Delivery,
    Failure,
    Functions,
)
from trunklab.local.delivery.queues import Queues
from trunklab.local.delivery.routing_log import Record, RoutingLog
from trunklab.local.delivery.schedule_expressions import UTC, Following, recurrence
from trunklab.local.delivery.steps import ApiCall, ApiError, JsonObject
from trunklab.local.delivery.target_input import Matched
from trunklab.patterns.errors import InvalidEventError

DEFAULT: Final = "default"
BUSES_MAX: Final = 100
RULES_MAX: Final = 300
TARGETS_MAX: Final = 5
HOPS_MAX: Final = 10
"""Buses that an event passes: rules that send it in a circle end."""
_EVENT_FIELDS: Final = ("id", "account", "source", "time", "region", "detail-type")
"""Required of an event by TestEventPattern [recorded]."""
_NOT_FOUND: Final = "ResourceNotFoundException"
_EXISTS: Final = "ResourceAlreadyExistsException"
_LIMIT: Final = "LimitExceededException"
_LIMIT_TEXT: Final = "The requested resource exceeds the maximum number allowed."


class Buses(Service):
    """All buses of the account."""

    def __init__(self, context: Context, queues: Queues, functions: Functions) -> None:
        self._context = context
        self._deliveries = Deliveries(context, queues, functions, self._forward)
        self._buses: dict[str, Bus] = {}
        self._archives = Archives(context, lambda arn: self._bus({"EventBusName": arn}))
        self._create(DEFAULT, {}, 0.0)

    def call(self, call: ApiCall, now: float) -> JsonObject | None:
        """Answers an operation; raises ApiError."""
        if call.operation == "PutEvents":
            return self.put_entries(call.parameters["Entries"], call.trace_header, now)
        if "Archive" in call.operation or "Replay" in call.operation:
            return self._archives.call(call, now)
        return super().call(call, now)

    def put_entries(
        self, entries: list[JsonObject], trace_header: str | None, now: float
    ) -> JsonObject:
        """Returns the response of PutEvents, and sends what is accepted on its way."""
        put_events.check_size(entries)
        answered = [self._put(entry, trace_header, now) for entry in entries]
        failed = sum("ErrorCode" in one for one in answered)
        return {"FailedEntryCount": failed, "Entries": answered}

    def put_event(self, bus: str, text: str, trace_header: str | None, now: float) -> bool:
        """Routes a whole event, as it is; False if the bus does not exist."""
        found = self._buses.get(bus_name(bus))
        if found is None:
            return False
        self._route(Arrived(found, json.loads(text)["id"], text, trace_header, now))
        return True

    def log_records(self, group: str, operation: str, given: JsonObject) -> JsonObject | None:
        """Answers FilterLogEvents and GetLogEvents for the log of a bus; None if it has none."""
        bus = self._buses.get(group.removeprefix(routing_log.GROUP_PREFIX))
        return bus.log.answer(operation, given) if bus else None

    def _put(self, entry: JsonObject, trace_header: str | None, now: float) -> JsonObject:
        refused = put_events.refusal(entry)
        if refused:
            return refused
        event_id = self._context.new_id()
        bus = self._buses.get(bus_name(entry.get("EventBusName") or DEFAULT))
        if bus is not None:  # AWS accepts events for a bus that does not exist, and drops them
            account, region = self._context.account, self._context.region
            text = put_events.event_text(event_id, entry, account, region, now)
            header = entry.get("TraceHeader") or trace_header
            self._route(Arrived(bus, event_id, text, header, now))
        return {"EventId": event_id}

    def _forward(self, delivery: Delivery, now: float) -> Failure | None:
        """Puts an event on the bus that is its target, with a new id."""
        bus = self._buses.get(bus_name(delivery.arn))
        if bus is None:
            return Failure("NO_RESOURCE", f"Event bus {delivery.arn} does not exist.")
        if delivery.hops >= HOPS_MAX:
            text = f"The event has passed {HOPS_MAX} buses: its rules send it in a circle."
            return Failure("INTERNAL_ERROR", text)
        event = json.loads(delivery.matched.text) | {"id": self._context.new_id()}
        text = json.dumps(event, ensure_ascii=False, separators=(",", ":"))
        header, hops = delivery.trace_header, delivery.hops + 1
        self._route(Arrived(bus, event["id"], text, header, now, hops))
        return None

    def _route(self, arrived: Arrived) -> None:
        log, event_id, now = arrived.bus.log, arrived.event_id, arrived.when
        log.add(Record("EVENT_RECEIPT", event_id, now, {}))
        try:
            rules = arrived.bus.matching(arrived.text)
        except InvalidEventError as error:
            problem = {"error_message": str(error)}
            log.add(Record("EVENT_INGEST_FAILURE", event_id, now, {}, error=problem))
            return
        if not rules:
            log.add(Record("NO_STANDARD_RULES_MATCHED", event_id, now, {}))
        for rule in rules:
            self._match(rule, arrived)

    def _match(self, rule: Rule, arrived: Arrived) -> None:
        log, event_id, now = arrived.bus.log, arrived.event_id, arrived.when
        log.add(Record("RULE_MATCH", event_id, now, {"rule_arn": rule.arn}))
        matched = Matched(arrived.text, rule.arn, rule.name, put_events.utc_text(now))
        for target in list(rule.targets.values()):
            named = (self._context.new_id(), event_id, matched, target)
            own = (arrived.trace_header, log, now, arrived.hops)
            self._deliveries.start(Delivery(*named, *own), now)

    # Buses

    def _create(self, name: str, settings: JsonObject, now: float) -> Bus:
        arn = self._context.arn("events", f"event-bus/{name}")
        bus = self._buses[name] = Bus(name, arn, now, RoutingLog(arn), settings)
        return bus

    def _bus(self, given: JsonObject, key: str = "EventBusName") -> Bus:
        name = bus_name(given.get(key) or DEFAULT)
        bus = self._buses.get(name)
        if bus is None:
            raise ApiError(_NOT_FOUND, f"Event bus {name} does not exist.")
        return bus

    def _create_event_bus(self, given: JsonObject, now: float) -> JsonObject:
        name = given["Name"]
        if source := given.get("EventSourceName"):
            raise ApiError(_NOT_FOUND, f"Event source {source} does not exist.")
        if name in self._buses:
            raise ApiError(_EXISTS, f"Event bus {name} already exists.")
        if "/" in name or name.startswith("aws."):
            reason = (
                "Event bus name must not contain '/'." if "/" in name else "It begins with aws."
            )
            raise ApiError(INVALID, f"Parameter Name is not valid. Reason: {reason}")
        if len(self._buses) >= BUSES_MAX:
            raise ApiError(_LIMIT, _LIMIT_TEXT)
        settings = picked(given, "Description", "KmsKeyIdentifier", "DeadLetterConfig", "LogConfig")
        bus = self._create(name, settings, now)
        bus.tags = tags_of(given)
        return {"EventBusArn": bus.arn, **settings}

    def _update_event_bus(self, given: JsonObject, now: float) -> JsonObject:
        bus = self._bus(given, "Name")
        names = ("Description", "KmsKeyIdentifier", "DeadLetterConfig", "LogConfig")
        bus.settings.update(picked(given, *names))
        bus.modified = now
        return {"Arn": bus.arn, "Name": bus.name, **bus.settings}

    def _describe_event_bus(self, given: JsonObject, _now: float) -> JsonObject:
        bus = self._bus(given, "Name")
        return {**shown_bus(bus), **bus.settings}

    def _delete_event_bus(self, given: JsonObject, _now: float) -> JsonObject:
        if given["Name"] == DEFAULT:
            raise ApiError(INVALID, "Cannot delete event bus default.")
        bus = self._bus(given, "Name")
        if bus.rules:
            raise ApiError(INVALID, f"Event bus {bus.name} can't be deleted since it has rules.")
        del self._buses[bus.name]
        return {}

    def _list_event_buses(self, given: JsonObject, _now: float) -> JsonObject:
        names = [name for name in self._buses if name.startswith(given.get("NamePrefix", ""))]
        return listed("EventBuses", [shown_bus(self._buses[name]) for name in names], given)

    def _put_permission(self, given: JsonObject, _now: float) -> JsonObject:
        bus = self._bus(given)
        if "Policy" in given:
            bus.statements = statements_of(given["Policy"])
            return {}
        for name in ("StatementId", "Principal", "Action"):
            if name not in given:
                message = f"Parameter {name} is not valid. Reason: {name} is a required argument."
                raise ApiError(INVALID, message)
        account = given["Principal"]
        statement = {
            "Sid": given["StatementId"],
            "Effect": "Allow",
            "Principal": "*" if account == "*" else {"AWS": f"arn:aws:iam::{account}:root"},
            "Action": given["Action"],
            "Resource": bus.arn,
        }
        if condition := given.get("Condition"):
            statement["Condition"] = {condition["Type"]: {condition["Key"]: condition["Value"]}}
        kept = [one for one in bus.statements if one.get("Sid") != given["StatementId"]]
        bus.statements = [*kept, statement]
        return {}

    def _remove_permission(self, given: JsonObject, _now: float) -> JsonObject:
        bus = self._bus(given)
        sid = given.get("StatementId")
        kept = [one for one in bus.statements if one.get("Sid") != sid]
        if given.get("RemoveAllPermissions"):
            kept = []
        elif not bus.statements:
            raise ApiError(_NOT_FOUND, "EventBus does not have a policy.")
        elif len(kept) == len(bus.statements):
            raise ApiError(_NOT_FOUND, "Statement with the provided id does not exist.")
        bus.statements = kept
        return {}

    # Rules

    def _rule(self, bus: Bus, name: str) -> Rule:
        rule = bus.rules.get(name)
        if rule is None:
            raise ApiError(_NOT_FOUND, f"Rule {name} does not exist on EventBus {bus.name}.")
        return rule

    def _put_rule(self, given: JsonObject, now: float) -> JsonObject:
        bus, name = self._bus(given), given["Name"]
        schedule, text = given.get("ScheduleExpression"), given.get("EventPattern")
        if not schedule and not text:
            message = "Parameter(s) EventPattern or ScheduleExpression must be specified."
            raise ApiError(INVALID, message)
        if schedule and bus.name != DEFAULT:
            message = "ScheduleExpression is supported only on the default event bus."
            raise ApiError(INVALID, message)
        runs = (
            recurrence(schedule, UTC, "Parameter ScheduleExpression is not valid.")
            if schedule
            else None
        )
        pattern = pattern_of(text) if text else None
        if name not in bus.rules and len(bus.rules) >= RULES_MAX:
            raise ApiError(_LIMIT, _LIMIT_TEXT)
        if name not in bus.rules:
            place = name if bus.name == DEFAULT else f"{bus.name}/{name}"
            arn = self._context.arn("events", f"rule/{place}")
            bus.rules[name] = Rule(name, arn, bus.name, tags=tags_of(given))
        rule = bus.rules[name]
        names = ("EventPattern", "ScheduleExpression", "State", "Description", "RoleArn")
        rule.settings, rule.pattern = picked(given, *names), pattern
        rule.stop()
        if runs and given.get("State", ENABLED) != "DISABLED":
            self._plan(bus, rule, runs, now)
        bus.compiled = None
        return {"RuleArn": rule.arn}

    def _plan(self, bus: Bus, rule: Rule, runs: Following, after: float) -> None:
        run = runs(after, after)
        if run is None:
            return

        def tick(now: float) -> None:
            self._tick(bus, rule, now)
            self._plan(bus, rule, runs, now)

        rule.due = self._context.call_at(run, tick)

    def _tick(self, bus: Bus, rule: Rule, now: float) -> None:
        event_id = self._context.new_id()
        entry = {
            "Source": "aws.events",
            "DetailType": "Scheduled Event",
            "Resources": [rule.arn],
            "Detail": "{}",
        }
        account, region = self._context.account, self._context.region
        text = put_events.event_text(event_id, entry, account, region, now)
        self._match(rule, Arrived(bus, event_id, text, None, now))

    def _describe_rule(self, given: JsonObject, _now: float) -> JsonObject:
        rule = self._rule(self._bus(given), given["Name"])
        return {**rule.shown(), "CreatedBy": self._context.account}

    def _delete_rule(self, given: JsonObject, _now: float) -> JsonObject:
        bus = self._bus(given)
        rule = bus.rules.get(given["Name"])
        if rule and rule.targets:
            raise ApiError(INVALID, "Rule can't be deleted since it has targets.")
        if rule:
            rule.stop()
            del bus.rules[rule.name]
            bus.compiled = None
        return {}

    def _enable_rule(self, given: JsonObject, now: float) -> JsonObject:
        return self._set_state(given, ENABLED, now)

    def _disable_rule(self, given: JsonObject, now: float) -> JsonObject:
        return self._set_state(given, "DISABLED", now)

    def _set_state(self, given: JsonObject, state: str, now: float) -> JsonObject:
        bus = self._bus(given)
        rule = self._rule(bus, given["Name"])
        place = {"Name": rule.name, "EventBusName": bus.name}
        self._put_rule({**rule.settings, **place, "State": state}, now)
        return {}

    def _list_rules(self, given: JsonObject, _now: float) -> JsonObject:
        bus, prefix = self._bus(given), given.get("NamePrefix", "")
        rules = [
            rule.shown() for name, rule in sorted(bus.rules.items()) if name.startswith(prefix)
        ]
        return listed("Rules", rules, given)

    def _test_event_pattern(self, given: JsonObject, _now: float) -> JsonObject:
        pattern = pattern_of(given["EventPattern"])
        try:
            event = json.loads(given["Event"])
            complete = isinstance(event, dict) and all(name in event for name in _EVENT_FIELDS)
            if not complete:
                raise ApiError(INVALID, "Parameter Event is not valid.")
            return {"Result": pattern.matches(given["Event"])}
        except (ValueError, InvalidEventError) as error:
            raise ApiError(INVALID, "Parameter Event is not valid.") from error

    # Targets

    def _put_targets(self, given: JsonObject, _now: float) -> JsonObject:
        rule = self._rule(self._bus(given), given["Rule"])
        for target in given["Targets"]:
            check_target(target)
        new = rule.targets | {target["Id"]: target for target in given["Targets"]}
        if len(new) > TARGETS_MAX:
            raise ApiError(_LIMIT, _LIMIT_TEXT)
        rule.targets = new
        return {"FailedEntryCount": 0, "FailedEntries": []}

    def _remove_targets(self, given: JsonObject, _now: float) -> JsonObject:
        rule = self._rule(self._bus(given), given["Rule"])
        rule.targets = {key: one for key, one in rule.targets.items() if key not in given["Ids"]}
        return {"FailedEntryCount": 0, "FailedEntries": []}

    def _list_targets_by_rule(self, given: JsonObject, _now: float) -> JsonObject:
        rule = self._rule(self._bus(given), given["Rule"])
        return listed("Targets", list(rule.targets.values()), given)

    def _list_rule_names_by_target(self, given: JsonObject, _now: float) -> JsonObject:
        arn = given["TargetArn"]
        rules = self._bus(given).rules.values()
        named = [one.name for one in rules if any(t["Arn"] == arn for t in one.targets.values())]
        return listed("RuleNames", sorted(named), given)

    # Tags

    def _tagged(self, arn: str) -> dict[str, str]:
        kind, _, place = arn.split(":", 5)[-1].partition("/")
        bus_name, _, rule_name = place.rpartition("/")
        if kind == "event-bus":
            return self._bus({"EventBusName": place}).tags
        bus = self._bus({"EventBusName": bus_name or DEFAULT})
        return self._rule(bus, rule_name).tags

    def _tag_resource(self, given: JsonObject, _now: float) -> JsonObject:
        self._tagged(given["ResourceARN"]).update(tags_of(given))
        return {}

    def _untag_resource(self, given: JsonObject, _now: float) -> JsonObject:
        tags = self._tagged(given["ResourceARN"])
        for key in given["TagKeys"]:
            tags.pop(key, None)
        return {}

    def _list_tags_for_resource(self, given: JsonObject, _now: float) -> JsonObject:
        tags = self._tagged(given["ResourceARN"])
        return {"Tags": [{"Key": key, "Value": value} for key, value in tags.items()]}

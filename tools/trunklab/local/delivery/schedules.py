"""EventBridge Scheduler: schedules that invoke functions and send to queues."""

import json
from dataclasses import dataclass
from functools import partial
from typing import Final

from trunklab.local.delivery.context import Context, Due, Service
from trunklab.local.delivery.event_delivery import failure_of
from trunklab.local.delivery.functions import Functions
from trunklab.local.delivery.paging import Paging
from trunklab.local.delivery.put_events import utc_text
from trunklab.local.delivery.queues import Queues
from trunklab.local.delivery.schedule_expressions import at_seconds, recurrence, time_zone
from trunklab.local.delivery.steps import ApiError, JsonObject, Notice

DEFAULT_GROUP: Final = "default"
RETRIES_MAX: Final = 185
EVENT_AGE_S_MAX: Final = 86_400
RETRY_WAIT_S: Final = 1.0
RETRY_WAIT_S_MAX: Final = 600.0
PAGE_MAX: Final = 100
INPUT_BYTES_MAX: Final = 262_144
"""Of a target [Scheduler quotas]."""
_INVALID: Final = "ValidationException"
_NOT_FOUND: Final = "ResourceNotFoundException"
_NOT_FOUND_STATUS: Final = 404
_CONFLICT_STATUS: Final = 409
_LATER: Final = "is not there yet on the local platform"


@dataclass(slots=True, eq=False)
class _Schedule:
    settings: JsonObject
    """As GetSchedule answers."""
    due: Due | None = None

    @property
    def key(self) -> tuple[str, str]:
        """Group and name."""
        return self.settings["GroupName"], self.settings["Name"]


@dataclass(slots=True, eq=False)
class _Run:
    """One run of a schedule, with all its attempts."""

    schedule: _Schedule
    execution_id: str
    planned: float
    attempts: int = 0


class Schedules(Service):
    """All schedules and their groups."""

    def __init__(self, context: Context, queues: Queues, functions: Functions) -> None:
        self._context = context
        self._queues = queues
        self._functions = functions
        self._schedules: dict[tuple[str, str], _Schedule] = {}
        self._groups: dict[str, JsonObject] = {}
        self._create_schedule_group({"Name": DEFAULT_GROUP}, 0.0)

    def _create_schedule_group(self, given: JsonObject, now: float) -> JsonObject:
        name = given["Name"]
        if name in self._groups:
            raise _conflict(f"Schedule group {name} already exists.")
        arn = self._context.arn("scheduler", f"schedule-group/{name}")
        tags = {tag["Key"]: tag["Value"] for tag in given.get("Tags", [])}
        self._groups[name] = {
            "Arn": arn,
            "CreationDate": now,
            "LastModificationDate": now,
            "Name": name,
            "State": "ACTIVE",
            "Tags": tags,
        }
        return {"ScheduleGroupArn": arn}

    def _group(self, name: str) -> JsonObject:
        if name not in self._groups:
            message = f"Schedule group {name} does not exist."
            raise ApiError(_NOT_FOUND, message, _NOT_FOUND_STATUS)
        return self._groups[name]

    def _get_schedule_group(self, given: JsonObject, _now: float) -> JsonObject:
        return _untagged(self._group(given["Name"]))

    def _delete_schedule_group(self, given: JsonObject, now: float) -> JsonObject:
        name = given["Name"]
        self._group(name)
        if name == DEFAULT_GROUP:
            raise ApiError(_INVALID, "Cannot delete the default schedule group.")
        for group, schedule in [key for key in self._schedules if key[0] == name]:
            self._delete_schedule({"GroupName": group, "Name": schedule}, now)
        del self._groups[name]
        return {}

    def _list_schedule_groups(self, given: JsonObject, _now: float) -> JsonObject:
        prefix = given.get("NamePrefix", "")
        listed = [_untagged(one) for name, one in self._groups.items() if name.startswith(prefix)]
        return Paging().page("ScheduleGroups", listed, given, given.get("MaxResults", PAGE_MAX))

    def _tags_of(self, given: JsonObject) -> dict[str, str]:
        tags: dict[str, str] = self._group(given["ResourceArn"].rpartition("/")[2])["Tags"]
        return tags

    def _tag_resource(self, given: JsonObject, _now: float) -> JsonObject:
        self._tags_of(given).update({tag["Key"]: tag["Value"] for tag in given["Tags"]})
        return {}

    def _untag_resource(self, given: JsonObject, _now: float) -> JsonObject:
        tags = self._tags_of(given)
        for key in given["TagKeys"]:
            tags.pop(key, None)
        return {}

    def _list_tags_for_resource(self, given: JsonObject, _now: float) -> JsonObject:
        tags = self._tags_of(given).items()
        return {"Tags": [{"Key": key, "Value": value} for key, value in tags]}

    def _create_schedule(self, given: JsonObject, now: float) -> JsonObject:
        group, name = given.get("GroupName", DEFAULT_GROUP), given["Name"]
        self._group(group)
        if (group, name) in self._schedules:
            raise _conflict(f"Schedule {name} already exists.")
        return self._put(given, now, now)

    def _update_schedule(self, given: JsonObject, now: float) -> JsonObject:
        old = self._schedule(given)
        answer = self._put(given, old.settings["CreationDate"], now)
        if old.due:
            old.due.cancel()
        return answer

    def _put(self, given: JsonObject, created: float, now: float) -> JsonObject:
        group, name = given.get("GroupName", DEFAULT_GROUP), given["Name"]
        arn = self._context.arn("scheduler", f"schedule/{group}/{name}")
        settings = {
            "ActionAfterCompletion": "NONE",
            "ScheduleExpressionTimezone": "UTC",
            "State": "ENABLED",
            **{key: value for key, value in given.items() if key != "ClientToken"},
            "GroupName": group,
            "Arn": arn,
            "CreationDate": created,
            "LastModificationDate": now,
        }
        _check_target(given["Target"])
        _check_window(given)
        schedule = _Schedule(settings)
        first = self._first(schedule, now)  # raises before anything is changed
        self._schedules[group, name] = schedule
        if settings["State"] == "ENABLED" and first is not None:
            schedule.due = self._context.call_at(first, partial(self._start, schedule, first))
        return {"ScheduleArn": arn}

    def _first(self, schedule: _Schedule, now: float) -> float | None:
        """Returns the first run; None if the schedule is over."""
        settings = schedule.settings
        expression = settings["ScheduleExpression"]
        refusal = f"Invalid Schedule Expression {expression}."
        zone = time_zone(settings["ScheduleExpressionTimezone"])
        once = at_seconds(expression, zone, refusal)
        if once is not None:
            return once if once >= now else None
        following = recurrence(expression, zone, refusal)
        start = settings.get("StartDate", now)
        if expression.startswith("cron("):
            first = following(max(now, start - 1), now)  # a run at StartDate itself counts
        else:
            first = max(following(now, now) or start, start)
        return _until_end(first, settings)

    def _schedule(self, given: JsonObject) -> _Schedule:
        key = given.get("GroupName", DEFAULT_GROUP), given["Name"]
        if key not in self._schedules:
            message = f"Schedule {given['Name']} does not exist."
            raise ApiError(_NOT_FOUND, message, _NOT_FOUND_STATUS)
        return self._schedules[key]

    def _get_schedule(self, given: JsonObject, _now: float) -> JsonObject:
        return self._schedule(given).settings

    def _delete_schedule(self, given: JsonObject, _now: float) -> JsonObject:
        schedule = self._schedule(given)
        if schedule.due:
            schedule.due.cancel()
        del self._schedules[schedule.key]
        return {}

    def _list_schedules(self, given: JsonObject, _now: float) -> JsonObject:
        shown = ("Arn", "CreationDate", "GroupName", "LastModificationDate", "Name", "State")
        listed = [
            {key: one.settings[key] for key in shown}
            | {"Target": {"Arn": one.settings["Target"]["Arn"]}}
            for (group, name), one in sorted(self._schedules.items())
            if given.get("GroupName", group) == group
            and name.startswith(given.get("NamePrefix", ""))
            and given.get("State", one.settings["State"]) == one.settings["State"]
        ]
        return Paging().page("Schedules", listed, given, given.get("MaxResults", PAGE_MAX))

    def _start(self, schedule: _Schedule, planned: float, now: float) -> None:
        """Begins a run, and plans the next."""
        settings, schedule.due = schedule.settings, None
        expression = settings["ScheduleExpression"]
        if not expression.startswith("at("):
            runs = recurrence(expression, time_zone(settings["ScheduleExpressionTimezone"]), "")
            following = _until_end(runs(planned, now), settings)
            if following is not None:
                start = partial(self._start, schedule, following)
                schedule.due = self._context.call_at(following, start)
        self._attempt(_Run(schedule, self._context.new_id(), planned), now)

    def _attempt(self, run: _Run, now: float) -> None:
        settings = run.schedule.settings
        target = settings["Target"]
        arn, retry = target["Arn"], target.get("RetryPolicy") or {}
        run.attempts += 1
        text = self._input(run)
        try:
            if arn.split(":")[2] == "sqs":
                group = (target.get("SqsParameters") or {}).get("MessageGroupId")
                message = {"MessageBody": text} | ({"MessageGroupId": group} if group else {})
                self._queues.send(arn, message, now)
            else:
                self._functions.invoke_async(arn, text.encode(), None, now)
        except ApiError as error:
            wait_s = min(RETRY_WAIT_S_MAX, RETRY_WAIT_S * 2 ** min(run.attempts - 1, 20))
            end = run.planned + retry.get("MaximumEventAgeInSeconds", EVENT_AGE_S_MAX)
            left = retry.get("MaximumRetryAttempts", RETRIES_MAX) - run.attempts
            if failure_of(error).may_succeed and left >= 0 and now + wait_s <= end:
                self._context.call_at(now + wait_s, partial(self._attempt, run))
                return
            self._give_up(run, text, error, now)
        self._finish(run.schedule)

    def _input(self, run: _Run) -> str:
        settings = run.schedule.settings
        text: str = settings["Target"].get("Input") or self._notification(run)
        values = {
            "schedule-arn": settings["Arn"],
            "scheduled-time": utc_text(run.planned),
            "execution-id": run.execution_id,
            "attempt-number": str(run.attempts),
        }
        for name, value in values.items():
            text = text.replace(f"<aws.scheduler.{name}>", value)
        return text

    def _notification(self, run: _Run) -> str:
        """Returns what a target without an input receives."""
        notification = {
            "version": "0",
            "id": run.execution_id,
            "detail-type": "Scheduled Event",
            "source": "aws.scheduler",
            "account": self._context.account,
            "time": utc_text(run.planned),
            "region": self._context.region,
            "resources": [run.schedule.settings["Arn"]],
            "detail": "{}",
        }
        return json.dumps(notification, separators=(",", ":"))

    def _give_up(self, run: _Run, text: str, error: ApiError, now: float) -> None:
        settings = run.schedule.settings
        arn = (settings["Target"].get("DeadLetterConfig") or {}).get("Arn")
        attributes = {
            "SCHEDULE_ARN": settings["Arn"],
            "TARGET_ARN": settings["Target"]["Arn"],
            "ERROR_CODE": error.code,
            "ERROR_MESSAGE": error.message,
            "RETRY_ATTEMPTS": str(run.attempts - 1),
            "EXECUTION_ID": run.execution_id,
        }
        shown = {
            key: {"DataType": "String", "StringValue": value} for key, value in attributes.items()
        }
        try:
            if arn:
                self._queues.send(arn, {"MessageBody": text, "MessageAttributes": shown}, now)
                return
            problem = "it has no dead-letter queue"
        except ApiError as dead:
            problem = dead.message
        text = f"a run of {settings['Arn']} is lost ({error.message}): {problem}"
        self._context.outputs.append(Notice(text))

    def _finish(self, schedule: _Schedule) -> None:
        is_over = schedule.due is None and self._schedules.get(schedule.key) is schedule
        if is_over and schedule.settings["ActionAfterCompletion"] == "DELETE":
            del self._schedules[schedule.key]


def _check_window(given: JsonObject) -> None:
    window = given["FlexibleTimeWindow"]
    if (window["Mode"] == "OFF") == ("MaximumWindowInMinutes" in window):
        message = "MaximumWindowInMinutes is for flexible time windows, which must have it."
        raise ApiError(_INVALID, message)
    start, end = given.get("StartDate"), given.get("EndDate")
    if start and end and start >= end and not given["ScheduleExpression"].startswith("at("):
        raise ApiError(_INVALID, "The StartDate of a schedule must be before its EndDate.")


def _check_target(target: JsonObject) -> None:
    service = target["Arn"].partition("arn:aws:")[2].partition(":")[0]
    if len(target.get("Input", "").encode()) > INPUT_BYTES_MAX:
        raise ApiError(_INVALID, f"Input must have at most {INPUT_BYTES_MAX} bytes.")
    group = (target.get("SqsParameters") or {}).get("MessageGroupId")
    if service == "sqs" and target["Arn"].endswith(".fifo") and not group:
        raise ApiError(_INVALID, "A FIFO queue as target needs SqsParameters.MessageGroupId.")
    if service not in {"lambda", "sqs"}:
        raise ApiError(_INVALID, f"A schedule with the target {service} {_LATER}.")
    if target.get("DeadLetterConfig", {}).get("Arn", "").endswith(".fifo"):
        raise ApiError(_INVALID, "The dead-letter queue of a schedule must be a standard queue.")
    if service == "lambda" and target.get("Input"):
        try:
            json.loads(target["Input"])
        except ValueError as error:
            message = "The input of a function must be well-formed JSON."
            raise ApiError(_INVALID, message) from error


def _until_end(run: float | None, settings: JsonObject) -> float | None:
    return None if run is None or run > settings.get("EndDate", run) else run


def _conflict(message: str) -> ApiError:
    return ApiError("ConflictException", message, _CONFLICT_STATUS)


def _untagged(group: JsonObject) -> JsonObject:
    return {key: value for key, value in group.items() if key != "Tags"}

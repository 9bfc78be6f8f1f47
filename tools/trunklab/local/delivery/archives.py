"""Archives of EventBridge: they exist, and record nothing yet."""

from collections.abc import Callable
from typing import Final

from trunklab.local.delivery.bus_state import (
    ENABLED,
    INVALID,
    LATER,
    listed,
    pattern_of,
    picked,
)
from trunklab.local.delivery.context import Context, Service
from trunklab.local.delivery.steps import ApiError, JsonObject

_NOT_FOUND: Final = "ResourceNotFoundException"


class Archives(Service):
    """All archives; `check_source` raises ApiError for a bus that does not exist."""

    def __init__(self, context: Context, check_source: Callable[[str], object]) -> None:
        self._context = context
        self._check_source = check_source
        self._archives: dict[str, JsonObject] = {}

    def _archive(self, name: str) -> JsonObject:
        if name not in self._archives:
            raise ApiError(_NOT_FOUND, f"Archive {name} does not exist.")
        return self._archives[name]

    def _create_archive(self, given: JsonObject, now: float) -> JsonObject:
        name = given["ArchiveName"]
        if name in self._archives:
            raise ApiError("ResourceAlreadyExistsException", f"Archive {name} already exists.")
        self._check_source(given["EventSourceArn"])
        if "EventPattern" in given:
            pattern_of(given["EventPattern"])
        self._archives[name] = {
            "ArchiveArn": self._context.arn("events", f"archive/{name}"),
            "ArchiveName": name,
            "State": ENABLED,
            "RetentionDays": given.get("RetentionDays", 0),
            "SizeBytes": 0,
            "EventCount": 0,
            "CreationTime": now,
            **picked(given, "EventSourceArn", "Description", "EventPattern"),
        }
        return picked(self._archives[name], "ArchiveArn", "State", "CreationTime")

    def _describe_archive(self, given: JsonObject, _now: float) -> JsonObject:
        return self._archive(given["ArchiveName"])

    def _update_archive(self, given: JsonObject, _now: float) -> JsonObject:
        changed = picked(given, "EventPattern", "RetentionDays", "Description")
        if not changed:
            message = "At least one of EventPattern, RetentionDays or Description must be provided."
            raise ApiError(INVALID, message)
        archive = self._archive(given["ArchiveName"])
        if "EventPattern" in changed:
            pattern_of(changed["EventPattern"])
        archive.update(changed)
        return picked(archive, "ArchiveArn", "State", "CreationTime")

    def _delete_archive(self, given: JsonObject, _now: float) -> JsonObject:
        self._archive(given["ArchiveName"])
        del self._archives[given["ArchiveName"]]
        return {}

    def _list_archives(self, given: JsonObject, _now: float) -> JsonObject:
        if len(given.keys() & {"State", "EventSourceArn", "NamePrefix"}) > 1:
            message = "At most one filter is allowed for ListArchives. Use either : State, "
            raise ApiError(INVALID, f"{message}EventSourceArn, or NamePrefix.")
        hidden = {"ArchiveArn", "Description", "EventPattern"}
        shown = [
            {key: value for key, value in archive.items() if key not in hidden}
            for name, archive in sorted(self._archives.items())
            if name.startswith(given.get("NamePrefix", ""))
            and given.get("EventSourceArn", archive["EventSourceArn"]) == archive["EventSourceArn"]
            and given.get("State", ENABLED) == ENABLED
        ]
        return listed("Archives", shown, given)

    def _start_replay(self, given: JsonObject, _now: float) -> JsonObject:
        name = given["EventSourceArn"].partition(":archive/")[2]
        destination = given["Destination"]["Arn"]
        self._check_source(destination)
        if name not in self._archives:
            reason = f"Reason: Archive {name} does not exist."
            raise ApiError(INVALID, f"Parameter EventSourceArn is not valid. {reason}")
        if self._archives[name]["EventSourceArn"] != destination:
            reason = "Reason: Cross event bus replay is not permitted."
            raise ApiError(INVALID, f"Parameter Destination.Arn is not valid. {reason}")
        if given["EventEndTime"] <= given["EventStartTime"]:
            reason = "Reason: EventStartTime must be before EventEndTime."
            raise ApiError(INVALID, f"Parameter EventEndTime is not valid. {reason}")
        raise ApiError(INVALID, f"Replay {LATER}.")

    def _describe_replay(self, given: JsonObject, _now: float) -> JsonObject:
        raise ApiError(_NOT_FOUND, f"Replay {given['ReplayName']} does not exist.")

    _cancel_replay = _describe_replay

    def _list_replays(self, given: JsonObject, _now: float) -> JsonObject:
        return listed("Replays", [], given)

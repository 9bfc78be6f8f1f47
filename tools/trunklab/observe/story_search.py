"""Searches the stories of one id: log lines and rules of a stage."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from trunklab import effects
from trunklab.observe.stage_logs import Found, LogSearch, read_rules
from trunklab.observe.story import Story
from trunklab.observe.story_build import build_stories
from trunklab.stage import Stage

SETTLE_S_MAX: Final = 5.0
"""Seconds in which the last handlers of an order that has just ended may still be at work."""

_RETRY_S: Final = 0.5


@dataclass(frozen=True)
class SearchResult:
    """The log lines of an id, and their stories."""

    found: Found
    stories: tuple[Story, ...]


def search_stories(stage: Stage, wanted: str, since: datetime) -> SearchResult:
    """Searches the logs since a point in time; raises StageError if the stage fails."""
    with stage.explained():
        found = LogSearch(stage.client("logs"), stage.name, since).find(wanted)
        # Without log lines no rule is needed, and perhaps no bus exists.
        rules = read_rules(stage.client("events"), stage.bus()) if found.lines else ()
    return SearchResult(found, build_stories(found.lines, rules))


def search_settled_stories(stage: Stage, wanted: str, since: datetime) -> SearchResult:
    """Searches until every rule that may match has delivered, at most SETTLE_S_MAX."""
    deadline_s = effects.monotonic() + SETTLE_S_MAX
    while True:
        result = search_stories(stage, wanted, since)
        if not _may_continue(result) or effects.monotonic() > deadline_s:
            return result
        effects.sleep(_RETRY_S)


def _may_continue(result: SearchResult) -> bool:
    return any(event.silent_rules for story in result.stories for event in story.all_events())

"""Tells the stories behind one id: searches the logs, reads the rules, puts them together."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from trunklab import effects
from trunklab.observe.stage_logs import Found, LogSearch, read_rules
from trunklab.observe.story import Story
from trunklab.observe.story_build import build_stories
from trunklab.stage import Stage

SETTLE_S_MAX: Final = 5.0
"""Seconds in which the last handlers of a flow that has just ended may still be at work."""

_TELL_AGAIN_S: Final = 0.5


@dataclass(frozen=True)
class Told:
    """What was found for an id, and the stories it makes."""

    found: Found
    stories: tuple[Story, ...]


def tell(stage: Stage, wanted: str, since: datetime) -> Told:
    """Search the logs from a point in time on; raises StageError when the stage fails."""
    with stage.explained():
        found = LogSearch(stage.client("logs"), stage.name, since).find(wanted)
        # Without a line there is nothing to hold the rules against, and perhaps no bus.
        rules = read_rules(stage.client("events"), stage.bus()) if found.lines else ()
    return Told(found, build_stories(found.lines, rules))


def tell_settled(stage: Stage, wanted: str, since: datetime) -> Told:
    """Tell it once every rule that may match has delivered, or at the latest after a bound."""
    give_up_s = effects.monotonic() + SETTLE_S_MAX
    while True:
        told = tell(stage, wanted, since)
        if not _may_go_on(told) or effects.monotonic() > give_up_s:
            return told
        effects.sleep(_TELL_AGAIN_S)


def _may_go_on(told: Told) -> bool:
    return any(event.silent_rules for story in told.stories for event in story.all_events())

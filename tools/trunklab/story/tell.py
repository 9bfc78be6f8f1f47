"""Tells the stories behind one id: searches the logs, reads the rules, puts them together."""

from dataclasses import dataclass
from datetime import datetime

from trunklab.stage import Stage
from trunklab.story.build import build_stories
from trunklab.story.model import Story
from trunklab.story.read import Found, LogSearch, read_rules


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

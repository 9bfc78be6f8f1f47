"""A search and its stories as one JSON document, for scripts."""

import json
from dataclasses import asdict
from datetime import datetime

from trunklab.observe.story_search import Told


def as_json(wanted: str, told: Told) -> str:
    """Return the document; times are RFC 3339, offsets milliseconds."""
    document = {
        "wanted": wanted,
        "log_groups": told.found.groups,
        "lines": len(told.found.lines),
        "malformed_lines": told.found.malformed,
        "cut_short": told.found.cut_short,
        "stories": [asdict(story) for story in told.stories],
    }
    return json.dumps(document, indent=2, default=_plain)


def _plain(value: datetime) -> str:
    return value.isoformat()

"""A search and its traces as one JSON document, for scripts."""

import json
from dataclasses import asdict
from typing import Any

from trunklab.observe.trace_join import Joined
from trunklab.observe.trace_tree import Node, Story


def as_json(wanted: str, joined: Joined, stories: tuple[Story, ...]) -> str:
    """Return the document; times are epoch seconds, as X-Ray has them."""
    document = {
        "wanted": wanted,
        "traces": sorted(joined.traces),
        "cut_short": joined.cut_short,
        "stories": [_of_story(story) for story in stories],
    }
    return json.dumps(document, indent=2)


def _of_story(story: Story) -> dict[str, Any]:
    return {
        "correlation_id": story.correlation_id,
        "connected": story.is_connected,
        "unconnected": [asdict(one.ref) for one in story.unconnected],
        "missing_traces": list(story.missing),
        "faults": [asdict(one.ref) for one in story.faults],
        "unfinished": [asdict(one.ref) for one in story.unfinished],
        "trees": [_of_node(tree) for tree in story.trees],
    }


def _of_node(node: Node) -> dict[str, Any]:
    return {
        **asdict(node.segment),
        "other_stories": node.others,
        "below": [_of_node(one) for one in node.below],
    }

"""When a story is connected, and how its tree hangs together."""

from typing import Any

from tests.unit.observe.trace.segments import (
    BATCH,
    LAST,
    ROOT,
    Traces,
    a_visit,
    handler,
    joined,
    link,
    segment,
)
from trunklab.observe.trace_tree import DEPTH_MAX, CorrelatedTrace, Node, stories


def told(traces: Traces, wanted: str = "corr-1") -> CorrelatedTrace:
    """The only story of an id."""
    (story,) = stories(joined(traces, wanted))
    return story


def tree(node: Node) -> Any:
    """Ids of segments below each other."""
    return (
        {node.segment.ref.segment_id: [tree(one) for one in node.below]}
        if node.below
        else (node.segment.ref.segment_id)
    )


def test_a_story_is_one_tree_over_its_traces() -> None:
    """What an event caused hangs below its handler, what a batch did beside it below the batch."""
    story = told(a_visit())

    (whole,) = story.trees
    last = {"print-ticket": [{"f3": ["greet-visitor"]}]}
    assert tree(whole) == {"r": [{"f1": ["h1", {"l2": [{"f2": [last, "commit"]}]}]}]}
    assert story.is_connected
    assert (story.faults, story.unfinished) == ((), ())


def test_other_stories_of_a_batch_are_counted_and_left_out() -> None:
    """With all that hangs below them."""
    story = told(a_visit())

    def others(node: Node) -> dict[str, int]:
        own = {node.segment.ref.segment_id: node.others} if node.others else {}
        return own | {key: n for one in node.below for key, n in others(one).items()}

    assert others(story.trees[0]) == {"f2": 1}


def test_a_link_is_enough_to_be_connected() -> None:
    """A handler whose event has no cause hangs below the segment that it links to."""
    traces = a_visit()
    traces[LAST][0]["subsegments"] = [handler("greet-visitor", 2.2, "e-2")]

    story = told(traces)

    assert story.is_connected
    assert {"f3": ["greet-visitor"]} in tree(story.trees[0])["r"][0]["f1"]


def test_a_cause_alone_does_not_connect() -> None:
    """The tree is drawn by it, but X-Ray's own means must lead back to the root."""
    traces = a_visit()
    del traces[LAST][0]["subsegments"][0]["links"]

    story = told(traces)

    assert not story.is_connected
    assert [one.ref.segment_id for one in story.unconnected] == ["f3"]
    assert len(story.trees) == 1


def test_a_trace_that_hangs_nowhere_is_a_tree_of_its_own() -> None:
    """It is shown, and named as not connected."""
    traces = a_visit()
    stray = segment("stray", 3, annotations={"correlation_id": "corr-1"})

    story = told({**traces, "1-5759e988-000000000000000000000004": [stray]})

    assert [one.segment.ref.segment_id for one in story.trees] == ["r", "stray"]
    assert [one.ref.segment_id for one in story.unconnected] == ["stray"]


def test_a_part_whose_parent_has_not_come_is_not_connected() -> None:
    """A datagram was lost, or the process was killed before it was sent."""
    traces = a_visit()
    lost = segment("part", 1.5, type="subsegment", parent_id="nobody")
    traces[ROOT].append(lost)

    story = told(traces)

    assert not story.is_connected
    assert [one.ref.segment_id for one in story.unconnected] == ["part"]


def test_without_its_root_a_story_is_not_connected() -> None:
    """What remains says which trace is missing."""
    traces = a_visit()
    del traces[ROOT]

    story = told(traces)

    assert (story.is_connected, story.missing) == (False, (ROOT,))


def test_a_link_to_a_segment_that_x_ray_does_not_show_leads_to_its_trace() -> None:
    """A trace that begins at a function has a parent of which nobody tells."""
    traces = a_visit()
    for trace in (BATCH, LAST):
        for part in traces[trace][-1]["subsegments"]:
            part["links"] = [link(ROOT, "hidden")] if "links" in part else []

    assert told(traces).is_connected


def test_a_redelivery_hangs_beside_the_delivery_that_failed() -> None:
    """What the event caused hangs below the delivery that was not in vain."""
    traces = a_visit()
    again = "1-5759e988-000000000000000000000000"
    first = handler("print-ticket", 0.9, "e-1", fault=True, id="failed")
    traces[again] = [segment("f0", 0.8, "pay", subsegments=[first])]

    story = told(traces)

    assert story.is_connected
    assert [one.ref.segment_id for one in story.faults] == ["failed"]
    (root,) = story.trees
    request = tree(root)["r"][0]["f1"]
    assert {"f0": ["failed"]} in request
    assert {"l2": [{"f2": [{"print-ticket": [{"f3": ["greet-visitor"]}]}, "commit"]}]} in request


def test_what_has_no_end_is_named() -> None:
    """At work, or killed: a trace does not know which."""
    traces = a_visit()
    del traces[LAST][0]["end_time"]

    assert [one.ref.segment_id for one in told(traces).unfinished] == ["f3"]


def test_the_stories_of_a_batch_stand_one_by_one() -> None:
    """Each with its own root, the earliest first."""
    found = stories(joined(a_visit(), BATCH))

    assert [one.correlation_id for one in found] == ["corr-1", "corr-x"]
    assert [one.is_connected for one in found] == [True, False]


def test_a_trace_that_names_no_story_is_told_as_it_is() -> None:
    """A request that reads, or an application that is not ours."""
    trace = {ROOT: [segment("a", 1, subsegments=[segment("b", 1)])]}

    story = told(trace, ROOT)

    assert (story.correlation_id, tree(story.trees[0])) == ("", {"a": ["b"]})
    assert story.is_connected


def test_segments_that_are_above_themselves_are_told_once() -> None:
    """Neither a parent nor a cause that goes in circles makes the tree endless."""
    traces: Traces = {
        BATCH: [segment("f2", 1, subsegments=[handler("a", 1, "e-1", "e-2")])],
        LAST: [segment("f3", 2, subsegments=[handler("b", 2, "e-2", "e-1")])],
        ROOT: [segment("x", 3, parent_id="y"), segment("y", 3, parent_id="x")],
    }
    traces[ROOT][0]["annotations"] = {"correlation_id": "corr-1"}

    story = told(traces)

    placed = [name for one in story.trees for name in _names(one)]
    assert sorted(placed) == ["a", "b", "f2", "f3", "x", "y"]


def test_a_chain_without_end_goes_on_as_another_tree() -> None:
    """Two hundred segments below each other are more than anybody reads."""
    chain = [segment("s0", 0, annotations={"correlation_id": "corr-1"})]
    chain += [segment(f"s{n}", n, parent_id=f"s{n - 1}") for n in range(1, DEPTH_MAX + 50)]

    story = told({ROOT: chain})

    assert len(story.trees) == 2
    assert story.is_connected


def _names(node: Node) -> list[str]:
    return [node.segment.ref.segment_id, *(name for one in node.below for name in _names(one))]

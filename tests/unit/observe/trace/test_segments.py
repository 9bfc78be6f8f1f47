"""What is read of X-Ray's documents."""

import json
from typing import Any

import pytest

from tests.unit.observe.trace.segments import LAST, ROOT, link, segment
from trunklab.observe.xray_traces import DEPTH_MAX, Ref, read_segments


def read(*documents: Any) -> Any:
    """The segments of these documents by id."""
    found = read_segments(ROOT, [json.dumps(one) for one in documents])
    return {one.ref.segment_id: one for one in found}


def test_subsegments_stand_beside_their_segment_and_name_it() -> None:
    """Whether they lie inside it or name it as their parent."""
    top = segment("a", 1, subsegments=[segment("b", 1, subsegments=[segment("c", 1)])])

    found = read(top, segment("d", 1, parent_id="c"), segment("e", 1, type="subsegment"))

    above = {name: one.parent and one.parent.segment_id for name, one in found.items()}
    assert above == {"a": None, "b": "a", "c": "b", "d": "c", "e": None}
    assert [name for name, one in found.items() if one.is_subsegment] == ["b", "c", "e"]


def test_a_link_counts_once_wherever_it_stands() -> None:
    """Among X-Ray's links, or where the runtime keeps it should X-Ray drop the other."""
    there, also = link(LAST, "x"), link(LAST, "y")
    both = segment("a", 1, links=[there], metadata={"trunkline": {"links": [there, also]}})

    links = read(both)["a"].links

    assert links == (Ref(LAST, "x"), Ref(LAST, "y"))


def test_what_went_wrong_is_told_by_type() -> None:
    """Flags and kinds of exceptions; of one that lies elsewhere only the flag is known."""
    exceptions = {"exceptions": [{"id": "1", "type": "TypeError", "message": "no"}, {"id": "2"}]}
    found = read(
        segment("a", 1, fault=True, cause=exceptions),
        segment("b", 1, error=True, throttle=True, cause="0123456789abcdef"),
    )

    assert (found["a"].fault, found["a"].failures) == (True, ("TypeError", ""))
    assert (found["b"].error, found["b"].throttle, found["b"].failures) == (True, True, ())


def test_a_segment_in_progress_has_no_end() -> None:
    """How long it will take is not known."""
    running = {"id": "a", "name": "a", "start_time": 1, "in_progress": True}

    assert read(running)["a"].end is None
    assert read(segment("b", 1))["b"].end == pytest.approx(1.01)


def test_what_x_ray_infers_is_left_out() -> None:
    """The far side of a call says nothing that the call does not."""
    inferred = segment("b", 1, inferred=True, subsegments=[segment("c", 1)])

    assert set(read(segment("a", 1), inferred)) == {"a"}


@pytest.mark.parametrize(
    "document",
    [
        None,
        7,
        "text",
        [],
        {},
        {"id": "a"},
        {"id": "a", "name": "a"},
        {"id": "a", "name": "a", "start_time": "noon"},
        {"id": "a", "name": "a", "start_time": 1, "links": [7]},
        {"id": "a", "name": "a", "start_time": 1, "links": [{}]},
        {"id": "a", "name": "a", "start_time": 1, "metadata": []},
        {"id": "a", "name": "a", "start_time": 1, "cause": {"exceptions": [7]}},
        {"id": "a", "name": "a", "start_time": 1, "http": 7},
    ],
)
def test_what_is_no_segment_is_left_out(document: Any) -> None:
    """One broken document must not hide the others."""
    assert set(read(document, segment("b", 1))) - {"a"} == {"b"}


def test_text_that_is_no_json_is_left_out() -> None:
    """The same, a step earlier."""
    assert read_segments(ROOT, ["{", ""]) == []


def test_a_document_of_endless_depth_is_cut() -> None:
    """It ends where nobody would read on."""
    document = segment("s0", 1)
    for number in range(1, 2 * DEPTH_MAX):
        document = segment(f"s{number}", 1, subsegments=[document])

    assert len(read(document)) == DEPTH_MAX + 1

"""What is kept of traces, and what of it the X-Ray API tells."""

import json
from typing import Any

import pytest

from trunklab.local.traces import xray_api
from trunklab.local.traces.xray_api import TraceStore

TRACE = "1-5759e988-bd862e3fe1be46a994272793"
OTHER = "1-6759e988-bd862e3fe1be46a994272793"


@pytest.fixture
def store() -> TraceStore:
    """An empty one."""
    return TraceStore()


def segment(segment_id: str, trace_id: str = TRACE, **more: Any) -> dict[str, Any]:
    """A document as functions send it."""
    common = {"id": segment_id, "trace_id": trace_id, "name": segment_id}
    return {**common, "start_time": 100.0, "end_time": 101.0, **more}


def add(store: TraceStore, *documents: dict[str, Any]) -> None:
    """Store documents as the collector does."""
    for document in documents:
        store.add(json.dumps(document).encode())


def ask(store: TraceStore, path: str, **request: Any) -> Any:
    """Call the API; a refusal fails the test."""
    reply = xray_api.answer(store, "POST", path, json.dumps(request).encode())
    assert reply.status == 200, reply.body
    return reply.body


def found(store: TraceStore, expression: str = "", start: float = 0.0, end: float = 1e9) -> Any:
    """The ids of the traces that a search finds."""
    answer = ask(
        store, "/TraceSummaries", StartTime=start, EndTime=end, FilterExpression=expression
    )
    return [one["Id"] for one in answer["TraceSummaries"]]


def documents(store: TraceStore, trace_id: str = TRACE) -> list[Any]:
    """The segments of a trace."""
    (trace,) = ask(store, "/Traces", TraceIds=[trace_id])["Traces"]
    return [json.loads(one["Document"]) for one in trace["Segments"]]


def test_a_trace_is_found_by_any_annotation_in_it(store: TraceStore) -> None:
    """In whichever segment it stands, and in a subsegment that came inside of one."""
    inner = {"id": "i", "start_time": 100, "annotations": {"subject": "o-1"}}
    add(store, segment("a"), segment("b", annotations={"event_id": "e-1"}, subsegments=[inner]))
    add(store, segment("c", OTHER, annotations={"event_id": "e-2"}))

    assert found(store, 'annotation.event_id = "e-1"') == [TRACE]
    assert found(store, 'annotation.subject="o-1"') == [TRACE]
    assert found(store, 'annotation.event_id = "e-1" OR annotation.event_id = "e-2"') == [
        *[TRACE, OTHER]
    ]
    assert found(store, 'annotation.event_id = "e-3"') == []
    assert found(store, 'annotation.subject = "e-1"') == []
    assert found(store) == [TRACE, OTHER]


def test_a_trace_is_found_by_when_it_began(store: TraceStore) -> None:
    """Its earliest segment counts."""
    add(store, segment("a"), segment("b", start_time=200.0, end_time=201.0))

    assert found(store, start=100, end=100) == [TRACE]
    assert found(store, start=150, end=250) == []


def test_what_came_later_stands_for_what_came_first(store: TraceStore) -> None:
    """A segment in progress is followed by the whole."""
    add(store, segment("a", in_progress=True), segment("a", fault=True))

    (document,) = documents(store)
    assert document.get("fault") is True
    assert "in_progress" not in document


def test_subsegments_that_came_apart_stand_inside_their_parents(store: TraceStore) -> None:
    """As X-Ray itself answers, in whatever order they came."""
    add(store, segment("deep", type="subsegment", parent_id="part"))
    add(store, segment("part", type="subsegment", parent_id="top"), segment("top"))
    add(store, segment("next", parent_id="part"))

    top, following = documents(store)
    assert top["id"] == "top"
    (part,) = top["subsegments"]
    assert [one["id"] for one in part["subsegments"]] == ["deep"]
    assert following["id"] == "next"  # a segment of its own, only its parent lies elsewhere


def test_a_subsegment_without_its_parent_stands_by_itself(store: TraceStore) -> None:
    """It must not be lost: it shows that something is missing."""
    add(store, segment("part", type="subsegment", parent_id="nobody"))

    assert [one["id"] for one in documents(store)] == ["part"]


def test_segments_that_are_above_themselves_harm_nobody(store: TraceStore) -> None:
    """Whoever can send a datagram can send such ones."""
    add(store, segment("a", type="subsegment", parent_id="b"))
    add(store, segment("b", type="subsegment", parent_id="a"), segment("c", OTHER))

    answer = ask(store, "/Traces", TraceIds=[TRACE, OTHER])

    assert [one["Id"] for one in answer["Traces"]] == [OTHER]


def test_a_summary_says_what_went_wrong(store: TraceStore) -> None:
    """In any segment, for whoever looks for failures."""
    add(store, segment("a"), segment("b", fault=True, end_time=103.5))

    (summary,) = ask(store, "/TraceSummaries", StartTime=0, EndTime=1e9)["TraceSummaries"]

    assert (summary["HasFault"], summary["HasError"], summary["HasThrottle"]) == (
        *(True, False),
        False,
    )
    assert summary["Duration"] == 3.5


def test_unknown_traces_are_named(store: TraceStore) -> None:
    """Beside those that are there."""
    add(store, segment("a"))

    answer = ask(store, "/Traces", TraceIds=[TRACE, OTHER])

    assert [one["Id"] for one in answer["Traces"]] == [TRACE]
    assert answer["UnprocessedTraceIds"] == [OTHER]


def test_many_traces_come_in_pages(store: TraceStore) -> None:
    """Each page says where the next begins."""
    ids = [f"1-5759e988-{number:024x}" for number in range(250)]
    add(store, *(segment("a", trace_id) for trace_id in ids))

    seen, token = [], None
    while True:
        answer = ask(store, "/TraceSummaries", StartTime=0, EndTime=1e9, NextToken=token)
        seen += [one["Id"] for one in answer["TraceSummaries"]]
        token = answer.get("NextToken")
        if token is None:
            break

    assert seen == ids


REFUSED = [
    ("GET", "/TraceSummaries", {}),
    ("POST", "/ServiceGraph", {}),
    ("POST", "/TraceSegments", {"TraceSegmentDocuments": []}),
    ("POST", "/TraceSummaries", {}),
    ("POST", "/TraceSummaries", {"StartTime": 1}),
    ("POST", "/TraceSummaries", {"StartTime": "1", "EndTime": 2}),
    ("POST", "/TraceSummaries", {"StartTime": 2, "EndTime": 1}),
    ("POST", "/TraceSummaries", {"StartTime": 1, "EndTime": 2, "NextToken": "x"}),
    *(
        ("POST", "/TraceSummaries", {"StartTime": 1, "EndTime": 2, "FilterExpression": expression})
        for expression in (
            'service("gate")',
            "annotation.a = b",
            'annotation.a = "b" AND annotation.c = "d"',
            'annotation.a != "b"',
            "fault",
            'annotation.a = "b" OR',
        )
    ),
    ("POST", "/Traces", {}),
    ("POST", "/Traces", {"TraceIds": []}),
    ("POST", "/Traces", {"TraceIds": TRACE}),
    ("POST", "/Traces", {"TraceIds": [TRACE] * 6}),
]


@pytest.mark.parametrize(("method", "path", "request_body"), REFUSED)
def test_what_is_not_served_is_refused_in_words(
    store: TraceStore, method: str, path: str, request_body: dict[str, Any]
) -> None:
    """Nothing is answered that X-Ray would answer otherwise."""
    reply = xray_api.answer(store, method, path, json.dumps(request_body).encode())

    assert (reply.status, reply.error) == (400, "InvalidRequestException")
    assert reply.body
    assert len(reply.body["Message"]) > 10


@pytest.mark.parametrize("body", [b"{", b"[]", b"7", b"\xff"])
def test_a_body_that_is_no_request_is_refused(store: TraceStore, body: bytes) -> None:
    """As AWS does."""
    assert xray_api.answer(store, "POST", "/Traces", body).status == 400


def test_a_segment_whose_end_is_null_is_in_progress(store: TraceStore) -> None:
    """The summary and the document have it, and its trace ends with its latest end."""
    add(store, segment("a") | {"end_time": None})

    assert found(store) == [TRACE]
    assert [one["id"] for one in documents(store)] == ["a"]


def test_the_oldest_are_dropped_when_the_store_is_full(
    store: TraceStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A platform that runs for days does not fill the memory."""
    monkeypatch.setattr(xray_api, "TRACE_BYTES_MAX", 3_000)
    ids = [f"1-5759e988-{number:024x}" for number in range(100)]

    for trace_id in ids:
        add(store, segment("a", trace_id))
        found(store)

    kept = found(store)
    assert kept == ids[-len(kept) :]
    assert 20 < len(kept) < 40

"""Which traces belong to an id, over queues that each begin one of their own."""

from datetime import timedelta

import pytest

from tests.unit.observe.trace.segments import (
    BATCH,
    LAST,
    ROOT,
    SINCE,
    UNTIL,
    Traces,
    XRay,
    a_visit,
    handler,
    joined,
    link,
    segment,
)
from trunklab.observe import xray_traces
from trunklab.observe.trace_tree import CORRELATIONS_MAX, TRACES_MAX, join
from trunklab.observe.xray_traces import SEARCH_RANGE, TRACES_PER_CALL_MAX, TraceSearch


@pytest.mark.parametrize("wanted", ["corr-1", "o-1", "e-1", "e-2", ROOT, LAST])
def test_every_id_of_a_story_finds_all_its_traces(wanted: str) -> None:
    """Of its correlation, its subject, an event of it, or one of its traces."""
    found = joined(a_visit(), wanted)

    assert set(found.traces) == {ROOT, BATCH, LAST}
    assert found.correlations == ("corr-1",)
    assert (found.missing, found.cut_short) == ((), False)


def test_the_trace_of_a_batch_tells_of_all_its_stories() -> None:
    """Whoever asks for it by its own id has not said which of them is meant."""
    found = joined(a_visit(), BATCH)

    assert set(found.correlations) == {"corr-1", "corr-x"}
    assert found.missing == ("1-5759e988-00000000000000000000000x",)


def test_other_stories_of_a_batch_are_not_followed() -> None:
    """Their traces may be as many as there are messages in a batch."""
    assert joined(a_visit()).missing == ()


def test_a_trace_that_names_no_story_is_followed_by_its_links() -> None:
    """A function of others, of which only what AWS itself says is known."""
    top = segment("l4", 3.0, links=[link(ROOT, "f1")])

    found = joined({**a_visit(), "1-5759e988-000000000000000000000004": [top]}, LAST[:-1] + "4")

    assert set(found.traces) == {ROOT, BATCH, LAST, LAST[:-1] + "4"} - {BATCH, LAST}
    assert found.correlations == ()


def test_a_root_that_is_not_there_is_named() -> None:
    """It was not sampled, or is too old."""
    traces = a_visit()
    del traces[ROOT]

    found = joined(traces)

    assert (set(found.traces), found.missing) == ({BATCH, LAST}, (ROOT,))


def test_an_unknown_id_finds_nothing() -> None:
    """Neither a trace id nor any other."""
    assert joined(a_visit(), "corr-9").traces == {}
    assert joined(a_visit(), "1-5759e988-000000000000000000000009").traces == {}


def test_a_story_of_many_traces_is_cut() -> None:
    """A subject that lives for years has no end."""
    traces: Traces = {
        f"1-5759e988-{number:024x}": [handler("h", number, f"e-{number}", links=[])]
        for number in range(TRACES_MAX + 5)
    }

    found = joined(traces)

    assert len(found.traces) == TRACES_MAX
    assert found.cut_short


def test_a_subject_of_many_stories_is_cut() -> None:
    """Each correlation is a search of its own."""
    traces: Traces = {}
    for number in range(CORRELATIONS_MAX + 5):
        annotations = {"correlation_id": f"corr-{number}", "subject": "o-1"}
        traces[f"1-5759e988-{number:024x}"] = [segment("h", number, annotations=annotations)]

    assert joined(traces, "o-1").cut_short


def test_long_times_are_searched_piece_by_piece() -> None:
    """X-Ray takes no search of any length; the pieces leave nothing out."""
    xray = XRay({})

    TraceSearch(xray, SINCE, UNTIL + timedelta(hours=1)).find(["event_id"], "e-1")

    ends = [(one["StartTime"], one["EndTime"]) for one in xray.searched]
    assert (ends[0][0], ends[-1][1]) == (SINCE, UNTIL + timedelta(hours=1))
    assert all(end - start <= SEARCH_RANGE for start, end in ends)
    assert [end for _, end in ends[:-1]] == [start for start, _ in ends[1:]]


def test_traces_are_got_a_few_at_a_time() -> None:
    """X-Ray takes five ids a call."""
    traces: Traces = {f"1-5759e988-{number:024x}": [segment("a", 1)] for number in range(12)}
    xray = XRay(traces)

    found = TraceSearch(xray, SINCE, UNTIL).get(list(traces))

    assert set(found) == set(traces)
    assert max(map(len, xray.got)) == TRACES_PER_CALL_MAX


def test_a_search_asks_for_every_meaning_of_an_id_at_once() -> None:
    """One search instead of three."""
    xray = XRay({})

    join(TraceSearch(xray, UNTIL - timedelta(hours=1), UNTIL), "o-1")

    (asked,) = xray.searched
    assert asked["FilterExpression"] == (
        'annotation.correlation_id = "o-1" OR annotation.event_id = "o-1" '
        'OR annotation.subject = "o-1"'
    )


def test_a_search_without_end_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    """X-Ray may answer page after page; that something is missing is said."""
    monkeypatch.setattr(xray_traces, "PAGES_MAX", 2)
    traces: Traces = {f"1-5759e988-{n:024x}": [handler("h", n, f"e-{n}")] for n in range(3)}

    found = joined(traces)

    assert found.cut_short

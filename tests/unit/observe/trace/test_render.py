"""How a trace is shown: as a waterfall for people, as one document for scripts."""

import io
import json
from typing import Any

from rich.console import Console

from tests.unit.observe.trace.segments import LAST, ROOT, Traces, a_visit, joined, segment
from trunklab.observe.trace_tree import stories
from trunklab.observe.trace_view import as_json, render

WATERFALL = """
       0 ms     10 ms  █·······················  POST /visits (HTTP API), 202
     100 ms     10 ms  ·█······················  └─ place (function)
     200 ms     10 ms  ··█·····················     ├─ open-gate
    1100 ms     10 ms  ············█···········     └─ pay (function), and 1 of other stories in the batch
    1200 ms     10 ms  ·············█··········        ├─ print-ticket of event e-1
    2100 ms     10 ms  ·······················█        │  └─ tell (function)
    2200 ms     10 ms  ·······················█        │     └─ greet-visitor of event e-2
    1400 ms     10 ms  ···············█········        └─ commit
"""  # noqa: E501 - a wide terminal


def shown(traces: Traces, wanted: str = "corr-1", encoding: str = "utf-8") -> list[str]:
    """What is printed where colours are not."""
    file = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
    render(stories(joined(traces, wanted)), Console(file=file, width=80))
    file.seek(0)
    return file.read().splitlines()


def test_a_trace_is_a_waterfall_with_its_tree() -> None:
    """When each part began and how long it took stand beside whose part it is."""
    lines = shown(a_visit())

    assert lines[0] == "Trace of o-1: 2210 ms, 9 segments in 3 traces, connected"
    assert lines[1] == f"correlation corr-1, root {ROOT}"
    assert "\n".join(lines[2:]) == WATERFALL.strip("\n")


def test_what_is_wrong_stands_below() -> None:
    """So that it is found at the end of a long tree."""
    traces = a_visit()
    part = traces[LAST][0]["subsegments"][0]
    part |= {"fault": True, "cause": {"exceptions": [{"type": "TypeError"}]}}
    del part["links"], traces[LAST][0]["end_time"]

    lines = shown(traces)

    assert "NOT connected" in lines[0]
    assert lines[-3:] == [
        f"not connected: tell (function) of trace {LAST}",
        f"fault: greet-visitor of event e-2, fault, TypeError of trace {LAST}",
        f"no end: tell (function) of trace {LAST} is running, or was killed",
    ]


def test_a_missing_root_is_explained() -> None:
    """Most often it was not sampled."""
    traces = a_visit()
    del traces[ROOT]

    assert any(line.startswith(f"missing: trace {ROOT}") for line in shown(traces))


def test_an_aws_call_names_what_it_spoke_to() -> None:
    """And how AWS answered."""
    call = segment(
        *("c", 0.15, "dynamodb"),
        namespace="aws",
        aws={"operation": "GetItem", "table_name": "visits", "request_id": "r"},
        http={"response": {"status": 400}},
        error=True,
        cause={"exceptions": [{"type": "ThrottlingException"}]},
    )
    traces = a_visit()
    traces[ROOT][1]["subsegments"].append(call)

    told = " ".join(shown(traces))

    assert "dynamodb GetItem visits, 400, error, ThrottlingException" in told


def test_what_others_wrote_cannot_move_the_cursor() -> None:
    """A name with control characters is a name of somebody who can send datagrams."""
    traces = a_visit()
    traces[LAST][0]["name"] = "tell\x1b[2J\nnext"

    lines = shown(traces)

    assert not any("\x1b" in line for line in lines)
    assert sum("tell" in line and "next" in line for line in lines) == 1


def test_an_output_without_drawn_characters_gets_plain_ones() -> None:
    """As a pipe with an old encoding."""
    lines = shown(a_visit(), encoding="ascii")

    assert all(line.isascii() for line in lines)
    assert any("`- place (function)" in line for line in lines)
    assert any("#" in line for line in lines)


def test_several_stories_stand_apart() -> None:
    """An empty line between them."""
    lines = shown(a_visit(), wanted="1-5759e988-000000000000000000000002")

    assert lines.count("") == 1
    assert sum(line.startswith("Trace of") for line in lines) == 2


def test_a_script_gets_everything() -> None:
    """All ids whole, and the verdict as it stands."""
    found = joined(a_visit())

    document: Any = json.loads(as_json("o-1", found, stories(found)))

    (story,) = document["stories"]
    assert (document["wanted"], document["cut_short"]) == ("o-1", False)
    assert (story["correlation_id"], story["connected"]) == ("corr-1", True)
    (tree,) = story["trees"]
    assert tree["ref"] == {"trace_id": ROOT, "segment_id": "r"}
    assert tree["below"][0]["below"][1]["below"][0]["other_stories"] == 1

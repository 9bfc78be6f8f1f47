"""How a proof reads, and when it holds."""

import io
import json
from pathlib import Path

import pytest
from rich.console import Console

from trunklab.prove import handler_discovery
from trunklab.prove.crash_points import Point, When, points_of
from trunklab.prove.handler_discovery import Handler, Missing
from trunklab.prove.oracle import Difference, Judgement, Kind
from trunklab.prove.proof_report import as_json, print_proof
from trunklab.prove.prover import Proved, Trial, Tried
from trunklab.prove.scenarios import Scenario
from trunklab.settings import REPOSITORY

TWICE = Difference(Kind.DUPLICATE, "bus", "OrderPlaced e-2 is one more than in a clean run")
NEVER = Difference(Kind.LOSS, "table Table", "order is missing")
SERVICES = REPOSITORY / "services"


def a_trial(*differences: Difference, problem: str = "", untried: str = "") -> Trial:
    """A scenario with two calls; what was found was found at its first point."""
    (service,) = handler_discovery.services(SERVICES, "payments")
    handler = Handler(service, service.stack.functions[0], "decide-payment")
    trial = Trial(
        Scenario(handler, "one message", lambda *_: True, [lambda _: None]),
        calls=["GetItem", "PutItem"],
        problem=problem,
    )
    first, *others = points_of(trial.calls)
    clean = Tried(None, Judgement((), 0))
    trial.tried = [clean, Tried(first, Judgement(differences, 1), 3, untried)]
    trial.tried += [Tried(point, Judgement((), 0)) for point in others]
    return trial


def proved(trial: Trial, *missing: Missing) -> Proved:
    """What became of one handler."""
    return Proved([trial.scenario.handler], [trial], missing)


def printed(what: Proved) -> str:
    """The report, as it stands in a pipe."""
    out = io.StringIO()
    print_proof(what, Console(file=out, width=120))
    return out.getvalue()


def test_a_proof_that_holds_says_what_was_tried() -> None:
    """Two deaths, a pause and four faults for each call, and a lost answer."""
    what = proved(a_trial())

    assert what.holds
    assert what.last_line == "prove: 1 handlers, 5 crash points, 0 duplicates, 0 losses"
    (row,) = [line for line in printed(what).splitlines() if "payments.decide-payment" in line]
    assert row.split()[1:] == ["2", "5", "2", "8", "1", "0", "0"]


@pytest.mark.parametrize(
    ("what", "said"),
    [
        (proved(a_trial(TWICE)), "duplicate in bus: OrderPlaced e-2 is one more"),
        (proved(a_trial(NEVER)), "loss in table Table: order is missing"),
        (proved(a_trial(problem="it makes no AWS call")), "it makes no AWS call"),
        (proved(a_trial(untried="not reached")), "killed before call 1, GetItem: not reached"),
        (proved(a_trial(), Missing("payments.Gone", "cannot be run")), "payments.Gone: cannot"),
        (Proved([], [], []), ""),
    ],
)
def test_a_proof_that_does_not_hold_says_why(what: Proved, said: str) -> None:
    """Twice, never, not judged, not there, or nothing proved at all."""
    assert not what.holds
    assert said in printed(what)


def test_a_finding_names_each_of_its_points() -> None:
    """Once, with all the points at which it was made."""
    trial = a_trial(TWICE, TWICE)
    point = Point(2, "PutItem", When.HELD)
    trial.tried.append(Tried(point, Judgement((TWICE,), 0)))

    said = printed(proved(trial))

    assert said.count("duplicate in bus") == 1
    assert "killed before call 1, GetItem (2 times); held at call 2, PutItem" in said


def test_scripts_read_the_same(tmp_path: Path) -> None:
    """Every finding with its point."""
    written = tmp_path / "proof.json"
    written.write_text(json.dumps(as_json(proved(a_trial(TWICE)))))

    read = json.loads(written.read_text())

    assert (read["duplicates"], read["losses"], read["holds"]) == (1, 0, False)
    (run,) = read["handlers"][0]["runs"]
    assert (run["calls"], run["crash_points"], run["pauses"]) == (["GetItem", "PutItem"], 5, 2)
    assert (run["repeats"], run["refused"], run["faults"]) == (1, 3, 8)
    assert run["findings"] == [
        {
            "point": "killed before call 1, GetItem",
            "kind": "duplicate",
            "where": "bus",
            "what": TWICE.what,
        }
    ]

"""Both functions are given what their templates give them."""

from pathlib import Path

import pytest

from benchmarks.sides import OURS, PEER, Side, environment
from benchmarks.stub.process import Stub
from tests.unit.service_templates.stack import Stack
from trunklab import settings
from trunklab.templates.template_file import load

FOLDERS = {OURS.name: "services/payments", PEER.name: "benchmarks/powertools_payments"}
STUB = Stub(http=1, udp=2)


def function_of(side: Side) -> dict[str, object]:
    """The function of a side, as its template declares it."""
    template = load(settings.REPOSITORY / FOLDERS[side.name] / "template.yaml")
    function: dict[str, object] = Stack(side.name, template.body).functions[side.function]
    return function


@pytest.mark.parametrize("side", [OURS, PEER], ids=lambda side: side.name)
def test_a_function_has_the_variables_of_its_template(side: Side) -> None:
    """One that is missing would make a function cheaper, or another function."""
    declared = function_of(side)["Environment"]
    assert isinstance(declared, dict)

    given = environment(side, Path("package"), STUB, sampled=True)

    assert declared["Variables"].keys() <= given.keys()
    assert side.variables.keys() <= declared["Variables"].keys()


@pytest.mark.parametrize("side", [OURS, PEER], ids=lambda side: side.name)
def test_a_function_is_the_one_that_is_deployed(side: Side) -> None:
    """The handler of the template, built by the rule beside it."""
    assert function_of(side)["Handler"] == side.handler
    assert side.makefile == f"{FOLDERS[side.name]}/Makefile"


def test_both_sides_have_the_same_means() -> None:
    """Whatever is not their own: region, credentials, endpoint, trace, logger, metrics."""
    ours, peer = (
        environment(side, Path("package"), STUB, sampled=False).items() - side.variables.items()
        for side in (OURS, PEER)
    )

    assert ours == peer


@pytest.mark.parametrize(("sampled", "word"), [(True, "Sampled=1"), (False, "Sampled=0")])
def test_a_trace_is_sampled_or_not(word: str, *, sampled: bool) -> None:
    """As Lambda says it in the function's environment."""
    given = environment(OURS, Path("package"), STUB, sampled=sampled)

    assert given["_X_AMZN_TRACE_ID"].endswith(word)

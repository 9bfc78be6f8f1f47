"""What cannot be followed is said with its place; nothing hangs, and no wrong source is a trace."""

from pathlib import Path

import pytest

from tests.unit.contracts.impact.shop import CONTRACT, named, read_by, written
from trunklab.contracts.impact.source_reads import reads
from trunklab.errors import UsageError
from trunklab.templates.errors import SourceError
from trunklab.templates.template_limits import MODULE_BYTES_MAX

ESCAPES = {
    "another library": ("import yaml\nyaml.dump(sold)", "hands a part of the event to yaml.dump"),
    "a part to it": ("import yaml\nyaml.dump([sold.total])", "yaml.dump"),
    "inside an object": (
        "import yaml\nfrom functools import partial\nyaml.dump(partial(print, sold))",
        "yaml.dump",
    ),
    "an object of it": ("import yaml\nyaml.Loader().get(sold.lines)", "yaml.Loader().get"),
    "a name that is not known": ("print(getattr(sold, unit.now))", "getattr"),
    "a field that is not there": ("print(sold.colour)", "asks for 'colour'"),
    "a method that is not there": ("print(sold.total.spent())", "asks for 'spent'"),
    "an attribute of another library": (
        "import yaml\nyaml.last = sold",
        "keeps a part of the event",
    ),
    "a decorator of another library": (
        "import yaml\n@yaml.checked\ndef inner(sold):\n    return sold.id\ninner(sold)",
        "yaml.checked",
    ),
    "a global": ("global last\nlast = sold", "keeps a part of the event in last"),
    "an event that is called": ("sold.total(sold)", "hands a part of the event"),
    "text that is run": ("eval('sold.total')", "calls eval"),
    "the names themselves": ("print(locals()['sold'].id)", "calls locals"),
    "the unit of work": ("import yaml\nyaml.dump(unit)", "yaml.dump"),
    "by position": ("match sold:\n    case Sold(a):\n        print(a)", "by position"),
    "anything's method": ("print(sold.extra['a'].spent(sold))", "sold.extra['a'].spent"),
}

FOLLOWED = {
    "a field to another library": ("import yaml\nyaml.dump(sold.id)", ["id"]),
    "a dumped part to it": ("import yaml\nyaml.dump(sold.total.model_dump())", ["total.*"]),
    "a logger": ("app.logger.info('sold', id=sold.id)", ["id"]),
    "a function that takes the field": (
        "import math\nmath.sqrt(sold.total.minor)",
        ["total.minor"],
    ),
}

HOSTILE = {
    "endless recursion": ("again(sold)", "def again(sold):\n    return again(sold)"),
    "recursion that grows": (
        "again(sold, [])",
        "def again(sold, held):\n    return again(sold, [held, sold.id])",
    ),
    "recursion down the event": (
        "again(sold.extra)",
        "def again(part):\n    return again(part['more']) if part else None",
    ),
    "a loop down the event": ("part = sold.extra\nwhile part:\n    part = part['more']", ""),
    "many calls": (
        "f0(sold)",
        "\n".join(f"def f{n}(s):\n    return f{n + 1}(s)" for n in range(300)),
    ),
    "twice as many each time": (
        "f0(sold.total)",
        "\n".join(f"def f{n}(s):\n    f{n + 1}([s])\n    f{n + 1}((s,))" for n in range(40)),
    ),
    "a long sum": ("print(" + " + ".join(["sold.id"] * 400) + ")", ""),
    "modules that import one another": ("domain.a(sold)", "from sales import domain"),
}

WRONG = {
    "no Python": ("def on_sold(:", ":6: no Python"),
    "a null byte": ("x = '\0'", "no Python"),
    "deep nesting": ("x = " + "(" * 300 + ")" * 300, "no Python"),
    "deeper nesting": ("x = " + "-" * 200_000 + "1", "no Python"),
    "too large": ("#" * (MODULE_BYTES_MAX + 1), f"larger than {MODULE_BYTES_MAX} bytes"),
}


@pytest.mark.parametrize(("body", "why"), ESCAPES.values(), ids=ESCAPES.keys())
def test_what_cannot_be_followed_is_said_with_its_place(
    tmp_path: Path, body: str, why: str
) -> None:
    """The event or a part of it goes where nobody knows what is read."""
    found = read_by(tmp_path, body)

    assert len(found.unknown) == 1
    (place,) = found.unknown
    assert str(place).startswith("services/sales/src/sales/handler.py:")
    assert why in place.why


@pytest.mark.parametrize(("body", "expected"), FOLLOWED.values(), ids=FOLLOWED.keys())
def test_a_single_value_may_go_anywhere(tmp_path: Path, body: str, expected: list[str]) -> None:
    """Below a text or a number, and in what was dumped, there is nothing left to read."""
    found = read_by(tmp_path, body)

    assert (named(found), found.unknown) == (expected, ())


@pytest.mark.timeout(60)
@pytest.mark.parametrize(("body", "above"), HOSTILE.values(), ids=HOSTILE.keys())
def test_source_without_end_has_an_answer(tmp_path: Path, body: str, above: str) -> None:
    """It is followed as far as the limits go, and what lies beyond is unknown or read wholly."""
    domain = "from sales import handler, domain\nfrom sales.domain import *\na = handler.domain.a\n"

    found = read_by(tmp_path, body, above, domain=domain)

    assert found.paths or found.unknown or above


@pytest.mark.parametrize(("source", "problem"), WRONG.values(), ids=WRONG.keys())
def test_source_that_is_no_python_is_refused_with_its_place(
    tmp_path: Path, source: str, problem: str
) -> None:
    """The message names file and line, and the command was called wrongly."""
    with pytest.raises(SourceError, match=r"services/sales/src/sales/handler.py:\d+: ") as caught:
        read_by(tmp_path, "return None", source)

    assert problem in str(caught.value)
    assert isinstance(caught.value, UsageError)


def test_a_module_that_is_not_there_is_refused(tmp_path: Path) -> None:
    """The folder holds another service's code."""
    folder = written(tmp_path, handler="x = 1\n")

    with pytest.raises(SourceError, match="services/sales/src"):
        reads(tmp_path, folder, "sales.nothing", "on_sold", CONTRACT)


@pytest.mark.parametrize("function", ["nothing", ""])
def test_what_a_function_reads_that_is_made_elsewhere_is_unknown(
    tmp_path: Path, function: str
) -> None:
    """A lambda, or a function within a function."""
    folder = written(tmp_path, handler="x = 1\n")

    found = reads(tmp_path, folder, "sales.handler", function, CONTRACT)

    assert (found.paths, len(found.unknown)) == (frozenset(), 1)


def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    """A folder in its place, a link to itself: the message says so."""
    folder = written(tmp_path)
    (folder / "sales" / "handler.py").write_bytes(b"x = '\xff'\n")

    with pytest.raises(SourceError, match="no Python"):
        reads(tmp_path, folder, "sales.handler", "on_sold", CONTRACT)


def test_without_a_contract_less_can_be_followed_and_nothing_is_missed(tmp_path: Path) -> None:
    """What a value is, and so what is below it, is then not known."""
    folder = written(tmp_path, handler="def on_sold(sold, unit):\n    return sold.total.minor\n")

    found = reads(tmp_path, folder, "sales.handler", "on_sold", None)

    assert (named(found), found.unknown) == (["total.minor.*"], ())

"""No log call costs its line, whatever its values are, and each line is strict JSON."""

import json
import logging
from collections import deque
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from itertools import count
from types import MappingProxyType
from typing import Annotated, Any, Never

import pytest
from aws_lambda_powertools import Logger
from aws_lambda_powertools.logging.utils import copy_config_to_registered_loggers
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict

from schemas.event import PERSONAL
from tests.settings import examples
from tests.unit.trunkline.events import an_envelope
from trunkline.bounds import LOG_LINE_BYTES_MAX
from trunkline.masking import MASK
from trunkline.observability import LineFormatter, about, make_logger
from trunkline.strict_json import strict_encoder

SECRET = "ada@example.com"  # noqa: S105  # stands for personal data


class Person(BaseModel):
    """Somebody whose address must not be seen."""

    model_config = ConfigDict(frozen=True)

    email: Annotated[str, PERSONAL] = SECRET


@dataclass
class Loop:
    """Holds itself."""

    email: Annotated[str, PERSONAL] = SECRET
    inner: list["Loop"] = field(default_factory=list)


class Unreadable:
    """Raises whatever is done with it."""

    def __str__(self) -> str:
        raise RuntimeError(SECRET)

    __repr__ = __str__


class Silent(dict[str, str]):
    """A dictionary that cannot be read."""

    def items(self) -> Never:
        """Fails."""
        raise RuntimeError(SECRET)


class Kind(StrEnum):
    """A string that is more than one."""

    CARD = "card"


def a_loop() -> dict[str, Any]:
    """A dictionary that holds itself, two levels down."""
    loop: dict[str, Any] = {"n": 1}
    loop["list"] = [loop]
    return loop


def a_looping_dataclass() -> Loop:
    """A dataclass that holds itself."""
    loop = Loop()
    loop.inner.append(loop)
    return loop


def nested(levels: int) -> list[Any]:
    """Lists within lists."""
    value: list[Any] = []
    for _ in range(levels):
        value = [value]
    return value


def a_logger() -> Logger:
    """A logger of its own: one that was there before writes to another test's output."""
    log = make_logger(f"any-{next(_NUMBERS)}")
    # The handler that pytest gives to the root raises for these messages.
    logging.getLogger(log.name).propagate = False
    return log


_NUMBERS = count()

VALUES: dict[str, tuple[Any, Any]] = {
    "circular": (a_loop(), {"n": 1, "list": ["<circular>"]}),
    "a circular dataclass": (a_looping_dataclass(), {"email": MASK, "inner": ["<circular>"]}),
    "one value twice": ({"nan": float("nan"), "a": [(1,)] * 2}, {"nan": "nan", "a": [[1], [1]]}),
    "a tuple as key": ({(1, 2): "v"}, {"[1, 2]": "v"}),
    "keys of other types": ({None: 1, b"k": 2, 1.5: 3}, {"null": 1, "b'k'": 2, "1.5": 3}),
    "keys that become one": ({(1,): 1, "[1]": 2}, {"[1]": 1, "[1]'": 2}),
    "NaN as key": ({float("nan"): 1}, {"nan": 1}),
    "half a surrogate pair": ("a\ud800", "a\\ud800"),
    "half a surrogate pair as key": ({"\ud800": 1}, {"\\ud800": 1}),
    "NaN": (float("nan"), "nan"),
    "infinite": ([float("inf"), -float("inf"), 1.5], ["inf", "-inf", 1.5]),
    "Decimal's NaN": (Decimal("NaN"), "NaN"),
    "bytes": (b"\xff\x00", "b'\\xff\\x00'"),
    "unreadable": (Unreadable(), "<unreadable Unreadable>"),
    "unreadable, deeper": (
        {"a": [Unreadable()], "b": 1},
        {"a": ["<unreadable Unreadable>"], "b": 1},
    ),
    "an unreadable dictionary": ([Silent(a="b"), (1,)], None),
    "an unreadable key": ({Unreadable(): 1}, {"<unreadable Unreadable>": 1}),
    "more digits than Python writes": (10**5_000, "<unreadable int>"),
    "a long integer beside NaN": ([float("nan"), 2**200], ["nan", str(2**200)]),
    "a deque": (deque([1]), [1]),
    "a set of numbers": ({1}, [1]),
    "a string that is more than one": ([Kind.CARD, float("nan")], ["card", "nan"]),
}


@pytest.mark.parametrize(("value", "shown"), VALUES.values(), ids=VALUES.keys())
def test_a_value_that_json_cannot_express_becomes_text(
    value: Any, shown: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    """The line is there, its other fields too, and nothing is on standard error."""
    log = a_logger()
    log.info("said", value=value, other="kept")

    printed = capsys.readouterr()
    line = strictly(printed.out)
    assert printed.err == ""
    assert (line["message"], line["other"]) == ("said", "kept")
    assert shown is None or line["value"] == shown
    assert SECRET not in printed.out


def strictly(text: str) -> dict[str, Any]:
    """The line, as a reader takes it that knows no NaN."""

    def refuse(constant: str) -> Never:
        raise AssertionError(constant)

    assert text.count("\n") == 1
    line = json.loads(text.encode(), parse_constant=refuse)
    assert isinstance(line, dict)
    return line


MASKED: dict[str, Any] = {
    "beside NaN": [Person(), float("nan")],
    "as a key": {Person(): 1},
    "within a key": {(Person(), 1): 1},
    "in a circle": [a_loop(), Person()],
    "beside what cannot be read": [Unreadable(), Person()],
    "in a read-only dictionary": MappingProxyType({"who": Person()}),
    "in a deque": deque([Person()]),
    "in the keys of a dictionary": {Person(): 1}.keys(),
    "deep inside": [*nested(30), {"a": {"b": Person()}}],
}


@pytest.mark.parametrize("value", MASKED.values(), ids=MASKED.keys())
def test_personal_data_stay_masked_in_a_value_that_json_cannot_express(
    value: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    """As a field, as the message and as an argument of it."""
    log = a_logger()
    log.info("said", value=value)
    log.info(value)
    log.info("said %s", value)

    printed = capsys.readouterr()
    assert printed.err == ""
    assert printed.out.count(MASK) == 3
    assert SECRET not in printed.out


HUGE: dict[str, Any] = {
    "a string": "x" * 2_000_000,
    "a string of control characters": "\x00" * 2_000_000,
    "halves of surrogate pairs": "\ud800" * 2_000_000,
    "beyond ASCII": "東" * 1_000_000,
    "a list": [0] * 1_000_000,
    "a list of long numbers": [1e-300 / 3] * 100_000,
    "a dictionary": dict.fromkeys(range(300_000), "v"),
    "strings in lists": [["y" * 1_000] * 100] * 100,
    "more levels than Python's stack": nested(100_000),
    "a long key": {"k" * 2_000_000: 1},
}


@pytest.mark.parametrize("value", HUGE.values(), ids=HUGE.keys())
def test_a_line_is_cut_before_cloudwatch_would_split_it(
    value: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    """Of a huge value the beginning is shown, and the fields after it stay."""
    log = a_logger()
    log.info("said", value=value, after="kept")

    text = capsys.readouterr().out
    line = strictly(text)
    assert len(text.encode()) <= LOG_LINE_BYTES_MAX
    assert "…" in text
    assert (line["message"], line["service"]) == ("said", log.service)


CALLS: dict[str, tuple[str, tuple[Any, ...], str]] = {
    "too few arguments": ("%s of %s", ("one",), '%s of %s ["one"]'),
    "too many": ("%s", ("one", "two"), '%s ["one","two"]'),
    "another type": ("%d events", ("ten",), '%d events ["ten"]'),
    "a missing name": ("%(a)s", ({"b": 1},), '%(a)s {"b":1}'),
    "an unknown letter": ("100%!", (1,), "100%! [1]"),
    "no number": ("%d", (float("nan"),), '%d ["nan"]'),
    "no end": ("%d", (float("inf"),), '%d ["inf"]'),
    "no character": ("%c", (-1,), "%c [-1]"),
    "unreadable": ("%s", (Unreadable(),), '"<unreadable Unreadable>"'),
    "half a pair": ("\ud800 %s", ("\udfff",), "\\ud800 \\udfff"),
    "a string that is more": ("by %s", (Kind.CARD,), "by card"),
    "good ones": ("%s of %05.1f%%", ("one", 2.5), "one of 002.5%"),
    "a name that is there": ("%(b)s", ({"b": 1},), "1"),
}


@pytest.mark.parametrize(("text", "arguments", "message"), CALLS.values(), ids=CALLS.keys())
def test_a_message_that_its_arguments_do_not_fit_is_shown_with_them(
    text: str,
    arguments: tuple[Any, ...],
    message: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A mistake in a log call is found in its line, not in place of it."""
    log = a_logger()
    log.info(text, *arguments)

    printed = capsys.readouterr()
    assert printed.err == ""
    assert strictly(printed.out)["message"] == message


RESERVED = [
    "name",
    "args",
    "message",
    "asctime",
    "module",
    "process",
    "level",
    "lineno",
    "taskName",
]


@pytest.mark.parametrize("key", RESERVED)
def test_a_field_may_have_the_name_of_a_record_s_own_attribute(
    key: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """The standard library raises for it, and the event would fail on a log line."""
    log = a_logger()
    fields: dict[str, Any] = {key: "own"}

    log.info("said", **fields)

    line = strictly(capsys.readouterr().out)
    assert (line["message"], line["level"]) == ("said", "INFO")
    assert line.get(f"{key}_", line.get(key)) == "own"


def test_keys_of_extra_may_be_of_any_type(capsys: pytest.CaptureFixture[str]) -> None:
    """They come from other libraries too."""
    log = a_logger()
    odd: Any = {1: "a", (1, 2): "b", None: "c"}
    log.info("said", extra=odd)

    line = strictly(capsys.readouterr().out)
    assert (line["1"], line["[1, 2]"], line["null"]) == ("a", "b", "c")


def test_appended_keys_cost_no_line(capsys: pytest.CaptureFixture[str]) -> None:
    """They are on every line of the event, those of the runtime included."""
    log = a_logger()
    with about(log, "do", an_envelope("e-1")):
        log.append_keys(loop=a_loop(), process="100%", level=5, text="\ud800")
        log.info("said")
        log.error("failed", exc_info=ValueError(SECRET))

    printed = capsys.readouterr()
    lines = [strictly(text + "\n") for text in printed.out.splitlines()]
    assert printed.err == ""
    assert [line["event_id"] for line in lines] == ["e-1", "e-1"]


def test_lines_of_other_libraries_are_kept(capsys: pytest.CaptureFixture[str]) -> None:
    """Powertools gives our handler to their loggers where a function asks for it."""
    log = a_logger()
    theirs = logging.getLogger("somebody.else")
    theirs.parent = logging.getLogger("somebody")
    copy_config_to_registered_loggers(log, include={"somebody"})

    theirs.warning("%s of %d", Person(), "two", extra={"loop": a_loop()})
    theirs.warning(Unreadable(), exc_info=ValueError(SECRET), stack_info=True)

    printed = capsys.readouterr()
    first, second = [strictly(text + "\n") for text in printed.out.splitlines()]
    assert printed.err == ""
    assert SECRET not in printed.out
    assert first["loop"] == {"n": 1, "list": ["<circular>"]}
    assert (second["message"], second["exception_name"]) == (
        "<unreadable Unreadable>",
        "ValueError",
    )


plain = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary()
keys = plain | st.tuples(plain, plain)
anything = st.recursive(
    plain, lambda inner: st.lists(inner) | st.dictionaries(keys, inner) | st.tuples(inner)
)


@settings(max_examples=examples(20, 1_000))  # drawing a nested value takes a tenth of a second
@given(anything, st.text(), st.tuples() | st.tuples(anything) | st.tuples(plain, plain))
def test_whatever_is_logged_is_one_line_of_json(
    value: Any, message: str, arguments: tuple[Any, ...]
) -> None:
    """For every value and every message with arguments."""
    record = logging.LogRecord("x", logging.INFO, "file.py", 7, message, None, None, "do")
    record.args, record.value = arguments, value

    text = LineFormatter().format(record)

    assert "value" in strictly(f"{text}\n") or value is None


@given(st.recursive(plain.filter(lambda v: not isinstance(v, bytes)), st.lists))
def test_what_json_can_express_is_written_as_it_is(value: Any) -> None:
    """Only the values that need it are changed."""
    try:
        expected = json.loads(json.dumps(value, allow_nan=False, ensure_ascii=False).encode())
    except (ValueError, UnicodeEncodeError):
        return

    assert json.loads(strict_encoder()(value)) == expected

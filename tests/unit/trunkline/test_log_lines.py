"""What log lines say, and what they never hold."""

import json
import logging
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from aws_lambda_powertools import Logger
from aws_lambda_powertools.logging.formatter import LambdaPowertoolsFormatter

from tests.unit.trunkline.events import an_envelope
from trunkline.aws import AwsRefusedError
from trunkline.bounds import REASON_CHARACTERS_MAX, STACK_FRAMES_MAX
from trunkline.dead_letters import printable
from trunkline.errors import ConflictError, PermanentError, RetryableError
from trunkline.log_fields import failure_fields
from trunkline.observability import LineFormatter, about, fields_of, make_logger

SECRET = "ada@example.com"  # noqa: S105  # stands for event data


def failed_with(error: Exception) -> dict[str, Any]:
    """The fields of an exception that was really raised."""
    with pytest.raises(type(error)) as caught:
        raise error
    return failure_fields(caught.value)


@pytest.mark.parametrize(
    "error",
    [
        ValueError(SECRET),
        KeyError(SECRET),
        RuntimeError("no", {"email": SECRET}),
        OSError(1, SECRET),
    ],
)
def test_the_message_of_a_foreign_exception_is_not_logged(error: Exception) -> None:
    """It may quote the data that it failed on."""
    fields = failed_with(error)

    assert SECRET not in json.dumps(fields)
    assert fields["error_type"] == type(error).__name__
    assert fields["stack"][-1].endswith("failed_with")


@pytest.mark.parametrize(
    "error", [PermanentError("why"), RetryableError("why"), ConflictError("why")]
)
def test_the_message_of_our_own_exception_is_logged(error: Exception) -> None:
    """These promise to hold no event data."""
    assert failed_with(error)["error"] == "why"


def test_a_refusal_of_aws_is_logged_by_its_code() -> None:
    """The type alone would not say whether a right, a table or time is missing."""
    answer = {"message": f"no right to {SECRET}"}

    fields = failed_with(
        AwsRefusedError("AccessDeniedException", "TransactWriteItems", 400, answer)
    )

    assert fields["error"] == "TransactWriteItems failed with AccessDeniedException"
    assert SECRET not in json.dumps(fields)


def test_a_deep_stack_is_cut_to_its_inner_end() -> None:
    """Endless recursion must not make a log line that is thrown away as too long."""

    def deeper(levels: int) -> None:
        if levels:
            deeper(levels - 1)
        raise RecursionError

    with pytest.raises(RecursionError) as caught:
        deeper(200)
    stack = failure_fields(caught.value)["stack"]

    assert len(stack) == STACK_FRAMES_MAX
    assert stack[-1].endswith("deeper")


REASONS = {
    "plain reason": "plain reason",
    "two\nlines\tand a tab": "two lines and a tab",
    "zero \x00 byte": "zero   byte",
    "half \ud83d a pair": "half   a pair",
    "no character \uffff": "no character  ",
    "Ä 東京 🚚": "Ä 東京 🚚",
    "": "",
    "x" * 2_000: "x" * REASON_CHARACTERS_MAX,
}


@pytest.mark.parametrize(("reason", "sent"), REASONS.items(), ids=repr)
def test_a_reason_is_made_fit_for_a_message_attribute(reason: str, sent: str) -> None:
    """SQS would refuse the whole dead letter for one character that XML does not have."""
    assert printable(reason) == sent


def test_a_line_names_the_event_by_its_metadata_alone() -> None:
    """Nothing of the data gets into the fields."""
    envelope = an_envelope(data={"email": SECRET})

    assert SECRET not in json.dumps(fields_of(envelope))
    assert fields_of(envelope)["trace_id"] == "1-5759e988-bd862e3fe1be46a994272793"


def test_lines_of_the_next_event_name_nothing_of_the_last(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Neither the runtime's keys nor those a handler appended outlive the event."""
    log = make_logger("leaks")
    log.append_keys(function_name="f")

    with about(log, "first", an_envelope("e-1")):
        log.append_keys(customer=SECRET)
        log.info("within")
    log.info("between")
    with about(log, "second", an_envelope("e-2")):
        log.info("after")

    within, between, after = map(json.loads, capsys.readouterr().out.splitlines())
    assert (within["event_id"], within["customer"]) == ("e-1", SECRET)
    assert not {"event_id", "handler", "customer", "trace_id"} & set(between)
    assert (after["event_id"], after["handler"]) == ("e-2", "second")
    assert "customer" not in after
    assert {line["function_name"] for line in (within, between, after)} == {"f"}


def test_keys_end_with_an_event_that_fails(capsys: pytest.CaptureFixture[str]) -> None:
    """The exception goes on, the keys do not."""
    log = make_logger("failing")

    def handle() -> None:
        with about(log, "first", an_envelope("e-1")):
            log.append_keys(customer=SECRET)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        handle()
    log.info("between")

    assert not {"event_id", "customer"} & set(json.loads(capsys.readouterr().out))


def test_events_that_are_handled_side_by_side_keep_their_keys_apart(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A handler on one thread never writes the ids, or the keys, of another."""
    log = make_logger("threads")
    log.append_keys(function_name="f")
    together = Barrier(4)

    def handle(number: int) -> None:
        with about(log, f"handler-{number}", an_envelope(f"e-{number}")):
            together.wait()
            log.append_keys(**{f"own_{number}": number})
            together.wait()
            log.info("within")
            together.wait()
            log.remove_keys([f"own_{number}"])
        log.info("after")

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(handle, range(4)))

    lines = [json.loads(text) for text in capsys.readouterr().out.splitlines()]
    within = [line for line in lines if line["message"] == "within"]
    assert len(within) == 4
    for line in within:
        number = line["event_id"].removeprefix("e-")
        assert line["handler"] == f"handler-{number}"
        assert [key for key in line if key.startswith("own_")] == [f"own_{number}"]
    for line in (line for line in lines if line["message"] == "after"):
        assert not {"event_id", "handler"} & set(line)
    assert {line["function_name"] for line in lines} == {"f"}


def test_keys_of_an_event_within_an_event_end_first(capsys: pytest.CaptureFixture[str]) -> None:
    """What was there before is there again, with the value it had."""
    log = make_logger("nested")

    with about(log, "outer", an_envelope("e-1")):
        log.append_keys(step="one")
        with about(log, "inner", an_envelope("e-2")), log.append_context_keys(step="two"):
            log.info("inner")
        log.info("outer")
        keys = log.get_current_keys()

    inner, outer = map(json.loads, capsys.readouterr().out.splitlines())
    assert (inner["event_id"], inner["step"]) == ("e-2", "two")
    assert (outer["event_id"], outer["step"]) == ("e-1", "one")
    assert (keys["service"], keys["event_id"]) == ("nested", "e-1")


def test_a_logger_that_was_there_before_writes_the_same_lines(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A handler's module may have made one under the service's name."""
    own = Logger(service="earlier")

    log = make_logger("earlier")
    with about(log, "first", an_envelope("e-1")):
        own.info("of the handler", error=ValueError(SECRET))

    (line,) = map(json.loads, capsys.readouterr().out.splitlines())
    assert (line["event_id"], line["service"], line["error"]) == ("e-1", "earlier", "ValueError")


def test_a_message_that_looks_like_json_stays_text(capsys: pytest.CaptureFixture[str]) -> None:
    """Messages are constants; readers of the log find them as they were written."""
    make_logger("text").info('{"a": 1}')

    assert json.loads(capsys.readouterr().out)["message"] == '{"a": 1}'


def test_a_line_has_a_time_with_milliseconds_in_utc(capsys: pytest.CaptureFixture[str]) -> None:
    """Lines of several functions are put in order by it."""
    make_logger("times").info("now")

    stamp = json.loads(capsys.readouterr().out)["timestamp"]
    assert stamp.endswith("+00:00")
    assert len(stamp) == len("2026-11-02T12:00:00.000+00:00")


HEADERS = ["", "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1"]


@pytest.mark.parametrize("header", HEADERS)
@pytest.mark.parametrize(
    ("message", "fields"),
    [
        ("plain", {}),
        ("event handled", {"attempt": 1, "emitted": [{"event_id": "e-2"}], "reason": None}),
        ("with fields of its own", {"service": "other", "handler": "own", "ä": "東京 🚚"}),
        ({"a": 1}, {"b": 2}),
        (["a"], {}),
    ],
)
def test_a_line_is_what_powertools_would_write(
    header: str, message: Any, fields: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same keys in the same order; only faster."""
    monkeypatch.setenv("_X_AMZN_TRACE_ID", header)
    record = logging.LogRecord("x", logging.INFO, "file.py", 7, message, None, None, "handle")
    record.__dict__.update(fields)
    ours, theirs = LineFormatter(), LambdaPowertoolsFormatter(use_rfc3339=True, utc=True)
    for formatter in (ours, theirs):
        formatter.append_keys(service="same", function_name="f")
        formatter.remove_keys(["location"] if "attempt" in fields else [])

    with about(make_logger("same"), "first", an_envelope("e-1")):
        assert ours.format(record) == theirs.format(record)

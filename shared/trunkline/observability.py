"""Powertools' Logger and Tracer with the ids of the current event."""

import logging
import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from logging import LogRecord
from types import TracebackType
from typing import Any, Final, TypeAlias, cast

from aws_lambda_powertools import Logger, Tracer
from aws_lambda_powertools.logging.formatter import (
    RESERVED_LOG_ATTRS,
    THREAD_LOCAL_KEYS,
    LambdaPowertoolsFormatter,
)

from trunkline.effects import Effects
from trunkline.envelope import Envelope
from trunkline.errors import TrunklineError
from trunkline.settings import xray_header
from trunkline.strict_json import strict_encoder
from trunkline.trace_context import fields_in, link_to, xray_trace_id
from trunkline.xray import XRayProvider

_ExcInfo: TypeAlias = (
    tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]
)

_WITHIN: Final[ContextVar[bool]] = ContextVar("trunkline_within_event", default=False)
"""True while an event is handled in this context: handlers may run on several threads."""

_STANDARD: Final = frozenset(RESERVED_LOG_ATTRS)
"""Attributes of every log record; all others are fields of the line."""

_RESERVED: Final = _STANDARD | {"message", *vars(logging.makeLogRecord({}))}
"""Reserved names of fields."""

_COMMIT: Final = "## commit"


class LineFormatter(LambdaPowertoolsFormatter):
    """Powertools' JSON lines, with personal data masked and keys removed after each event."""

    def __init__(self) -> None:
        super().__init__(use_rfc3339=True, utc=True)
        self._encode = strict_encoder(self.json_indent)
        self.json_serializer = self._encode

    def format(self, record: LogRecord) -> str:
        """Returns Powertools' line, in two thirds of its time and for any value."""
        told = {
            "level": record.levelname,
            "location": f"{record.funcName}:{record.lineno}",
            "message": self._message(record),
            "timestamp": self.formatTime(record),
        }
        given = {key: value for key, value in record.__dict__.items() if key not in _STANDARD}
        line = {
            **{key: told.get(key, value) for key, value in self.log_format.items()},
            **THREAD_LOCAL_KEYS.get(),
            **(self._exception(record) if record.exc_info else {}),
            **given,
            "xray_trace_id": fields_in(xray_header()).get("Root"),
        }
        return self.serialize({key: value for key, value in line.items() if value is not None})

    def _message(self, record: LogRecord) -> object:
        if not record.args:
            return record.msg
        message, args = self._visible(record.msg), record.args
        try:
            seen = (
                {self._visible(name): self._visible(value) for name, value in args.items()}
                if isinstance(args, Mapping)
                else tuple(map(self._visible, args))
            )
            return str(message) % seen
        except Exception:  # noqa: BLE001 - reading an argument may raise anything
            # The arguments do not fit the message: log both.
            return f"{message} {self._encode(args)}"

    def _visible(self, value: object) -> Any:
        """Returns a string or number as it is, anything else as masked JSON."""
        if isinstance(value, str):
            return str.__str__(value)
        return value if type(value) in {int, float, bool} else self._encode(value)

    def _exception(self, record: LogRecord) -> dict[str, object]:
        text, name, notes = self._extract_log_exception(record)
        return {
            "exception": text,
            "exception_name": name,
            "exception_notes": notes,
            "stack_trace": self._serialize_stacktrace(record),
        }

    def append_keys(self, **additional_keys: Any) -> None:
        """Appends keys to the lines of the current event, else to all later lines."""
        if _WITHIN.get():
            self.thread_safe_append_keys(**additional_keys)
        else:
            super().append_keys(**additional_keys)

    def get_current_keys(self) -> dict[str, Any]:
        """Returns the keys of a line written in this context."""
        return {**super().get_current_keys(), **self.thread_safe_get_current_keys()}

    def remove_keys(self, keys: Iterable[str]) -> None:
        """Removes keys from the lines that `append_keys` appends to."""
        if not _WITHIN.get():
            super().remove_keys(keys)
            return
        # A copy: Powertools removes keys in place, and other threads may share the dict.
        left = {**THREAD_LOCAL_KEYS.get()}
        for key in keys:
            left.pop(key, None)
        THREAD_LOCAL_KEYS.set(left)

    def formatException(self, ei: _ExcInfo) -> str:  # noqa: N802 - logging's name
        """Returns stack and type, and the message only for errors of this library.

        Other messages may quote event data.
        """
        _, error, stack = ei
        said = f": {error}" if isinstance(error, TrunklineError) else ""
        return "".join([*traceback.format_tb(stack), f"{type(error).__name__}{said}"])


def make_logger(service: str) -> Logger:
    """Returns a JSON logger on standard output; times are RFC 3339 with milliseconds, in UTC."""
    log = Logger(service=service, logger_formatter=LineFormatter())
    _accept_every_key(logging.getLogger(log.name))
    if not isinstance(log.registered_formatter, LineFormatter):
        # The service's code created a logger of that name before: give it the same format.
        log.registered_handler.setFormatter(LineFormatter())
        log.append_keys(service=service)
    return log


def _accept_every_key(logger: logging.Logger) -> None:
    """Allows fields named like a record's attributes; `name` is logged as `name_`.

    Otherwise logging raises KeyError for them, which would fail the event.
    """
    if "makeRecord" in vars(logger):
        return
    make: Callable[..., LogRecord] = logger.makeRecord

    def make_record(*arguments: Any) -> LogRecord:
        *others, extra, stack_info = arguments
        fields = {
            f"{key}_" if key in _RESERVED else key: value for key, value in (extra or {}).items()
        }
        return make(*others, fields, stack_info)

    # logging has no other hook for it
    logger.makeRecord = make_record  # type: ignore[method-assign, assignment]


def make_tracer(service: str, effects: Effects) -> Tracer:
    """Returns a tracer that writes X-Ray's format itself.

    `disabled` stays False even outside Lambda, because a disabled Powertools Tracer imports the
    X-Ray SDK. Without a daemon's address our provider sends nothing.
    """
    return Tracer(service=service, disabled=False, auto_patch=False, provider=XRayProvider(effects))


def fields_of(envelope: Envelope) -> dict[str, Any]:
    """Returns the fields that identify an event in a log line: metadata only, nothing personal."""
    metadata = envelope.metadata
    return {
        "event_id": metadata.event_id,
        "correlation_id": metadata.correlation_id,
        "causation_id": metadata.causation_id,
        "subject": metadata.subject,
        "source": envelope.source,
        "detail_type": envelope.detail_type,
        "trace_id": xray_trace_id(metadata.traceparent),
    }


class about:  # noqa: N801 - used as a function; a generator would take twice as long
    """Adds handler and event to every log line of its block.

    Keys that the handler appends are removed at its end, and are not seen by events on other
    threads.
    """

    def __init__(self, _log: Logger, name: str, envelope: Envelope) -> None:
        self._keys = {"handler": name, **fields_of(envelope)}

    def __enter__(self) -> None:
        self._within = _WITHIN.set(True)
        self._before = THREAD_LOCAL_KEYS.set({**THREAD_LOCAL_KEYS.get(), **self._keys})

    def __exit__(self, *_error: object) -> None:
        THREAD_LOCAL_KEYS.reset(self._before)
        _WITHIN.reset(self._within)


@contextmanager
def traced(tracer: Tracer, name: str, envelope: Envelope) -> Iterator[None]:
    """Opens a subsegment of the handler with the event's ids; it fails with the handler.

    It links to the root segment of the event's trace, because SQS starts a new trace for every
    batch, whose events may come from different traces.
    """
    with provider_of(tracer).in_subsegment(name=f"## {name}") as subsegment:
        if subsegment.is_recorded:
            metadata = envelope.metadata
            subsegment.put_annotation("event_id", metadata.event_id)
            subsegment.put_annotation("correlation_id", metadata.correlation_id)
            subsegment.put_annotation("subject", metadata.subject)
            if metadata.causation_id:
                subsegment.put_annotation("causation_id", metadata.causation_id)
            subsegment.add_link(link_to(metadata.traceparent))
        yield


@contextmanager
def commit_segment(tracer: Tracer) -> Iterator[None]:
    """Opens a subsegment for the transaction that commits units of work."""
    with provider_of(tracer).in_subsegment(name=_COMMIT):
        yield


def provider_of(tracer: Tracer) -> XRayProvider:
    """Returns the provider of a tracer made by `make_tracer`."""
    return cast("XRayProvider", tracer.provider)

"""How a function speaks: Powertools' Logger and Tracer with the ids of the event on every line."""

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
"""Whether an event is being handled here: handlers may run side by side on threads."""

_STANDARD: Final = frozenset(RESERVED_LOG_ATTRS)
"""What every record has of its own; the rest are the fields of the line."""

_RESERVED: Final = _STANDARD | {"message", *vars(logging.makeLogRecord({}))}
"""Names that a field of a line cannot have."""

_COMMIT: Final = "## commit"


class LineFormatter(LambdaPowertoolsFormatter):
    """Powertools' JSON lines: personal data masked, keys appended for an event end with it."""

    def __init__(self) -> None:
        super().__init__(use_rfc3339=True, utc=True)
        self._encode = strict_encoder(self.json_indent)
        self.json_serializer = self._encode

    def format(self, record: LogRecord) -> str:
        """Returns what Powertools itself writes, in two thirds of the time, for any value."""
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
        except Exception:  # noqa: BLE001 - an argument may raise anything when it is read
            # A message that its arguments do not fit is still worth more than none.
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
        """Within an event for its lines alone, else for all lines to come."""
        if _WITHIN.get():
            self.thread_safe_append_keys(**additional_keys)
        else:
            super().append_keys(**additional_keys)

    def get_current_keys(self) -> dict[str, Any]:
        """The keys that a line written here and now would carry."""
        return {**super().get_current_keys(), **self.thread_safe_get_current_keys()}

    def remove_keys(self, keys: Iterable[str]) -> None:
        """Removes them from what `append_keys` appends to."""
        if not _WITHIN.get():
            super().remove_keys(keys)
            return
        # A new dict: Powertools would remove keys in place, and a thread may share the dict.
        left = {**THREAD_LOCAL_KEYS.get()}
        for key in keys:
            left.pop(key, None)
        THREAD_LOCAL_KEYS.set(left)

    def formatException(self, ei: _ExcInfo) -> str:  # noqa: N802 - logging's name
        """The stack and the type, the message only of this library's own errors.

        Any other message may quote the event data that it failed on.
        """
        _, error, stack = ei
        said = f": {error}" if isinstance(error, TrunklineError) else ""
        return "".join([*traceback.format_tb(stack), f"{type(error).__name__}{said}"])


def make_logger(service: str) -> Logger:
    """A JSON logger on standard output; times are RFC 3339 with milliseconds, in UTC."""
    log = Logger(service=service, logger_formatter=LineFormatter())
    _accept_every_key(logging.getLogger(log.name))
    if not isinstance(log.registered_formatter, LineFormatter):
        # The service's own code has made a logger of that name before: it writes the same lines.
        log.registered_handler.setFormatter(LineFormatter())
        log.append_keys(service=service)
    return log


def _accept_every_key(logger: logging.Logger) -> None:
    """Lets fields have the names of a record's own attributes; `name` is logged as `name_`.

    logging raises KeyError for them, which would fail the event.
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
    """A tracer that writes X-Ray's format itself.

    `disabled` stays False even outside Lambda: a disabled Powertools Tracer imports the X-Ray SDK
    to switch it off. Our provider is the switch: without a daemon's address it sends nothing.
    """
    return Tracer(service=service, disabled=False, auto_patch=False, provider=XRayProvider(effects))


def fields_of(envelope: Envelope) -> dict[str, Any]:
    """The fields that name an event in a log line. Metadata only: no data, nothing personal."""
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
    """Within it every log line names the handler and the event.

    Keys that the handler appends end with it: the next event's lines must not name this one's,
    nor may those of an event that is handled at the same time on another thread.
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
    """A subsegment of the handler that names the event, and fails with the handler.

    It links to the segment that the event's trace began with: SQS starts a new trace for every
    batch, whose events may come from as many traces.
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
    """A subsegment of the one transaction in which units of work become true."""
    with provider_of(tracer).in_subsegment(name=_COMMIT):
        yield


def provider_of(tracer: Tracer) -> XRayProvider:
    """The provider of a tracer of `make_tracer`."""
    return cast("XRayProvider", tracer.provider)

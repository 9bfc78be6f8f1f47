"""Metrics of a function: one line of CloudWatch's embedded metric format per invocation."""

from threading import Lock
from typing import Final

from aws_lambda_powertools.metrics import EphemeralMetrics

from trunkline.bounds import METRIC_VALUES_MAX
from trunkline.settings import metrics_namespace

HANDLED: Final = "EventsHandled"
DUPLICATES: Final = "DuplicateEvents"
FAILED: Final = "EventsFailed"
DEAD_LETTERED: Final = "EventsDeadLettered"
EVENT_AGE: Final = "EventAge"
OLDEST_ROW: Final = "OldestOutboxRow"

_UNITS: Final = {EVENT_AGE: "Milliseconds", OLDEST_ROW: "Seconds"}
"""Metrics not listed here are counts."""

_RESOLUTION_S: Final = 60


class Measures:
    """Counts the outcomes of events and writes them through Powertools Metrics.

    The namespace is POWERTOOLS_METRICS_NAMESPACE; without it nothing is counted. The only
    dimension is the service. It is thread-safe.
    """

    def __init__(self, service: str) -> None:
        # Not Metrics, which shares its state with all other instances of the process, including
        # the handler's own.
        self._metrics = EphemeralMetrics(service=service)
        self._counts: dict[str, int] = {}
        self._values: dict[str, list[float]] = {}
        self._lock = Lock()
        self._is_on = bool(metrics_namespace())

    def handled(self, age_ms: float) -> None:
        """Counts an event that took effect, with its age."""
        self._count(HANDLED, {EVENT_AGE: age_ms})

    def duplicate(self) -> None:
        """Counts a duplicate event."""
        self._count(DUPLICATES)

    def failed(self) -> None:
        """Counts an event that stays in its queue for a retry."""
        self._count(FAILED)

    def dead_lettered(self) -> None:
        """Counts a dead-lettered event."""
        self._count(DEAD_LETTERED)

    def oldest_row(self, age_s: float) -> None:
        """Records the age of the oldest row that a sweep left; 0 for an empty outbox."""
        self._count("", {OLDEST_ROW: age_s})

    def flush(self) -> None:
        """Writes the line of this invocation, unless nothing was counted."""
        with self._lock:
            counts, self._counts = self._counts, {}
            values, self._values = self._values, {}
        metrics = {name: [float(number)] for name, number in counts.items()} | values
        while metrics:
            self._write({name: some[:METRIC_VALUES_MAX] for name, some in metrics.items()})
            rest = {name: some[METRIC_VALUES_MAX:] for name, some in metrics.items()}
            metrics = {name: some for name, some in rest.items() if some}

    def _count(self, name: str, values: dict[str, float] | None = None) -> None:
        if not self._is_on:
            return
        with self._lock:
            if name:
                self._counts[name] = self._counts.get(name, 0) + 1
            for metric, value in (values or {}).items():
                self._values.setdefault(metric, []).append(value)

    def _write(self, metrics: dict[str, list[float]]) -> None:
        # Set at once in Powertools' internal format: adding values one by one took four times as
        # long.
        for name, values in metrics.items():
            form = {"Unit": _UNITS.get(name, "Count"), "StorageResolution": _RESOLUTION_S}
            self._metrics.metric_set[name] = {**form, "Value": values}
        self._metrics.flush_metrics()

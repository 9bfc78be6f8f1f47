"""Trunkline's runtime library: consumers, producers and the one atomic point between them."""

from trunkline.consumer import Consumer
from trunkline.deadline import LambdaContext
from trunkline.effects import Effects
from trunkline.envelope import Envelope, Metadata
from trunkline.errors import (
    CommitError,
    CommitTooLargeError,
    ConfigurationError,
    ConflictError,
    InvalidEventError,
    PermanentError,
    RetryableError,
    TrunklineError,
    UnknownEventError,
)
from trunkline.producer import Producer
from trunkline.sweep import Sweep
from trunkline.unit_of_work import UnitOfWork

__all__ = [
    "CommitError",
    "CommitTooLargeError",
    "ConfigurationError",
    "ConflictError",
    "Consumer",
    "Effects",
    "Envelope",
    "InvalidEventError",
    "LambdaContext",
    "Metadata",
    "PermanentError",
    "Producer",
    "RetryableError",
    "Sweep",
    "TrunklineError",
    "UnitOfWork",
    "UnknownEventError",
]

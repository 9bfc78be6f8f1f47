"""Trunkline's runtime library: consumers, producers and the transaction that both commit in."""

from trunkline.answers import Answer, Answered, json_answer
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
    KeyReusedError,
    PermanentError,
    RetryableError,
    TrunklineError,
    UnknownEventError,
)
from trunkline.producer import Producer
from trunkline.request_body import InvalidBodyError, body_in, json_in
from trunkline.request_key import KeyedRequest, key_in
from trunkline.sweep import Sweep
from trunkline.unit_of_work import UnitOfWork

__all__ = [
    "Answer",
    "Answered",
    "CommitError",
    "CommitTooLargeError",
    "ConfigurationError",
    "ConflictError",
    "Consumer",
    "Effects",
    "Envelope",
    "InvalidBodyError",
    "InvalidEventError",
    "KeyReusedError",
    "KeyedRequest",
    "LambdaContext",
    "Metadata",
    "PermanentError",
    "Producer",
    "RetryableError",
    "Sweep",
    "TrunklineError",
    "UnitOfWork",
    "UnknownEventError",
    "body_in",
    "json_answer",
    "json_in",
    "key_in",
]

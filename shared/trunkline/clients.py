"""The AWS clients of a function: with timeouts, traced, created on first use."""

from functools import cached_property
from typing import Final

from aws_lambda_powertools import Tracer

from trunkline.aws import AwsClient, Patience
from trunkline.aws_calls import watcher_of
from trunkline.bounds import (
    AWS_CALL_ATTEMPTS_MAX,
    AWS_CONNECT_TIMEOUT_S,
    AWS_READ_TIMEOUT_S,
    PUBLISH_CONNECT_TIMEOUT_S,
    PUBLISH_READ_TIMEOUT_S,
)
from trunkline.effects import Effects
from trunkline.settings import AwsPlace

_PATIENT: Final = Patience(AWS_CONNECT_TIMEOUT_S, AWS_READ_TIMEOUT_S, AWS_CALL_ATTEMPTS_MAX)

_BRIEF: Final = Patience(PUBLISH_CONNECT_TIMEOUT_S, PUBLISH_READ_TIMEOUT_S, attempts=1)
"""For PutEvents: `Bus` counts the attempts and checks the deadline itself."""


class Clients:
    """One client for each AWS service that the runtime calls.

    Raises ConfigurationError if the environment has no region, endpoint or credentials for AWS.
    """

    def __init__(self, tracer: Tracer, effects: Effects) -> None:
        self._place = AwsPlace.from_environment()
        self._tracer = tracer
        self._effects = effects

    @cached_property
    def dynamodb(self) -> AwsClient:
        """Client for the service's tables."""
        return self._made("dynamodb", _PATIENT)

    @cached_property
    def events(self) -> AwsClient:
        """Client for the bus."""
        return self._made("events", _BRIEF)

    @cached_property
    def sqs(self) -> AwsClient:
        """Client for dead letters and visibility timeouts; few invocations need it."""
        return self._made("sqs", _PATIENT)

    def _made(self, service: str, patience: Patience) -> AwsClient:
        watcher = watcher_of(self._tracer, service, self._place.region)
        return AwsClient(service, self._place, patience, self._effects, watcher)

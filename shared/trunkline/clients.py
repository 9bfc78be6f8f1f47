"""The AWS clients of a function: bounded in time, seen by its tracer, made when first needed."""

from functools import cached_property
from typing import Any, Final

import boto3
from aws_lambda_powertools import Tracer
from botocore.config import Config

from trunkline.aws_calls import watch
from trunkline.bounds import (
    AWS_CALL_ATTEMPTS_MAX,
    AWS_CONNECT_TIMEOUT_S,
    AWS_READ_TIMEOUT_S,
    PUBLISH_CONNECT_TIMEOUT_S,
    PUBLISH_READ_TIMEOUT_S,
)

_PATIENT: Final = Config(
    connect_timeout=AWS_CONNECT_TIMEOUT_S,
    read_timeout=AWS_READ_TIMEOUT_S,
    retries={"mode": "standard", "total_max_attempts": AWS_CALL_ATTEMPTS_MAX},
)

_BRIEF: Final = Config(
    connect_timeout=PUBLISH_CONNECT_TIMEOUT_S,
    read_timeout=PUBLISH_READ_TIMEOUT_S,
    retries={"mode": "standard", "total_max_attempts": 1},
)
"""For PutEvents: the bus counts attempts and watches the deadline itself."""


class Clients:
    """One client for each AWS service that the runtime speaks to."""

    def __init__(self, tracer: Tracer) -> None:
        self._tracer = tracer

    @cached_property
    def dynamodb(self) -> Any:
        """For the service's tables."""
        return self._made("dynamodb", _PATIENT)

    @cached_property
    def events(self) -> Any:
        """For the bus."""
        return self._made("events", _BRIEF)

    @cached_property
    def sqs(self) -> Any:
        """For dead letters and visibility; few invocations need it."""
        return self._made("sqs", _PATIENT)

    def _made(self, service: str, config: Config) -> Any:
        return watch(boto3.client(service, config=config), self._tracer)

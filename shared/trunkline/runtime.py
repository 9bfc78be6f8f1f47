"""What one process of a function holds: its settings, its table, its bus and its voice."""

from dataclasses import dataclass
from typing import Self

import boto3
from aws_lambda_powertools import Logger, Tracer
from botocore.config import Config

from trunkline.bounds import (
    AWS_CALL_ATTEMPTS_MAX,
    AWS_CONNECT_TIMEOUT_S,
    AWS_READ_TIMEOUT_S,
    PUBLISH_CONNECT_TIMEOUT_S,
    PUBLISH_READ_TIMEOUT_S,
)
from trunkline.bus import Bus
from trunkline.commit import Committer
from trunkline.dead_letters import DeadLetters
from trunkline.effects import Effects
from trunkline.observability import make_logger, make_tracer
from trunkline.relay import Relay
from trunkline.settings import Settings
from trunkline.table import Table

_PATIENT = Config(
    connect_timeout=AWS_CONNECT_TIMEOUT_S,
    read_timeout=AWS_READ_TIMEOUT_S,
    retries={"mode": "standard", "total_max_attempts": AWS_CALL_ATTEMPTS_MAX},
)

_BRIEF = Config(
    connect_timeout=PUBLISH_CONNECT_TIMEOUT_S,
    read_timeout=PUBLISH_READ_TIMEOUT_S,
    retries={"mode": "standard", "total_max_attempts": 1},
)
"""For PutEvents: the bus counts attempts and watches the deadline itself."""


@dataclass(frozen=True)
class Runtime:
    """The parts that handle events, wired once per process."""

    settings: Settings
    effects: Effects
    log: Logger
    tracer: Tracer
    table: Table
    relay: Relay
    committer: Committer
    dead_letters: DeadLetters | None

    @classmethod
    def open(cls, *, consumes: bool, effects: Effects | None = None) -> Self:
        """Wires the parts by the function's environment.

        Raises ConfigurationError when a setting is missing.
        """
        settings = Settings.from_environment(consumes=consumes)
        effects = effects or Effects.real()
        log = make_logger(settings.service)
        table = Table(settings.table, boto3.client("dynamodb", config=_PATIENT), effects)
        bus = Bus(settings.bus, boto3.client("events", config=_BRIEF), effects)
        letters = None
        if consumes:
            letters = DeadLetters(
                settings.dlq_url, settings.rule, boto3.client("sqs", config=_PATIENT)
            )
        return cls(
            settings=settings,
            effects=effects,
            log=log,
            tracer=make_tracer(settings.service, effects),
            table=table,
            relay=Relay(bus, table, log),
            committer=Committer(settings, table, effects),
            dead_letters=letters,
        )

"""The parts of one function process: settings, table, bus, logs, metrics and traces."""

from dataclasses import dataclass
from typing import Self

from aws_lambda_powertools import Logger, Tracer

from trunkline.bus import Bus
from trunkline.calls import Calls
from trunkline.clients import Clients
from trunkline.commit import Committer
from trunkline.dead_letters import DeadLetters
from trunkline.effects import Effects
from trunkline.measures import Measures
from trunkline.observability import make_logger, make_tracer
from trunkline.relay import Relay
from trunkline.settings import Settings
from trunkline.source_queue import SourceQueue
from trunkline.table import Table


@dataclass(frozen=True)
class Runtime:
    """The parts that handle events, created once per process."""

    settings: Settings
    effects: Effects
    log: Logger
    tracer: Tracer
    measures: Measures
    table: Table
    relay: Relay
    committer: Committer
    dead_letters: DeadLetters
    queue: SourceQueue

    @classmethod
    def open(cls, *, consumes: bool = False, effects: Effects | None = None) -> Self:
        """Returns the parts, configured from the environment.

        Raises ConfigurationError if a setting is missing.
        """
        settings = Settings.from_environment(consumes=consumes)
        effects = effects or Effects.real()
        log = make_logger(settings.service)
        tracer = make_tracer(settings.service, effects)
        clients = Clients(tracer, effects)
        table = Table(settings.table, clients.dynamodb, effects)
        calls = Calls(settings.calls_table, lambda: clients.dynamodb, effects, settings.mark_days)
        return cls(
            settings=settings,
            effects=effects,
            log=log,
            tracer=tracer,
            measures=Measures(settings.service),
            table=table,
            relay=Relay(Bus(settings.bus, clients.events, effects), table, log),
            committer=Committer(settings, table, calls, effects, tracer),
            dead_letters=DeadLetters(settings.dlq_url, settings.rule, lambda: clients.sqs),
            queue=SourceQueue(settings.queue_url, lambda: clients.sqs, log),
        )

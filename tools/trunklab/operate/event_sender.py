"""Puts generated events on the bus of a stage, in the envelope that consumers expect."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from math import inf
from typing import Any, Final
from uuid import UUID

from botocore.exceptions import BotoCoreError, ClientError

from trunklab import effects
from trunklab.contracts.contract import Contract
from trunklab.operate.event_generator import NoEventError
from trunklab.stage import Stage
from trunkline.aws import AwsRefusedError, AwsUnreachableError
from trunkline.bounds import EVENT_BYTES_MAX
from trunkline.bus import Bus
from trunkline.deadline import Deadline
from trunkline.effects import Effects
from trunkline.envelope import Envelope, Metadata, metadata_faults
from trunkline.outbox import OutboxRow
from trunkline.trace_context import new_traceparent

PRODUCER: Final = "trunkline-publish"
"""The producer in the metadata of generated events."""

_PUT_EVENTS: Final = "PutEvents"
_ID_DIGITS: Final = 32


@dataclass(frozen=True)
class Sent:
    """The result of sending.

    `accepted` has EventBridge's id of each event, `refused` the last error of each other event.
    """

    bus: str
    accepted: Mapping[str, str]
    refused: Mapping[str, str]


def new_id() -> str:
    """Returns a new event or correlation id."""
    return str(UUID(hex=effects.random_hex(_ID_DIGITS), version=4))


def envelope(contract: Contract, data: Mapping[str, Any], correlation_id: str) -> Envelope:
    """Returns the event with a new id and trace; raises NoEventError if it cannot be sent."""
    metadata = Metadata(
        event_id=new_id(),
        subject=str(data.get(contract.subject, "unknown")),
        occurred_at=effects.now().isoformat(timespec="milliseconds"),
        correlation_id=correlation_id,
        causation_id=None,
        traceparent=new_traceparent(Effects.real()),
        producer=PRODUCER,
    )
    event = Envelope(contract.source, contract.detail_type, metadata, data)
    faults = metadata_faults(asdict(metadata))
    size_bytes = OutboxRow.of(event, effects.now()).size_bytes
    if size_bytes > EVENT_BYTES_MAX:
        faults.append(f"it has {size_bytes} bytes, the limit is {EVENT_BYTES_MAX}")
    if faults:
        raise NoEventError(f"{contract.name} cannot be sent: {'; '.join(faults)}. Change --set.")
    return event


def send(stage: Stage, events: Sequence[Envelope]) -> Sent:
    """Sends the events in full batches, and retries those that fail.

    Raises StageError if the bus is not found.
    """
    with stage.explained():
        bus = stage.bus()
    client = _EventsClient(stage.client("events"))
    rows = [OutboxRow.of(event, effects.now()) for event in events]
    outcome = Bus(bus, client, Effects.real()).publish(rows, Deadline(lambda: inf))
    return Sent(
        bus,
        {row.envelope.metadata.event_id: id_ for row, id_ in outcome.accepted},
        {
            one.row.envelope.metadata.event_id: client.errors.get(one.code, one.code)
            for one in outcome.refused
        },
    )


class _EventsClient:
    """boto3's client behind the interface and the errors of the runtime's client."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self.errors: dict[str, str] = {}
        """AWS's last message for each error code."""

    # The name of the keyword is AWS's.
    def put_events(self, Entries: Sequence[Mapping[str, Any]]) -> Any:  # noqa: N803
        """Makes one call; raises AwsRefusedError or AwsUnreachableError."""
        try:
            response = self._client.put_events(Entries=Entries)
        except ClientError as error:
            answer = error.response["Error"]
            self._note(answer["Code"], answer.get("Message"))
            status = error.response["ResponseMetadata"].get("HTTPStatusCode", 0)
            raise AwsRefusedError(answer["Code"], _PUT_EVENTS, status, answer) from error
        except BotoCoreError as error:
            self._note(type(error).__name__, error)
            raise AwsUnreachableError(_PUT_EVENTS, type(error).__name__) from error
        for entry in response["Entries"]:
            self._note(entry.get("ErrorCode"), entry.get("ErrorMessage"))
        return response

    def _note(self, code: str | None, message: object) -> None:
        if code:
            self.errors[code] = f"{code}: {message or 'no message'}"

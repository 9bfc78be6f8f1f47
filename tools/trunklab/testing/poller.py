"""A queue between sender and function, as Lambda polls it: the messages' way through SQS."""

import contextlib
import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from trunklab.templates.template_file import JsonObject
from trunklab.testing import messages
from trunklab.testing.sandbox import Sandbox
from trunklab.testing.template_stack import Function

Message = Mapping[str, Any]
"""A message as ReceiveMessage answers it."""

_RECEIVED_AT_ONCE_MAX: Final = 10
"""Messages that one ReceiveMessage brings (SQS API reference)."""

_COUNTS: Final = ("ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible")


class Poller:
    """The event source mapping of one function."""

    def __init__(self, sandbox: Sandbox, function: Function) -> None:
        self._sqs = sandbox.clients.sqs
        self._url = sandbox.queues[function.queue]
        self._arn = sandbox.queue_arn(function.queue)
        self._at_once = min(function.batch_size, _RECEIVED_AT_ONCE_MAX)

    def send(self, bodies: Iterable[Any]) -> None:
        """Puts messages into the queue; what is no text is written as JSON."""
        for body in bodies:
            text = body if isinstance(body, str) else json.dumps(body)
            self._sqs.send_message(QueueUrl=self._url, MessageBody=text)

    def receive(self, wait_s: int = 0) -> list[Message]:
        """Takes the messages of one batch, waiting for the first of them."""
        answer = self._sqs.receive_message(
            QueueUrl=self._url,
            MaxNumberOfMessages=self._at_once,
            WaitTimeSeconds=wait_s,
            AttributeNames=["All"],
            MessageAttributeNames=["All"],
        )
        return list(answer.get("Messages", []))

    def batch(self, received: Sequence[Message]) -> JsonObject:
        """What the function is invoked with."""
        return messages.batch(received, self._arn)

    def delete(self, received: Iterable[Message]) -> None:
        """These are done."""
        for message in received:
            with self._if_it_is_there():
                self._sqs.delete_message(QueueUrl=self._url, ReceiptHandle=message["ReceiptHandle"])

    def show_again(self, received: Iterable[Message], postponed: Collection[str] = ()) -> None:
        """The visibility time-out of these is over, but for those that the function postponed."""
        for message in received:
            if message["ReceiptHandle"] not in postponed:
                with self._if_it_is_there():
                    self._sqs.change_message_visibility(
                        QueueUrl=self._url,
                        ReceiptHandle=message["ReceiptHandle"],
                        VisibilityTimeout=0,
                    )

    @contextlib.contextmanager
    def _if_it_is_there(self) -> Iterator[None]:
        """A function may delete its messages itself; what comes after that has no effect."""
        with contextlib.suppress(
            self._sqs.exceptions.ReceiptHandleIsInvalid, self._sqs.exceptions.MessageNotInflight
        ):
            yield

    @property
    def is_empty(self) -> bool:
        """Whether no message is left, neither to be received nor under way."""
        answer = self._sqs.get_queue_attributes(QueueUrl=self._url, AttributeNames=list(_COUNTS))
        return not any(int(answer["Attributes"][name]) for name in _COUNTS)

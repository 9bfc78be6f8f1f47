"""A function in virtual time that consumes a queue through an event source mapping."""

from typing import Any

from tests.virtual_aws import VirtualAws

REPORTS = {"FunctionResponseTypes": ["ReportBatchItemFailures"]}


class Consumer:
    """A function with a queue; it keeps the batches it was given."""

    def __init__(self, aws: VirtualAws, answer: Any = None, **mapping: Any) -> None:
        self.aws = aws
        self.batches: list[list[str]] = []
        self.records: list[dict[str, Any]] = []
        self.answer = answer
        is_fifo = mapping.pop("fifo", False)
        attributes = mapping.pop("queue", {})
        if is_fifo:
            attributes |= {"FifoQueue": "true", "ContentBasedDeduplication": "true"}
        self.queue = aws.queue("queue.fifo" if is_fifo else "queue", **attributes)
        aws.function("f", self.handle)
        given = {"FunctionName": "f", "EventSourceArn": self.queue, **mapping}
        self.mapping = aws.call("lambda", "CreateEventSourceMapping", **given)
        aws.advance(1)

    def handle(self, event: Any) -> Any:
        """Keeps a batch and answers as the test says."""
        self.records += event["Records"]
        self.batches.append([record["body"] for record in event["Records"]])
        if callable(self.answer):
            return self.answer(event["Records"])
        return self.answer

    def send(self, *bodies: str, **given: Any) -> None:
        """Sends messages in one call."""
        entries = [
            {"Id": str(number), "MessageBody": body, **given} for number, body in enumerate(bodies)
        ]
        url = self.aws.url(self.queue)
        self.aws.call("sqs", "SendMessageBatch", QueueUrl=url, Entries=entries)
        self.aws.advance(0)

    @property
    def left(self) -> int:
        """How many messages are in the queue, in flight or not."""
        given = {"QueueUrl": self.aws.url(self.queue), "AttributeNames": ["All"]}
        found = self.aws.call("sqs", "GetQueueAttributes", **given)["Attributes"]
        names = ("ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible")
        return sum(int(found[name]) for name in names)

    def shown(self) -> dict[str, Any]:
        """Returns the mapping as Lambda shows it now."""
        return self.aws.call("lambda", "GetEventSourceMapping", UUID=self.mapping["UUID"])

    def update(self, **given: Any) -> dict[str, Any]:
        """Changes the mapping."""
        return self.aws.call(
            "lambda", "UpdateEventSourceMapping", UUID=self.mapping["UUID"], **given
        )

    def delete(self) -> dict[str, Any]:
        """Deletes the mapping."""
        return self.aws.call("lambda", "DeleteEventSourceMapping", UUID=self.mapping["UUID"])

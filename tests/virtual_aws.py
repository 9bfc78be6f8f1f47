"""The delivery core in virtual time: called as boto3 calls AWS, with functions that are Python."""

import json
import random
from collections.abc import Callable
from functools import cache
from typing import Any

from trunklab.local.delivery.context import Context
from trunklab.local.delivery.core import DeliveryCore
from trunklab.local.delivery.steps import (
    ApiAnswer,
    ApiCall,
    ApiError,
    FunctionPublished,
    Input,
    InvocationEnded,
    InvocationResult,
    JsonObject,
    RentedAnswered,
    RentedCall,
    StartInvocation,
    TimePassed,
)
from trunklab.local.http.aws_protocol import AwsProtocol

ACCOUNT, REGION = "000000000000", "us-east-1"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/any"
ENDPOINT = "http://127.0.0.1:4566"
START = 1_800_000_000.0

Handler = Callable[[Any], Any]


@cache
def protocol(service: str) -> AwsProtocol:
    """Returns the protocol of a service."""
    return AwsProtocol(service)


class VirtualAws:
    """One account in virtual time."""

    def __init__(self, seed: int = 1) -> None:
        context = Context(ACCOUNT, REGION, random.Random(seed), ENDPOINT)  # noqa: S311 - to repeat
        self.core = DeliveryCore(context, workers=4)
        self.now = START
        self.handlers: dict[str, Handler] = {}
        """What a function does, by its name; an exception is the function's error."""
        self.invoked: list[tuple[float, StartInvocation]] = []
        self.rented: list[RentedCall] = []
        """Calls of services that are rented; each is answered with `{}` or `rented_error`."""
        self.rented_error: ApiError | None = None
        self.held: list[StartInvocation] | None = None
        """Set to a list: invocations are kept there and do not end by themselves."""
        self._names: dict[str, str] = {}
        self._answers: dict[int, JsonObject | ApiError] = {}
        self._calls = 0

    def call(self, service: str, operation: str, **given: Any) -> JsonObject:
        """Returns the response to a call that is answered at once; raises ApiError."""
        answer = self.answer_of(self.begin(service, operation, **given))
        assert answer is not None, f"{operation} is not answered yet"
        return answer

    def refusal(self, service: str, operation: str, **given: Any) -> ApiError:
        """Returns the error that a call is answered with."""
        try:
            answer = self.call(service, operation, **given)
        except ApiError as error:
            return error
        raise AssertionError(f"{operation} is not refused: {answer}")

    def begin(
        self, service: str, operation: str, trace_header: str | None = None, **given: Any
    ) -> int:
        """Makes a call and returns its id."""
        parameters = protocol(service).check(operation, given)
        self._calls += 1
        self._step(ApiCall(self._calls, service, operation, parameters, trace_header))
        return self._calls

    def answer_of(self, call_id: int) -> JsonObject | None:
        """Returns the response to a call, None while there is none; raises ApiError."""
        answer = self._answers.get(call_id)
        if isinstance(answer, ApiError):
            raise answer
        return answer

    def advance(self, seconds: float) -> None:
        """Lets time pass, with all that is due meanwhile."""
        end = self.now + seconds
        while (due := self.core.next_due()) is not None and due <= end:
            self.now = max(self.now, due)
            self._step(TimePassed())
        self.now = end
        self._step(TimePassed())

    def end(self, start: StartInvocation) -> None:
        """Ends an invocation that is held."""
        self._step(InvocationEnded(start.invocation_id, self._run(start)))

    def queue(self, name: str, **attributes: str) -> str:
        """Creates a queue and returns its ARN; EventBridge may send to it."""
        url = self.call("sqs", "CreateQueue", QueueName=name, Attributes=attributes)["QueueUrl"]
        arn = f"arn:aws:sqs:{REGION}:{ACCOUNT}:{name}"
        statement = {
            "Effect": "Allow",
            "Principal": {"Service": "events.amazonaws.com"},
            "Action": "sqs:SendMessage",
            "Resource": arn,
        }
        policy = {"Policy": json.dumps({"Statement": [statement]})}
        self.call("sqs", "SetQueueAttributes", QueueUrl=url, Attributes=policy)
        return arn

    def with_dead_letters(self, receives: int = 2) -> tuple[str, str]:
        """Creates a queue that gives up after some receives, and its dead-letter queue."""
        dead = self.queue("dead")
        policy = json.dumps({"deadLetterTargetArn": dead, "maxReceiveCount": receives})
        return self.queue("queue", RedrivePolicy=policy), dead

    def attributes(self, queue_arn: str) -> dict[str, str]:
        """Returns all attributes of a queue."""
        given = {"QueueUrl": self.url(queue_arn), "AttributeNames": ["All"]}
        found: dict[str, str] = self.call("sqs", "GetQueueAttributes", **given)["Attributes"]
        return found

    def delete(self, queue_arn: str, message: JsonObject) -> None:
        """Deletes a received message."""
        handle = message["ReceiptHandle"]
        self.call("sqs", "DeleteMessage", QueueUrl=self.url(queue_arn), ReceiptHandle=handle)

    def url(self, queue_arn: str) -> str:
        """Returns the URL of a queue."""
        return f"{ENDPOINT}/{ACCOUNT}/{queue_arn.rpartition(':')[2]}"

    def send(self, queue_arn: str, body: str, **given: Any) -> JsonObject:
        """Sends a message."""
        return self.call(
            "sqs", "SendMessage", QueueUrl=self.url(queue_arn), MessageBody=body, **given
        )

    def receive(self, queue_arn: str, maximum: int = 10, **given: Any) -> list[JsonObject]:
        """Receives messages with all their attributes."""
        shown = {"MessageSystemAttributeNames": ["All"], "MessageAttributeNames": ["All"]}
        url = self.url(queue_arn)
        answer = self.call(
            "sqs", "ReceiveMessage", QueueUrl=url, MaxNumberOfMessages=maximum, **shown, **given
        )
        messages: list[JsonObject] = answer.get("Messages", [])
        return messages

    def drain(self, queue_arn: str) -> list[JsonObject]:
        """Receives and deletes all messages."""
        drained = []
        while messages := self.receive(queue_arn):
            for message in messages:
                self.delete(queue_arn, message)
            drained += messages
        return drained

    def function(self, name: str, handler: Handler = lambda event: event, **given: Any) -> str:
        """Creates a function that EventBridge may invoke, and returns its ARN."""
        self.handlers[name] = handler
        made = self.call(
            "lambda",
            "CreateFunction",
            FunctionName=name,
            Role=ROLE,
            **{"Runtime": "python3.13", "Handler": "a.b", "Code": {"ZipFile": b"zip"}, **given},
        )
        self.call(
            *("lambda", "AddPermission"),
            FunctionName=name,
            StatementId="events",
            Action="lambda:InvokeFunction",
            Principal="events.amazonaws.com",
        )
        arn: str = made["FunctionArn"]
        return arn

    def rule(
        self, *targets: JsonObject, pattern: JsonObject | None = None, bus: str = "default"
    ) -> str:
        """Creates a rule that matches every event of the source `app`; returns its ARN."""
        text = json.dumps(pattern or {"source": ["app"]})
        arn: str = self.call("events", "PutRule", Name="rule", EventPattern=text, EventBusName=bus)[
            "RuleArn"
        ]
        self.call("events", "PutTargets", Rule="rule", EventBusName=bus, Targets=list(targets))
        return arn

    def publish(
        self, detail: Any = None, trace_header: str | None = None, **entry: Any
    ) -> JsonObject:
        """Publishes an event and returns its entry of the response."""
        text = detail if isinstance(detail, str) else json.dumps(detail or {})
        given = {"Source": "app", "DetailType": "Happened", "Detail": text, **entry}
        call_id = self.begin("events", "PutEvents", trace_header, Entries=[given])
        response = self.answer_of(call_id)
        assert response is not None
        (answered,) = response["Entries"]
        return dict(answered)

    def _step(self, given: Input) -> None:
        inputs = [given]
        while inputs:
            for output in self.core.step(inputs.pop(0), self.now):
                if isinstance(output, ApiAnswer):
                    self._answers[output.call_id] = output.response
                elif isinstance(output, FunctionPublished):
                    self._names[output.revision] = output.configuration["FunctionName"]
                elif isinstance(output, StartInvocation):
                    self.invoked.append((self.now, output))
                    if self.held is None:
                        inputs.append(InvocationEnded(output.invocation_id, self._run(output)))
                    else:
                        self.held.append(output)
                elif isinstance(output, RentedCall):
                    self.rented.append(output)
                    inputs.append(RentedAnswered(output.request_id, self.rented_error or {}))

    def _run(self, start: StartInvocation) -> InvocationResult:
        handler = self.handlers[self._names[start.revision]]
        try:
            return InvocationResult(json.dumps(handler(json.loads(start.payload))).encode())
        except Exception as error:  # noqa: BLE001 - whatever a function raises is its error
            described = {"errorType": type(error).__name__, "errorMessage": str(error)}
            return InvocationResult(json.dumps(described).encode(), "Unhandled")

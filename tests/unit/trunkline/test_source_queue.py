"""For how long a message is hidden, whatever is asked."""

from typing import Any

import pytest

from trunkline.aws import AwsRefusedError, AwsUnreachableError
from trunkline.bounds import VISIBILITY_S_MAX
from trunkline.observability import make_logger
from trunkline.source_queue import SourceQueue


class Sqs:
    """Keeps what it is asked; raises what it is told to."""

    def __init__(self, error: Exception | None = None) -> None:
        self.asked: list[dict[str, Any]] = []
        self._error = error

    def change_message_visibility(self, **request: Any) -> None:
        """The one call that is made."""
        self.asked.append(request)
        if self._error is not None:
            raise self._error


def visibility(sqs: Sqs, queue_url: str = "https://queue") -> SourceQueue:
    """Of the messages in that queue."""
    return SourceQueue(queue_url, lambda: sqs, make_logger("visibility"))


@pytest.mark.parametrize(
    ("seconds", "hidden_s"),
    [
        (-1.0, 0),
        (0.0, 0),
        (0.001, 1),
        (1.0, 1),
        (1.001, 2),
        (43_199.5, VISIBILITY_S_MAX),
        (43_200.0, VISIBILITY_S_MAX),
        (1e9, VISIBILITY_S_MAX),
    ],
)
def test_seconds_are_whole_never_fewer_and_within_what_sqs_takes(
    seconds: float, hidden_s: int
) -> None:
    """A message that came a moment early would be refused once more."""
    sqs = Sqs()

    visibility(sqs).postpone("r-1", seconds)

    assert sqs.asked == [
        {"QueueUrl": "https://queue", "ReceiptHandle": "r-1", "VisibilityTimeout": hidden_s}
    ]


@pytest.mark.parametrize(("queue_url", "receipt_handle"), [("", "r-1"), ("https://queue", "")])
def test_what_has_no_queue_is_left_alone(queue_url: str, receipt_handle: str) -> None:
    """A direct invocation has no receipt handle."""
    sqs = Sqs()

    visibility(sqs, queue_url).postpone(receipt_handle, 1)

    assert sqs.asked == []


@pytest.mark.parametrize(
    "error",
    [
        AwsRefusedError("ReceiptHandleIsInvalid", "ChangeMessageVisibility", 400, {}),
        AwsUnreachableError("ChangeMessageVisibility", "ConnectionResetError"),
    ],
)
def test_a_failure_is_told_and_not_raised(
    error: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    """The message comes back by itself."""
    visibility(Sqs(error)).postpone("r-1", 1)

    assert caplog.messages == ["message not postponed"]

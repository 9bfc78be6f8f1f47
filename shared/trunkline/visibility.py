"""When a message that was not handled is seen again."""

from collections.abc import Callable
from math import ceil
from typing import Any

from aws_lambda_powertools import Logger

from trunkline.aws import AwsError
from trunkline.bounds import VISIBILITY_S_MAX


class Visibility:
    """Of the messages in the consumer's queue; `queue_url` is empty where it is not known."""

    def __init__(self, queue_url: str, client: Callable[[], Any], log: Logger) -> None:
        self._queue_url = queue_url
        self._client = client
        self._log = log

    def postpone(self, receipt_handle: str, seconds: float) -> None:
        """The message is seen again after so many seconds, and not before.

        Whole seconds, rounded up. Never raises: where it fails, and where the queue is not known,
        the message is seen again after the queue's own VisibilityTimeout.
        """
        if not self._queue_url or not receipt_handle:
            return
        wait_s = min(max(ceil(seconds), 0), VISIBILITY_S_MAX)
        try:
            self._client().change_message_visibility(
                QueueUrl=self._queue_url, ReceiptHandle=receipt_handle, VisibilityTimeout=wait_s
            )
        except AwsError as error:
            self._log.warning("message not postponed", error_code=error.code)

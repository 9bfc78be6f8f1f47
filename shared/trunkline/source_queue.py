"""The queue that a consumer's messages come from: when one is seen again, or never."""

from collections.abc import Callable
from math import ceil
from typing import Any

from aws_lambda_powertools import Logger

from trunkline.aws import AwsError
from trunkline.bounds import VISIBILITY_S_MAX


class SourceQueue:
    """The consumer's queue; `queue_url` is empty where it has none, then nothing is done here.

    Lambda deletes what an invocation has handled, and lets the rest be seen again after the queue's
    own VisibilityTimeout. Here is what it does not do. Never raises: a failure means that.
    """

    def __init__(self, queue_url: str, client: Callable[[], Any], log: Logger) -> None:
        self._queue_url = queue_url
        self._client = client
        self._log = log

    def postpone(self, receipt_handle: str, seconds: float) -> None:
        """The message is seen again after so many seconds, rounded up, and not before."""
        if not self._queue_url or not receipt_handle:
            return
        wait_s = min(max(ceil(seconds), 0), VISIBILITY_S_MAX)
        try:
            self._client().change_message_visibility(
                QueueUrl=self._queue_url, ReceiptHandle=receipt_handle, VisibilityTimeout=wait_s
            )
        except AwsError as error:
            self._log.warning("message not postponed", error_code=error.code)

    def forget(self, receipt_handle: str) -> None:
        """The message is done with, whatever becomes of the invocation."""
        if not self._queue_url or not receipt_handle:
            return
        try:
            self._client().delete_message(QueueUrl=self._queue_url, ReceiptHandle=receipt_handle)
        except AwsError as error:
            self._log.warning("message not deleted", error_code=error.code)

"""Visibility and deletion of a consumer's messages."""

from collections.abc import Callable
from math import ceil
from typing import Any

from aws_lambda_powertools import Logger

from trunkline.aws import AwsError
from trunkline.bounds import VISIBILITY_S_MAX


class SourceQueue:
    """The consumer's queue; without a `queue_url` its methods do nothing.

    Lambda deletes handled messages, and redelivers others after the queue's VisibilityTimeout.
    Methods never raise: if they fail, Lambda's behaviour applies.
    """

    def __init__(self, queue_url: str, client: Callable[[], Any], log: Logger) -> None:
        self._queue_url = queue_url
        self._client = client
        self._log = log

    def postpone(self, receipt_handle: str, seconds: float) -> None:
        """Hides the message for this number of seconds, rounded up."""
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
        """Deletes the message, independent of the invocation's outcome."""
        if not self._queue_url or not receipt_handle:
            return
        try:
            self._client().delete_message(QueueUrl=self._queue_url, ReceiptHandle=receipt_handle)
        except AwsError as error:
            self._log.warning("message not deleted", error_code=error.code)

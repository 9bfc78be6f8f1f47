"""AddPermission and RemovePermission of SQS: they write a queue's policy."""

import json
import re
from typing import Final

from trunklab.local.delivery.messages import invalid
from trunklab.local.delivery.queue import Queue
from trunklab.local.delivery.steps import JsonObject

_ACTION: Final = "SQS:"
_LABEL: Final = re.compile(r"[\w-]{1,80}", re.ASCII)
_ACCOUNT: Final = re.compile(r"[0-9]{12}")
_GRANTED: Final = frozenset(
    {
        *("*", "ChangeMessageVisibility", "DeleteMessage", "GetQueueAttributes", "GetQueueUrl"),
        *("ListDeadLetterSourceQueues", "PurgeQueue", "ReceiveMessage", "SendMessage"),
    }
)
_OF_OWNER: Final = frozenset(
    {
        *("AddPermission", "CancelMessageMoveTask", "CreateQueue", "DeleteQueue", "ListQueueTags"),
        *("ListMessageMoveTasks", "ListQueues", "RemovePermission", "SetQueueAttributes"),
        *("StartMessageMoveTask", "TagQueue", "UntagQueue"),
    }
)
"""Those that another account may call, and those that it may not [API reference]."""


def add_permission(queue: Queue, given: JsonObject) -> None:
    """Adds a statement; raises ApiError for what SQS refuses."""
    policy = _policy(queue)
    label, accounts = given["Label"], given["AWSAccountIds"]
    if not _LABEL.fullmatch(label):
        reason = (
            "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length"
        )
        raise invalid(label, "Label", reason)
    for action in given["Actions"]:
        if action not in _GRANTED:
            owner = "Only the queue owner is allowed to invoke this action."
            wsdl = "Please refer to the appropriate WSDL for a list of valid actions."
            reason = owner if action in _OF_OWNER else wsdl
            raise invalid(_ACTION + action, "ActionName", reason)
    if not all(map(_ACCOUNT.fullmatch, accounts)):
        raise invalid(f"[{', '.join(accounts)}]", "PrincipalId", "Unable to verify.")
    if any(statement.get("Sid") == label for statement in policy["Statement"]):
        raise invalid(label, "Label", "Already exists.")
    principals = [f"arn:aws:iam::{account}:root" for account in accounts]
    actions = [_ACTION + action for action in given["Actions"]]
    policy["Statement"].append(
        {
            "Sid": label,
            "Effect": "Allow",
            "Principal": {"AWS": principals[0] if len(principals) == 1 else principals},
            "Action": actions[0] if len(actions) == 1 else actions,
            "Resource": queue.arn,
        }
    )
    queue.attributes["Policy"] = json.dumps(policy)


def remove_permission(queue: Queue, given: JsonObject) -> None:
    """Removes a statement; raises ApiError for an unknown label."""
    label = given["Label"]
    policy = _policy(queue)
    kept = [statement for statement in policy["Statement"] if statement.get("Sid") != label]
    if len(kept) == len(policy["Statement"]):
        raise invalid(label, "Label", "can't find label.")
    policy["Statement"] = kept
    if kept:
        queue.attributes["Policy"] = json.dumps(policy)
    else:
        queue.attributes.pop("Policy", None)


def _policy(queue: Queue) -> JsonObject:
    """Returns the policy with its statements as a list; a single one may be an object."""
    text = queue.attributes.get("Policy")
    if text is None:
        return {"Version": "2012-10-17", "Id": f"{queue.arn}/SQSDefaultPolicy", "Statement": []}
    policy: JsonObject = json.loads(text)
    if isinstance(policy["Statement"], dict):
        policy["Statement"] = [policy["Statement"]]
    return policy

"""AddPermission and RemovePermission of SQS: they write a queue's policy."""

import json
from typing import Final

from trunklab.local.delivery.messages import INVALID
from trunklab.local.delivery.queue import Queue
from trunklab.local.delivery.steps import ApiError, JsonObject

_ACTION: Final = "SQS:"


def add_permission(queue: Queue, given: JsonObject) -> None:
    """Adds a statement; raises ApiError if its label is taken."""
    policy = _policy(queue)
    label, accounts = given["Label"], given["AWSAccountIds"]
    if any(statement.get("Sid") == label for statement in policy["Statement"]):
        message = f"Value {label} for parameter Label is invalid. Reason: Already exists."
        raise ApiError(INVALID, message)
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
        raise ApiError(
            INVALID, f"Value {label} for parameter Label is invalid. Reason: can't find label."
        )  # fmt: skip
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

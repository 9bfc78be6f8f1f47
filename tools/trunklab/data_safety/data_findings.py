"""Findings of `trunkline templates check`: id, level, and what each means."""

from typing import Final

from trunklab.findings.finding import Level
from trunklab.findings.finding_report import Check

CHECKS: Final = (
    Check(
        "store-removed",
        Level.ERROR,
        "A table or queue is gone, or has another logical id or place.",
    ),
    Check("stack-removed", Level.ERROR, "The template of a stack with tables or queues is gone."),
    Check(
        "store-type-changed", Level.ERROR, "CloudFormation cannot change the type of a logical id."
    ),
    Check(
        "store-name-changed",
        Level.ERROR,
        "CloudFormation replaces a table or queue with another name.",
    ),
    Check("store-condition-changed", Level.ERROR, "A stage may delete a table or queue."),
    Check("store-key-changed", Level.ERROR, "CloudFormation replaces a table with another key."),
    Check(
        "store-indexes-changed",
        Level.ERROR,
        "CloudFormation replaces a table with other local secondary indexes.",
    ),
    Check(
        "store-ttl-changed", Level.ERROR, "DynamoDB cannot rename the attribute of an enabled TTL."
    ),
    Check(
        "dynamic-reference",
        Level.ERROR,
        "A redeploy does not see that the value of a dynamic reference has changed.",
    ),
    Check(
        "old-template-unreadable",
        Level.NOTE,
        "The released template cannot be read, so it is not compared.",
    ),
)

"""Findings of `trunkline templates check`: id, level, and what each means."""

from typing import Final

from trunklab.checks.finding import Level
from trunklab.checks.report import Check

CHECKS: Final = (
    Check("store-removed", Level.ERROR, "A table or queue is gone, or has another logical id."),
    Check("stack-removed", Level.ERROR, "The template of a stack with tables or queues is gone."),
    Check("store-type-changed", Level.ERROR, "A logical id has another type."),
    Check("store-name-changed", Level.ERROR, "CloudFormation replaces what has another name."),
    Check("store-key-changed", Level.ERROR, "CloudFormation replaces a table with another key."),
    Check("store-ttl-changed", Level.ERROR, "DynamoDB renames the attribute of no enabled TTL."),
    Check("old-template-unreadable", Level.NOTE, "Nothing of it could be compared."),
)

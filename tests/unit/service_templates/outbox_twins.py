"""Templates whose outbox or guarded calls are broken, one place each."""

from typing import Final

from tests.unit.service_templates import call_invariants as calls
from tests.unit.service_templates import outbox_invariants as outbox
from tests.unit.service_templates.twin import CONSUMER_RIGHTS, GONE, Twin

SWEEP: Final = "Resources/OutboxSweepFunction/Properties"
SWEEP_RIGHTS: Final = "Resources/OutboxSweepRole/Properties/Policies/0/PolicyDocument/Statement"
ALARM: Final = "Resources/OutboxOldestRowAlarm/Properties"
NOTIFY: Final = "Resources/NotifyFunction/Properties/Environment/Variables"
NOTIFY_RIGHTS: Final = "Resources/NotifyRole/Properties/Policies/0/PolicyDocument/Statement"

OUTBOXES: Final = (
    Twin(
        outbox.what_the_bus_refuses_is_kept,
        "payments",
        {f"{SWEEP}/Environment/Variables/TRUNKLINE_DLQ_URL": GONE},
        "has no dead-letter queue",
    ),
    Twin(
        outbox.what_the_bus_refuses_is_kept,
        "payments",
        {f"{SWEEP}/Environment/Variables/TRUNKLINE_DLQ_URL": {"Ref": "DecidePaymentDeadLetters"}},
        "serves more than the outbox",
    ),
    Twin(
        outbox.what_the_bus_refuses_is_kept,
        "orders",
        {"Resources/OutboxDeadLetters/Properties/MessageRetentionPeriod": 345_600},
        "less than 14 days",
    ),
    Twin(
        outbox.what_the_bus_refuses_is_kept,
        "payments",
        {f"{SWEEP_RIGHTS}/3/Resource": {"Fn::GetAtt": ["DecidePaymentDeadLetters", "Arn"]}},
        "OutboxSweepFunction may not send to OutboxDeadLetters",
    ),
    Twin(
        outbox.what_the_bus_refuses_is_kept,
        "orders",
        {"Resources/OutboxDeadLettersAlarm/Properties/Threshold": 10},
        "no alarm watches OutboxDeadLetters",
    ),
    Twin(
        outbox.the_oldest_row_raises_an_alarm,
        "payments",
        {f"{ALARM}/TreatMissingData": "notBreaching"},
        "no alarm watches the oldest row",
    ),
    Twin(
        outbox.the_oldest_row_raises_an_alarm,
        "payments",
        {f"{ALARM}/Dimensions/0/Value": "orders"},
        "no alarm watches the oldest row",
    ),
    Twin(
        outbox.the_oldest_row_raises_an_alarm,
        "orders",
        {f"{ALARM}/Threshold": 3_600},
        "may wait 3600 s",
    ),
    Twin(
        outbox.the_oldest_row_raises_an_alarm,
        "orders",
        {f"{ALARM}/EvaluationPeriods": 12},
        "a sweep may be silent",
    ),
    Twin(
        outbox.publishers_may_do_what_the_runtime_does,
        "payments",
        {f"{CONSUMER_RIGHTS}/5/Action": ["dynamodb:GetItem", "dynamodb:BatchWriteItem"]},
        "lacks ['dynamodb:BatchGetItem']",
    ),
)

CALLS: Final = (
    Twin(
        calls.guarded_calls_have_a_table_of_their_own,
        "notifications",
        {f"{NOTIFY}/TRUNKLINE_CALLS_TABLE": GONE},
        "has no TRUNKLINE_CALLS_TABLE",
    ),
    Twin(
        calls.guarded_calls_have_a_table_of_their_own,
        "notifications",
        {f"{NOTIFY}/TRUNKLINE_CALLS_TABLE": {"Ref": "Table"}},
        "in the table of its own data",
    ),
    Twin(
        calls.guarded_calls_have_a_table_of_their_own,
        "notifications",
        {f"{NOTIFY}/TRUNKLINE_CALLS_TABLE": {"Fn::ImportValue": "calls"}},
        "not in its stack",
    ),
    Twin(
        calls.who_queries_may_query,
        "notifications",
        {f"{NOTIFY_RIGHTS}/4/Action": ["dynamodb:GetItem", "dynamodb:Query"]},
        "nothing in its service does",
    ),
    Twin(
        calls.only_who_makes_calls_touches_their_table,
        "notifications",
        {f"{NOTIFY_RIGHTS}/5/Action": ["dynamodb:GetItem", "dynamodb:Scan"]},
        "NotifyFunction may do to CallsTable other things",
    ),
    Twin(
        calls.only_who_makes_calls_touches_their_table,
        "notifications",
        {
            "Resources/OtherFunction": {
                "Type": "AWS::Serverless::Function",
                "Properties": {
                    "Role": {"Fn::GetAtt": ["NotifyRole", "Arn"]},
                    "Environment": {"Variables": {}},
                },
            }
        },
        "OtherFunction may do to CallsTable other things",
    ),
)

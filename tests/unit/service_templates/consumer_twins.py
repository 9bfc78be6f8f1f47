"""Templates whose consumer is broken, one place each."""

from typing import Final

from tests.unit.service_templates import consumer_invariants as consumer
from tests.unit.service_templates.twin import (
    CONSUMER_RIGHTS,
    EVENT,
    FUNCTION,
    GONE,
    LETTERS,
    OTHER_RULE,
    PAY,
    QUEUE,
    RULE,
    SENDER,
    Twin,
)

CONSUMERS: Final = (
    Twin(
        consumer.one_function_one_queue_one_rule,
        "payments",
        {f"{RULE}/Targets/0/Arn": {"Fn::GetAtt": ["DecidePaymentDeadLetters", "Arn"]}},
        "has the rules [] instead of one",
    ),
    Twin(
        consumer.one_function_one_queue_one_rule,
        "payments",
        {
            "Resources/OutboxSweepFunction/Properties/Events/Queue": {
                "Type": "SQS",
                "Properties": {"Queue": {"Fn::GetAtt": ["DecidePaymentQueue", "Arn"]}},
            }
        },
        "is read by several functions",
    ),
    Twin(
        consumer.dead_letter_queue_is_there,
        "payments",
        {f"{QUEUE}/RedrivePolicy": GONE},
        "has no dead-letter queue",
    ),
    Twin(
        consumer.dead_letter_queue_is_there,
        "payments",
        {f"{QUEUE}/RedrivePolicy/maxReceiveCount": 1},
        "gives up after fewer",
    ),
    Twin(
        consumer.dead_letter_queue_is_there,
        "payments",
        {f"{LETTERS}/MessageRetentionPeriod": GONE},
        "less than 14 days",
    ),
    Twin(
        consumer.target_fails_into_dead_letters,
        "payments",
        {f"{RULE}/Targets/0/DeadLetterConfig": GONE},
        "no DeadLetterConfig",
    ),
    Twin(
        consumer.only_its_rule_may_send,
        "payments",
        {f"{SENDER}/Condition/ArnEquals/aws:SourceArn": OTHER_RULE},
        "does not admit exactly DecidePaymentRule",
    ),
    Twin(
        consumer.only_its_rule_may_send,
        "payments",
        {f"{PAY}DeadLettersPolicy": {"Type": "AWS::SNS::Topic"}},
        "the policy of DecidePaymentDeadLetters",
    ),
    Twin(
        consumer.partial_failures_are_reported,
        "payments",
        {f"{EVENT}/FunctionResponseTypes": GONE},
        "does not report partial failures",
    ),
    Twin(
        consumer.partial_failures_are_reported,
        "payments",
        {f"{EVENT}/ScalingConfig": GONE},
        "no bound on its concurrency",
    ),
    Twin(
        consumer.visibility_spans_six_timeouts,
        "payments",
        {f"{QUEUE}/VisibilityTimeout": 59},
        "hides a message for less than 60 s",
    ),
    Twin(
        consumer.visibility_spans_six_timeouts,
        "payments",
        {"Globals/Function/Timeout": 11},
        "hides a message for less than 66 s",
    ),
    Twin(
        consumer.handler_knows_its_own_rule,
        "payments",
        {f"{FUNCTION}/Environment/Variables/TRUNKLINE_RULE": OTHER_RULE},
        "is not its own rule",
    ),
    Twin(
        consumer.handler_knows_its_own_rule,
        "payments",
        {f"{FUNCTION}/Environment/Variables/TRUNKLINE_DLQ_URL": {"Ref": "DecidePaymentQueue"}},
        "is not its own dead-letter queue",
    ),
    Twin(
        consumer.messages_can_be_put_off,
        "payments",
        {f"{FUNCTION}/Environment/Variables/TRUNKLINE_QUEUE_URL": GONE},
        "is not its own queue",
    ),
    Twin(
        consumer.messages_can_be_put_off,
        "payments",
        {f"{CONSUMER_RIGHTS}/2/Action/3": GONE},
        "lacks ['sqs:ChangeMessageVisibility'] on DecidePaymentQueue",
    ),
    Twin(
        consumer.dead_letters_raise_an_alarm,
        "payments",
        {
            f"{PAY}DeadLettersAlarm/Properties/Dimensions/0/Value": {
                "Fn::GetAtt": ["DecidePaymentQueue", "QueueName"]
            }
        },
        "no alarm watches DecidePaymentDeadLetters",
    ),
)

"""What a consumer's part of a template must be, so that no event of its rule is lost."""

from collections.abc import Iterator
from typing import Any, Final

from tests.unit.service_templates.stack import Json, Stack, attribute, target_of

VISIBILITY_TIMES: Final = 6
"""Function timeouts that a queue's visibility timeout spans (Lambda guide, SQS sources)."""

RECEIVES_MIN: Final = 5
"""Receives before the dead-letter queue: a throttled invocation counts as one (the same)."""

RETENTION_S_MAX: Final = 1_209_600
"""Seconds, 14 days: the longest SQS keeps a message."""

RETENTION_S_DEFAULT: Final = 345_600
"""Seconds, 4 days: how long SQS keeps a message if nothing is said."""

READING: Final = {
    "sqs:ReceiveMessage",
    "sqs:DeleteMessage",
    "sqs:GetQueueAttributes",
    "sqs:ChangeMessageVisibility",
}
"""What a consumer does to its queue: the first three Lambda does for it, the last the runtime."""

ARN_PREFIX: Final = "arn:${AWS::Partition}:events:${AWS::Region}:${AWS::AccountId}:rule/${BusName}/"


def consumers(stack: Stack) -> Iterator[tuple[str, str, Json]]:
    """Every function that reads a queue: its name, the queue's, and the event's properties."""
    for name, function in stack.functions.items():
        for event in function.get("Events", {}).values():
            if event["Type"] == "SQS":
                yield name, target_of(event["Properties"]["Queue"]), event["Properties"]


def dead_letters_of(stack: Stack, queue: str) -> str:
    """The logical id of a queue's dead-letter queue; empty if it has none."""
    redrive = stack.of("AWS::SQS::Queue").get(queue, {}).get("RedrivePolicy", {})
    return target_of(redrive.get("deadLetterTargetArn"))


def rules_of(stack: Stack, queue: str) -> list[str]:
    """The rules that send to a queue."""
    return [
        name
        for name, rule in stack.of("AWS::Events::Rule").items()
        if any(target_of(target["Arn"]) == queue for target in rule["Targets"])
    ]


def one_function_one_queue_one_rule(stack: Stack) -> Iterator[str]:
    """A rule's queue belongs to it alone, and so do the function and the dead-letter queue."""
    queues = [queue for _, queue, _ in consumers(stack)]
    letters = [dead_letters_of(stack, queue) for queue in queues]
    known = stack.of("AWS::SQS::Queue")
    for name, queue, _ in consumers(stack):
        if queue not in known:
            yield f"{name} reads {queue or 'a queue'} that is not in its stack"
        elif len(rules_of(stack, queue)) != 1:
            yield f"{queue} has the rules {rules_of(stack, queue)} instead of one"
        if queues.count(queue) > 1:
            yield f"{queue} is read by several functions"
        if letters.count(dead_letters_of(stack, queue)) > 1:
            yield f"{dead_letters_of(stack, queue)} takes the dead letters of several queues"
    for name, rule in stack.of("AWS::Events::Rule").items():
        targets = [target_of(target["Arn"]) for target in rule["Targets"]]
        if len(targets) != 1 or targets[0] not in queues:
            yield f"{name} sends to {targets} instead of one queue that a function reads"


def dead_letter_queue_is_there(stack: Stack) -> Iterator[str]:
    """Nothing is given up without a trace, and what is given up stays to be looked at."""
    queues = stack.of("AWS::SQS::Queue")
    for _, queue, _ in consumers(stack):
        letters = dead_letters_of(stack, queue)
        if letters not in queues or letters == queue:
            yield f"{queue} has no dead-letter queue in its stack"
            continue
        if queues[queue]["RedrivePolicy"].get("maxReceiveCount", 0) < RECEIVES_MIN:
            yield f"{queue} gives up after fewer than {RECEIVES_MIN} receives"
        kept_s = queues[letters].get("MessageRetentionPeriod", RETENTION_S_DEFAULT)
        if kept_s < RETENTION_S_MAX:
            yield f"{letters} keeps messages for less than 14 days"
        if queues[queue].get("MessageRetentionPeriod", RETENTION_S_DEFAULT) >= kept_s:
            yield f"{queue} keeps messages as long as {letters}, which counts from the same moment"


def target_fails_into_dead_letters(stack: Stack) -> Iterator[str]:
    """What EventBridge cannot deliver goes where the queue's own failures go."""
    for _, queue, _ in consumers(stack):
        for rule in rules_of(stack, queue):
            for target in stack.of("AWS::Events::Rule")[rule]["Targets"]:
                if target.get("DeadLetterConfig") != {
                    "Arn": attribute(dead_letters_of(stack, queue))
                }:
                    yield f"{rule} has no DeadLetterConfig to the dead-letter queue of {queue}"
                if not {"MaximumRetryAttempts", "MaximumEventAgeInSeconds"} <= set(
                    target.get("RetryPolicy", {})
                ):
                    yield f"{rule} does not say how long EventBridge tries"


def only_its_rule_may_send(stack: Stack) -> Iterator[str]:
    """Both queues admit EventBridge for their own rule only."""
    for _, queue, _ in consumers(stack):
        for rule in rules_of(stack, queue):
            properties = stack.of("AWS::Events::Rule")[rule]
            expected = [attribute(rule), _arn_by_name(properties.get("Name"))]
            for one in (queue, dead_letters_of(stack, queue)):
                policies = list(_senders(stack, one))
                if [sources for _, sources in policies if sources not in expected] or not policies:
                    yield f"the policy of {one} does not admit exactly {rule}"


def partial_failures_are_reported(stack: Stack) -> Iterator[str]:
    """One bad message does not fail its batch, and one consumer cannot take all concurrency."""
    for name, _, properties in consumers(stack):
        if properties.get("FunctionResponseTypes") != ["ReportBatchItemFailures"]:
            yield f"{name} does not report partial failures: its good messages come again"
        if "MaximumConcurrency" not in properties.get("ScalingConfig", {}):
            yield f"{name} has no bound on its concurrency"
        if not 1 <= properties.get("BatchSize", 0) <= 10:
            yield f"{name} does not say a BatchSize from 1 to 10"


def visibility_spans_six_timeouts(stack: Stack) -> Iterator[str]:
    """A message does not come again while its first delivery may still be handled."""
    for name, queue, properties in consumers(stack):
        timeout_s = stack.functions[name].get("Timeout", 3)
        window_s = properties.get("MaximumBatchingWindowInSeconds", 0)
        needed_s = VISIBILITY_TIMES * timeout_s + window_s
        if stack.of("AWS::SQS::Queue").get(queue, {}).get("VisibilityTimeout", 30) < needed_s:
            yield f"{queue} hides a message for less than {needed_s} s"


def handler_knows_its_own_rule(stack: Stack) -> Iterator[str]:
    """The function names its own rule in logs and dead letters, and sends to its own queue."""
    for name, queue, _ in consumers(stack):
        variables = stack.functions[name]["Environment"]["Variables"]
        if variables.get("TRUNKLINE_RULE") not in map(attribute, rules_of(stack, queue)):
            yield f"TRUNKLINE_RULE of {name} is not its own rule"
        if variables.get("TRUNKLINE_DLQ_URL") != {"Ref": dead_letters_of(stack, queue)}:
            yield f"TRUNKLINE_DLQ_URL of {name} is not its own dead-letter queue"


def messages_can_be_put_off(stack: Stack) -> Iterator[str]:
    """A message whose call to the outside world is under way elsewhere comes back after that."""
    for name, queue, _ in consumers(stack):
        variables = stack.functions[name]["Environment"]["Variables"]
        if variables.get("TRUNKLINE_QUEUE_URL") != {"Ref": queue}:
            yield f"TRUNKLINE_QUEUE_URL of {name} is not its own queue"
        missing = READING - stack.actions_of(name, attribute(queue))
        if missing:
            yield f"{name} lacks {sorted(missing)} on {queue}"


def dead_letters_raise_an_alarm(stack: Stack) -> Iterator[str]:
    """Somebody hears of the first dead letter."""
    watched = {
        target_of(dimension["Value"])
        for alarm in stack.of("AWS::CloudWatch::Alarm").values()
        if alarm.get("MetricName") == "ApproximateNumberOfMessagesVisible"
        and alarm.get("Threshold") == 0
        for dimension in alarm["Dimensions"]
    }
    for _, queue, _ in consumers(stack):
        if dead_letters_of(stack, queue) not in watched:
            yield f"no alarm watches {dead_letters_of(stack, queue)}"


def _arn_by_name(name: Any) -> Json:
    return {"Fn::Sub": ARN_PREFIX + str(name["Fn::Sub"] if isinstance(name, dict) else name)}


def _senders(stack: Stack, queue: str) -> Iterator[tuple[str, Any]]:
    for name, policy in stack.of("AWS::SQS::QueuePolicy").items():
        if queue in map(target_of, policy["Queues"]):
            for statement in policy["PolicyDocument"]["Statement"]:
                if statement["Effect"] == "Allow":
                    condition = statement.get("Condition", {}).get("ArnEquals", {})
                    yield name, condition.get("aws:SourceArn")

"""What AWS refuses at deployment is found, and what is unknown here is not judged."""

from pathlib import Path
from typing import Final

import pytest

from tests.unit.templates.repository import read

HEAD: Final = """\
Parameters: {Later: {Type: String}, Queue: {Type: String}}
Conditions: {Maybe: !Equals [!Ref Later, a]}
Globals: {Function: {Timeout: 60}}
Resources:
  Bus: {Type: AWS::Events::EventBus, Properties: {Name: b}}
  Standard: {Type: AWS::SQS::Queue}
  Fifo: {Type: AWS::SQS::Queue, Properties: {FifoQueue: true}}
"""
RULE: Final = "  R: {Type: AWS::Events::Rule, Properties: %s}\n"
TARGETS: Final = "{EventPattern: {source: [a]}, Targets: [%s]}"
SAM: Final = """\
  F:
    Type: AWS::Serverless::Function
    Properties: {Handler: a.b, %s Events: {Q: {Type: SQS, Properties: {Queue: !GetAtt Q.Arn}}}}
  Q: {Type: AWS::SQS::Queue, Properties: {%s}}
"""
MAPPED: Final = """\
  F: {Type: AWS::Lambda::Function, Properties: {Handler: a.b, %s}}
  Q: {Type: AWS::SQS::Queue, Properties: {%s}}
  M:
    Type: AWS::Lambda::EventSourceMapping
    Properties: {FunctionName: !Ref F, EventSourceArn: !GetAtt Q.Arn}
"""
SIX: Final = ", ".join(f"{{Id: t{number}, Arn: arn:{number}}}" for number in range(6))
FIVE: Final = ", ".join(f"{{Id: t{number}, Arn: arn:{number}}}" for number in range(5))


def refused(folder: Path, resources: str) -> list[str]:
    """Returns the ids of the findings about a template."""
    topology = read(folder, HEAD + resources)
    assert topology.unread == ()
    return [refusal.check for refusal in topology.refusals]


@pytest.mark.parametrize(
    ("resources", "checks"),
    [
        (RULE % "{State: ENABLED}", ["no-pattern"]),
        (RULE % "{EventPattern: !Ref AWS::NoValue}", ["no-pattern"]),
        (RULE % "{ScheduleExpression: rate(1 day), EventBusName: other}", ["schedule-bus"]),
        (RULE % "{ScheduleExpression: rate(1 day), EventBusName: !GetAtt Bus.Arn}",
         ["schedule-bus"]),
        (RULE % TARGETS % SIX, ["too-many-targets"]),
        (RULE % TARGETS % "{Id: t, Arn: !GetAtt Fifo.Arn}", ["fifo-group"]),
        (RULE % TARGETS % "{Id: t, Arn: 'arn:aws:sqs:us-east-1:1:a.fifo'}", ["fifo-group"]),
        (RULE % TARGETS % "{Id: t, Arn: !Sub 'arn:aws:sqs:${Later}:1:a.fifo'}", ["fifo-group"]),
        (RULE % TARGETS % "{Id: t, Arn: !GetAtt Fifo.Arn, SqsParameters: {}}", ["fifo-group"]),
        (SAM % ("", ""), ["visibility-timeout"]),
        (SAM % ("", "VisibilityTimeout: 59"), ["visibility-timeout"]),
        (SAM % ("Timeout: 90,", "VisibilityTimeout: 60"), ["visibility-timeout"]),
        (MAPPED % ("Timeout: 31", ""), ["visibility-timeout"]),
        (MAPPED % ("MemorySize: 128", "VisibilityTimeout: 2"), ["visibility-timeout"]),
    ],
)  # fmt: skip
def test_what_aws_refuses_is_found(resources: str, checks: list[str], tmp_path: Path) -> None:
    """Each has one finding."""
    assert refused(tmp_path, resources) == checks


@pytest.mark.parametrize(
    "resources",
    [
        RULE % "{EventPattern: !Ref Later}",
        RULE % "{ScheduleExpression: rate(1 day)}",
        RULE % "{ScheduleExpression: rate(1 day), EventBusName: default}",
        RULE % "{ScheduleExpression: rate(1 day), EventBusName: !Ref Later}",
        RULE % TARGETS % FIVE,
        RULE % TARGETS % f"{FIVE}, !If [Maybe, {{Id: t, Arn: a}}, !Ref AWS::NoValue]",
        RULE % TARGETS % "{Id: t, Arn: !GetAtt Standard.Arn}",
        RULE % TARGETS % "{Id: t, Arn: !Ref Queue}",
        RULE % TARGETS % "{Id: t, Arn: !GetAtt Fifo.Arn, SqsParameters: {MessageGroupId: g}}",
        RULE % "{EventPattern: {source: [a]}, Targets: 3}",
        SAM % ("", "VisibilityTimeout: 60"),
        SAM % ("Timeout: !Ref Later,", ""),
        SAM % ("", "VisibilityTimeout: !Ref Later"),
        MAPPED % ("Timeout: 30", ""),
        MAPPED % ("MemorySize: 128", ""),
    ],
)
def test_what_aws_accepts_or_only_a_deployment_knows_is_not_reported(
    resources: str, tmp_path: Path
) -> None:
    """A false error would stop a correct change."""
    assert refused(tmp_path, resources) == []

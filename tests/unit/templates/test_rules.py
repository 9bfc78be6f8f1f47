"""Rules are found in every form in which CloudFormation and SAM know them."""

import json
from pathlib import Path

import pytest

from tests.unit.templates.repository import read, repository
from trunklab.templates.repository import topology
from trunklab.templates.topology import Kind

QUEUE = """
  Queue: {Type: AWS::SQS::Queue}
"""
READER = """
  Reader:
    Type: AWS::Serverless::Function
    Properties:
      Handler: shop.handler.handler
      Events:
        Queue: {Type: SQS, Properties: {Queue: !GetAtt Queue.Arn}}
"""


def test_a_rule_leads_through_its_queue_to_a_function(tmp_path: Path) -> None:
    """Rule, target, queue, event source and function are joined."""
    found = read(
        tmp_path,
        f"""Resources:{QUEUE}{READER}
  Rule:
    Type: AWS::Events::Rule
    Properties:
      Name: orders
      State: DISABLED
      EventBusName: bus
      EventPattern: {{source: [a]}}
      Targets: [{{Id: q, Arn: !GetAtt Queue.Arn}}]
""",
    )

    (consumer,) = found.consumers
    assert (consumer.rule.name, consumer.rule.bus, consumer.rule.enabled) == (
        "orders",
        "bus",
        False,
    )
    assert (consumer.queue, consumer.full_name) == ("Queue", "shop.Reader")
    assert (consumer.declares, consumer.handlers) == (False, ())


@pytest.mark.parametrize("named", ["Plain", "Newest", "Live"])
def test_an_event_source_mapping_joins_too(tmp_path: Path, named: str) -> None:
    """Plain Lambda functions have their queues in resources of their own, by alias or version."""
    found = read(
        tmp_path,
        f"""Resources:{QUEUE}
  Plain: {{Type: AWS::Lambda::Function, Properties: {{Handler: a.b}}}}
  Newest: {{Type: AWS::Lambda::Version, Properties: {{FunctionName: !Ref Plain}}}}
  Live: {{Type: AWS::Lambda::Alias, Properties: {{FunctionName: !Ref Newest, Name: live}}}}
  Mapping:
    Type: AWS::Lambda::EventSourceMapping
    Properties: {{FunctionName: !Ref {named}, EventSourceArn: !GetAtt Queue.Arn}}
  Rule:
    Type: AWS::Events::Rule
    Properties:
      EventPattern: {{source: [a]}}
      Targets: [{{Id: q, Arn: !GetAtt Queue.Arn}}]
""",
    )

    assert [one.full_name for one in found.consumers] == ["shop.Plain"]


def test_a_function_can_have_a_rule_of_its_own(tmp_path: Path) -> None:
    """SAM makes the rule, which calls the function without a queue."""
    found = read(
        tmp_path,
        """Resources:
  Direct:
    Type: AWS::Serverless::Function
    Properties:
      Handler: a.b
      Events:
        Placed:
          Type: EventBridgeRule
          Properties: {EventBusName: bus, Pattern: {source: [a]}}
        Timer: {Type: ScheduleV2, Properties: {ScheduleExpression: rate(1 minute)}}
""",
    )

    (rule,) = found.rules
    assert (rule.kind, rule.logical_id, rule.line) == (Kind.SAM_EVENT, "DirectPlaced", 7)
    assert [(one.full_name, one.queue) for one in found.consumers] == [("shop.Direct", "")]


@pytest.mark.parametrize(
    "events",
    ["{E: !If [IsLater, EVENT, !Ref AWS::NoValue]}", "!If [IsLater, {}, {E: EVENT}]"],
)
def test_an_event_under_an_unknown_condition_is_a_rule(tmp_path: Path, events: str) -> None:
    """A stage may have it."""
    event = "{Type: EventBridgeRule, Properties: {Pattern: {source: [a]}}}"
    found = read(
        tmp_path,
        f"""Parameters: {{Later: {{Type: String}}}}
Conditions: {{IsLater: !Equals [!Ref Later, x]}}
Resources:
  F:
    Type: AWS::Serverless::Function
    Properties: {{Handler: a.b, Events: {events.replace("EVENT", event)}}}
""",
    )

    assert [rule.logical_id for rule in found.rules] == ["FE"]


def test_a_subscriber_of_the_newer_bus_is_a_rule(tmp_path: Path) -> None:
    """Its filter of the data is the pattern."""
    found = read(
        tmp_path,
        """Resources:
  Subscriber:
    Type: AWS::EventsV2::Subscriber
    Properties:
      EventBusArn: arn
      FilterConfiguration:
        Filters:
          - {Scope: METADATA, Pattern: '{"a": ["b"]}'}
          - {Scope: DATA, Pattern: '{"source": ["a"]}'}
""",
    )

    (rule,) = found.rules
    assert (rule.kind, rule.pattern, rule.pattern_line) == (Kind.SUBSCRIBER, {"source": ["a"]}, 9)


def test_schedules_are_no_rules_for_events(tmp_path: Path) -> None:
    """A rule without a pattern takes nothing from a bus."""
    found = read(
        tmp_path,
        """Resources:
  Timer: {Type: AWS::Events::Rule, Properties: {ScheduleExpression: rate(1 day)}}
  Empty: {Type: AWS::Events::Rule}
""",
    )

    assert found.rules == ()


def test_a_subscriber_without_a_filter_of_the_data_has_no_pattern(tmp_path: Path) -> None:
    """It hears everything, so that it leads to its function all the same."""
    found = read(
        tmp_path,
        """Resources:
  Subscriber:
    Type: AWS::EventsV2::Subscriber
    Properties: {EventBusArn: arn, InvokeConfiguration: {TargetArn: !GetAtt F.Arn}}
  F: {Type: AWS::Lambda::Function, Properties: {Handler: a.b}}
""",
    )

    (rule,) = found.rules
    assert (rule.pattern, rule.text) == (None, None)
    assert [one.function.logical_id for one in found.consumers] == ["F"]


@pytest.mark.parametrize("arn", ["!Ref F.Alias", "!Ref F.Version", "!GetAtt F.Arn"])
def test_an_alias_that_sam_makes_leads_to_its_function(tmp_path: Path, arn: str) -> None:
    """AutoPublishAlias gives the function two more names."""
    found = read(
        tmp_path,
        f"""Resources:
  Rule:
    Type: AWS::Events::Rule
    Properties: {{EventPattern: {{source: [a]}}, Targets: [{{Id: f, Arn: {arn}}}]}}
  F: {{Type: AWS::Serverless::Function, Properties: {{Handler: a.b}}}}
""",
    )

    assert [one.function.logical_id for one in found.consumers] == ["F"]


@pytest.mark.parametrize(
    "arn", ["!GetAtt Gone.Arn", "arn:aws:sqs:x:y:z", "!ImportValue queue", "!GetAtt Queue.Arn"]
)
def test_what_nobody_reads_leads_nowhere(tmp_path: Path, arn: str) -> None:
    """The rule is there all the same."""
    found = read(
        tmp_path,
        f"""Resources:{QUEUE}
  Rule:
    Type: AWS::Events::Rule
    Properties: {{EventPattern: {{source: [a]}}, Targets: [{{Id: q, Arn: {arn}}}]}}
""",
    )

    assert len(found.rules) == 1
    assert found.consumers == ()


def test_a_template_may_be_json(tmp_path: Path) -> None:
    """With tabs, and with the lines of its keys."""
    rule = {"Type": "AWS::Events::Rule", "Properties": {"EventPattern": {"source": ["a"]}}}
    text = json.dumps({"Resources": {"Rule": rule}}, indent="\t")
    root = repository(tmp_path, {"services/shop/template.json": text})

    (found,) = topology(root).rules

    assert found.pattern == {"source": ["a"]}
    assert text.splitlines()[found.line_of(("source",)) - 1].strip() == '"source": ['


def test_the_stage_of_samconfig_gives_values(tmp_path: Path) -> None:
    """As `sam deploy --config-env` would."""
    template = """Parameters: {Source: {Type: String, Default: x}}
Resources: {Rule: {Type: 'AWS::Events::Rule', Properties: {EventPattern: {source: [!Ref Source]}}}}
"""
    config = '[prod.deploy.parameters]\nparameter_overrides = ["Source=shop.prod"]\n'
    files = {"services/shop/template.yaml": template, "services/shop/samconfig.toml": config}

    (rule,) = topology(repository(tmp_path, files), "prod").rules

    assert rule.pattern == {"source": ["shop.prod"]}


@pytest.mark.parametrize(
    ("bus", "known_as"),
    [
        ("shop", "shop"),
        ("!Ref Named", "/shop/bus-name"),
        ("!Ref Bus", "Bus of services/shop/template.yaml"),
        ("!GetAtt Bus.Arn", "Bus of services/shop/template.yaml"),
        ("!Ref 'AWS::NoValue'", "default"),
    ],
)
def test_a_bus_is_known_by_name_or_by_what_stands_for_it(
    tmp_path: Path, bus: str, known_as: str
) -> None:
    """Two rules whose bus has one name in SSM are on one bus."""
    found = read(
        tmp_path,
        f"""Parameters: {{Named: {{Type: 'AWS::SSM::Parameter::Value<String>'}}}}
Resources:
  Bus: {{Type: AWS::Events::EventBus}}
  Rule:
    Type: AWS::Events::Rule
    Properties: {{EventBusName: {bus}, EventPattern: {{source: [a]}}}}
""".replace("Value<String>'}", "Value<String>', Default: /shop/bus-name}"),
    )

    assert found.rules[0].bus == known_as


@pytest.mark.parametrize(
    ("condition", "enabled"), [("Yes", True), ("No", False), ("Gone", True), ("Strange", True)]
)
def test_a_rule_that_its_stage_does_not_have_is_not_enabled(
    tmp_path: Path, condition: str, *, enabled: bool
) -> None:
    """What cannot be decided counts as there."""
    found = read(
        tmp_path,
        f"""Conditions:
  "Yes": !Equals [a, a]
  "No": !Equals [a, b]
  Strange: !Nothing x
Resources:
  Rule:
    Type: AWS::Events::Rule
    Condition: "{condition}"
    Properties: {{EventPattern: {{source: [a]}}}}
""",
    )

    assert found.rules[0].enabled is enabled

"""A rule receives only what its bus carries, and a template that is not read stops no other."""

import json
import shutil
from pathlib import Path
from typing import Any, Final

import pytest

from tests.contract.test_wrong_cases import HEALTHY
from trunklab import cli

HEAD: Final = """Transform: [AWS::LanguageExtensions, AWS::Serverless-2016-10-31]
Parameters:
  BusName: {Type: AWS::SSM::Parameter::Value<String>, Default: /shop/local/bus-name}
  Other: {Type: AWS::SSM::Parameter::Value<String>, Default: /other/bus-name}
  Open: {Type: String}
Resources:
  Bkt: {Type: AWS::S3::Bucket}
  Q: {Type: AWS::SQS::Queue}
"""
PAID: Final = "{source: [shop.billing], detail-type: [PaymentSettled]}"
RULE: Final = """  R:
    Type: AWS::Events::Rule
    Properties:
      %s
      EventPattern: %s
"""
EVENT: Final = {"source": "shop.billing", "detail-type": "PaymentSettled", "detail": {}}


@pytest.fixture
def twin(tmp_path: Path) -> Path:
    """A copy of the healthy twin."""
    return Path(shutil.copytree(HEALTHY, tmp_path / "twin"))


def extra(twin: Path, resources: str) -> None:
    """Adds a service with these resources."""
    path = twin / "services" / "extra" / "template.yaml"
    path.parent.mkdir()
    path.write_text(HEAD + resources, "utf-8")


def run(twin: Path, capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, dict[str, Any]]:
    """The exit status and the document of a command of `rules`."""
    status = cli.main(["rules", *words, "--root", str(twin), "--json"])
    return status, json.loads(capsys.readouterr().out)


def findings(twin: Path, capsys: pytest.CaptureFixture[str]) -> list[tuple[str, str]]:
    """Ids and messages of lint, without notes about targets."""
    found = run(twin, capsys, "lint")[1]["findings"]
    return [(one["id"], one["what"]) for one in found if one["id"] != "unknown-target"]


@pytest.mark.parametrize(
    ("bus", "named"),
    [
        ("Description: without a bus", "default"),
        ("EventBusName: default", "default"),
        ("EventBusName: !Ref AWS::NoValue", "default"),
        ("EventBusName: shop-lokal", "shop-lokal"),
        ("EventBusName: !Sub 'shop-${AWS::Region}'", "shop-us-east-1"),
        ("EventBusName: !Ref Other", "/other/bus-name"),
        ("EventBusName: '{{resolve:ssm:/other/bus-name}}'", "/other/bus-name"),
        ("EventBusName: !ImportValue bus", "Fn::ImportValue bus"),
        (
            "EventBusName: arn:aws:events:us-east-1:111122223333:event-bus/shop-local",
            "arn:aws:events:us-east-1:111122223333:event-bus/shop-local",
        ),
    ],
)
def test_a_rule_on_another_bus_receives_no_event_of_a_contract(
    twin: Path, capsys: pytest.CaptureFixture[str], bus: str, named: str
) -> None:
    """Lint names the bus, coverage and test --all list the rule apart, nobody overlaps with it."""
    extra(twin, RULE % (bus, PAID))

    ((check, what),) = findings(twin, capsys)
    covered = run(twin, capsys, "coverage")[1]
    _, tested = run(twin, capsys, "test", "--all", "--event", json.dumps(EVENT))

    assert (check, f"the bus {named}" in what) == ("wrong-bus", True)
    assert covered["on_other_buses"] == [f"extra.R ({named})"]
    assert [one for one in covered["rules"] if one["rule"] == "extra.R"] == []
    assert [one.split()[0] for one in tested["on_other_buses"]] == ["extra.R"]
    assert "extra.R" not in str(tested["matching"])


@pytest.mark.parametrize(
    "bus",
    [
        "!Ref BusName",
        "shop-local",
        "!Sub '${BusName}'",
        "'{{resolve:ssm:/shop/local/bus-name}}'",
        "!Sub 'arn:aws:events:${AWS::Region}:${AWS::AccountId}:event-bus/${BusName}'",
        "!Sub 'arn:aws:events:${AWS::Region}:${AWS::AccountId}:event-bus/shop-local'",
        "!Ref Open",
        "!GetAtt Custom.BusName",
    ],
)
def test_a_rule_on_the_own_bus_is_judged_however_the_bus_is_named(
    twin: Path, capsys: pytest.CaptureFixture[str], bus: str
) -> None:
    """What cannot be known counts as the own bus: nothing is passed over."""
    custom = "  Custom: {Type: Custom::Bus}\n"
    extra(twin, RULE % (f"EventBusName: {bus}", PAID) + custom)

    assert findings(twin, capsys) == []
    assert "extra.R" in str(run(twin, capsys, "coverage")[1]["rules"])
    _, tested = run(twin, capsys, "test", "--all", "--event", json.dumps(EVENT))
    assert "extra.R" in str(tested["matching"])


@pytest.mark.parametrize(
    ("bus", "pattern", "ids"),
    [
        ("crm", "{source: [crm], detail: {x: [1]}}", ["foreign-bus"]),
        ("!Ref Other", "{source: [crm], detail-type: [PaymentSetled]}", ["foreign-bus"]),
        ("!ImportValue bus", "{source: [{prefix: crm}], x: [1]}", ["foreign-bus"]),
        ("default", "{source: [crm], detail: {x: [1]}}", ["foreign-bus"]),
        ("default", "{detail-type: [Tag Change], detail: {x: [1]}}", []),
        ("default", "{source: [{prefix: ''}], detail: {x: [1]}}", ["foreign-bus"]),
        ("default", "{detail-type: [PaymentSettled]}", ["wrong-bus"]),
        ("default", "{source: [aws.s3, shop.billing]}", ["foreign-source", "wrong-bus"]),
        ("shop-lokal", "{source: [shop.billing], x: [1]}", ["unknown-field", "wrong-bus"]),
    ],
)
def test_rules_of_foreign_buses_are_not_judged_by_our_contracts(
    twin: Path, capsys: pytest.CaptureFixture[str], bus: str, pattern: str, ids: list[str]
) -> None:
    """Only one that asks for our events is on the wrong bus, probably by a slip."""
    extra(twin, RULE % (f"EventBusName: {bus}", pattern))

    assert sorted(check for check, _ in findings(twin, capsys)) == ids


def test_where_no_template_makes_a_bus_any_bus_may_carry_the_events(
    twin: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The platform may be in another repository."""
    (twin / "template.yaml").unlink()
    extra(twin, RULE % ("EventBusName: anything", PAID))

    assert findings(twin, capsys) == []


def test_a_bus_in_a_template_that_is_not_read_may_be_any_bus(
    twin: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Only the template is reported."""
    (twin / "template.yaml").write_text("Resources: [", "utf-8")
    extra(twin, RULE % ("EventBusName: anything", PAID))

    assert [check for check, _ in findings(twin, capsys)] == ["not-read"]


@pytest.mark.parametrize(
    ("value", "check"),
    [
        ("!Ref Bkt", "deployment-value"),
        ("!GetAtt Bkt.Arn", "deployment-value"),
        ("!Sub '${Bkt}-x'", "deployment-value"),
        ("!ImportValue x", "deployment-value"),
        ("{'Fn::Transform': {Name: AWS::Include}}", "deployment-value"),
        ("'{{resolve:ssm:/x}}'", "deployment-value"),
        ("!Ref Other", "deployment-value"),
        ("!Ref Open", "unresolved"),
        ("!Ref Gone", "unresolved"),
    ],
)
@pytest.mark.parametrize(
    ("other", "found"),
    [
        ("detail: {size: 5}", "invalid-pattern"),
        ("detail: {colour: [red]}", "unknown-field"),
        ("$or: [{account: [VALUE]}, {detail-type: [Gone]}]", "unknown-detail-type"),
    ],
)
def test_one_unknown_value_leaves_the_other_clauses_checked(  # noqa: PLR0913, PLR0917 - two tables
    twin: Path,
    capsys: pytest.CaptureFixture[str],
    value: str,
    check: str,
    other: str,
    found: str,
) -> None:
    """Only its own clause is not checked; a value that nobody can give is a note."""
    pattern = f"{{source: [shop.billing], region: [a, {value}], {other}}}"
    extra(twin, RULE % ("EventBusName: !Ref BusName", pattern.replace("VALUE", "'111122223333'")))

    assert sorted(one for one, _ in findings(twin, capsys)) == sorted([check, found])


def test_one_unknown_value_in_a_pattern_that_is_text_leaves_the_rest_checked(
    twin: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A Sub with JSON is parsed around the value."""
    text = """!Sub '{"source": ["shop.billng"], "account": ["${Bkt}"]}'"""
    extra(twin, RULE % ("EventBusName: !Ref BusName", text))

    assert sorted(one for one, _ in findings(twin, capsys)) == [
        "deployment-value",
        "unknown-source",
    ]


def test_a_field_that_no_contract_has_is_reported_in_one_sentence(
    twin: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """`None of 4 contracts has no field` would say the contrary."""
    extra(twin, RULE % ("EventBusName: !Ref BusName", "{detail: {colour: [red]}}"))

    ((_, what),) = findings(twin, capsys)

    assert what == "R: none of 4 contracts has the field detail.colour"


LOOP: Final = """  Fn::ForEach::Rules:
    - Kind
    - %s
    - On${Kind}:
        Type: AWS::Events::Rule
        Properties:
          EventBusName: !Ref BusName
          EventPattern: {source: [shop.billing], detail-type: [!Sub "${Kind}"]}
"""


def test_a_loop_makes_rules_or_is_named(twin: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A collection that only a deployment knows hides the rules, and lint says so."""
    extra(twin, LOOP % "[PaymentSettled, PaymentSetled]")

    ((check, what),) = findings(twin, capsys)
    assert (check, what.split(":")[0]) == ("unknown-detail-type", "OnPaymentSetled")

    shutil.rmtree(twin / "services" / "extra")
    extra(twin, LOOP % "!Ref Open")
    assert [one for one, _ in findings(twin, capsys)] == ["not-read"]


@pytest.mark.parametrize(
    "resource",
    [
        "  A: {Type: AWS::SQS::Queue, DeletionPolicy: !If [X, Retain, Delete]}\n",
        "  A: {Type: AWS::SQS::Queue, Properties: {QueueName: {'Fn::ToJsonString': {a: b}}}}\n",
        "  A: {Type: AWS::SQS::Queue, Properties: {DelaySeconds: {'Fn::Length': [1, 2]}}}\n",
        "  A: {Type: X::Y, Properties: {'Fn::ForEach::P': [N, [a, b], {'K${N}': !Ref N}]}}\n",
    ],
)
def test_valid_cloudformation_is_not_refused(
    twin: Path, capsys: pytest.CaptureFixture[str], resource: str
) -> None:
    """Functions of AWS::LanguageExtensions are in use wherever values are."""
    extra(twin, resource)

    assert findings(twin, capsys) == []


FUNCTION: Final = (
    "  F: {Type: AWS::Serverless::Function, %sProperties: {Handler: a.b, Runtime: python3.13, "
    "CodeUri: src/}}\n  B: {Type: AWS::Events::EventBus, Properties: {Name: x}}\n"
)
CONNECTOR: Final = "Connectors: {C: {Properties: {Destination: %s, Permissions: [Write]}}}, "
POLICY: Final = (
    "  P: {Type: AWS::Events::EventBusPolicy, Properties: {EventBusName: !Ref BusName, "
    "StatementId: a, %s}}\n"
)
CONDITION: Final = (
    "Statement: {Effect: Allow, Principal: '*', Action: events:PutEvents, Resource: '*', "
    "Condition: {%s}}"
)


@pytest.mark.parametrize(
    ("resources", "count"),
    [
        (FUNCTION % (CONNECTOR % "{Id: B}"), 1),
        (FUNCTION % (CONNECTOR % "[{Id: Q}, {Id: B}]"), 1),
        (FUNCTION % (CONNECTOR % "{Id: Q}"), 0),
        (FUNCTION % (CONNECTOR % "{Id: B}").replace("Write", "Read"), 0),
        (POLICY % "Action: events:PutEvents, Principal: '*'", 1),
        (POLICY % "Action: events:PutRule, Principal: '*'", 0),
        (POLICY % CONDITION % "StringEquals: {aws:PrincipalOrgID: o-1}", 1),
        (POLICY % CONDITION % "StringLike: {events:source: 'shop.*'}", 1),
        (POLICY % CONDITION % "StringEquals: {events:source: [crm, shop.orders]}", 1),
        (POLICY % CONDITION % "StringLike: {events:source: 'crm.*'}", 0),
        (POLICY % """Statement: '{"Effect": "Allow", "Action": "events:*"}'""", 1),
    ],
)
def test_a_right_to_publish_without_its_source_is_an_error(
    twin: Path, capsys: pytest.CaptureFixture[str], resources: str, count: int
) -> None:
    """However it is given; a bus may admit others, but not as a source of the contracts."""
    extra(twin, resources)

    assert [check for check, _ in findings(twin, capsys)] == ["producer-source"] * count


MACHINE: Final = """  M:
    Type: AWS::Serverless::StateMachine
    Properties:
      DefinitionUri: d.json
      Events:
        OnPaid:
          Type: %s
          Properties:
            %s
            Pattern:
              source: [shop.billing]
              detail-type: [PaymentSettled]
              detail: {data: {method: [invoice]}}
"""


@pytest.mark.parametrize("kind", ["EventBridgeRule", "CloudWatchEvent"])
@pytest.mark.parametrize(
    ("bus", "missed"),
    [("EventBusName: !Ref BusName", ["extra.MOnPaid"]), ("EventBusName: shop-lokal", [])],
)
def test_impact_knows_the_rule_of_a_state_machine_on_the_own_bus(  # noqa: PLR0913, PLR0917 - a table
    twin: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    kind: str,
    bus: str,
    missed: list[str],
) -> None:
    """A value that no event has any more breaks it; on another bus there is nothing to break."""
    extra(twin, MACHINE % (kind, bus))
    before = shutil.copytree(twin, tmp_path / "before")
    path = twin / "schemas" / "billing" / "PaymentSettled.schema.json"
    schema = json.loads(path.read_text("utf-8"))
    schema["properties"]["method"]["enum"].remove("invoice")
    schema["examples"] = [one for one in schema["examples"] if one["method"] != "invoice"]
    path.write_text(json.dumps(schema), "utf-8")

    cli.main(["schemas", "impact", "--root", str(twin), "--against", str(before)])

    lines = capsys.readouterr().out.splitlines()
    named = ["extra.MOnPaid" for line in lines if "[consumer-misses]" in line and "MOnPaid" in line]
    assert named == missed

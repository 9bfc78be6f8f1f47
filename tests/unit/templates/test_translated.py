"""Every rule and every right to publish in the output of SAM's translator is found, or named."""

from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path
from random import Random
from typing import Any, Final

import pytest

from tests.unit.templates.repository import TEMPLATE, repository
from trunklab.local.deploy import sam_translation
from trunklab.templates import template_file
from trunklab.templates.repository import topology

HEAD: Final = """Transform: [AWS::LanguageExtensions, AWS::Serverless-2016-10-31]
Conditions: {Never: !Equals [a, b]}
Resources:
  Bus: {Type: AWS::Events::EventBus, Properties: {Name: x}}
  Bus2: {Type: AWS::Events::EventBus, Properties: {Name: y}}
"""
CHILD: Final = HEAD.replace("  Bus: ", "  Bus3: ").replace("  Bus2: ", "  Bus4: ")
FUNCTION: Final = """  %s:
    Type: AWS::Serverless::Function
    %s
    Properties:
      Handler: a.b
      Runtime: python3.13
      InlineCode: x
      %s
"""
MACHINE: Final = """  %s:
    Type: AWS::Serverless::StateMachine
    %s
    Properties:
      Definition: {StartAt: A, States: {A: {Type: Succeed}}}
      %s
"""
EVENT: Final = "Events: {E: {Type: %s, Properties: {Pattern: {source: [a]}}}}"
TWO: Final = (
    "Events: {E: {Type: EventBridgeRule, Properties: {Pattern: {source: [a]}}},"
    " G: {Type: EventBridgeRule, Properties: {Pattern: {source: [b]}, RuleName: g}}}"
)
RULE: Final = "  %s: {Type: AWS::Events::Rule, Properties: {EventPattern: {source: [a]}}}\n"
PUT: Final = "{Effect: Allow, Action: %s, Resource: '*'}"
STATEMENT: Final = f"Policies: [{{Statement: [{PUT % 'events:PutEvents'}]}}]"
SAM: Final = "Policies: [{EventBridgePutEventsPolicy: {EventBusName: x}}]"
DOCUMENT: Final = f"{{Version: '2012-10-17', Statement: {PUT % '[events:Put*]'}}}"
CONNECTORS: Final = "Connectors: {C: {Properties: {Destination: {Id: Bus}, Permissions: [Write]}}}"
SEVERAL: Final = CONNECTORS.replace("{Id: Bus}", "[{Id: Bus}, {Id: Bus2}]")
ROLE: Final = "AssumeRolePolicyDocument: {}"
DESTINATION: Final = (
    "EventInvokeConfig: {DestinationConfig: {OnSuccess: "
    "{Type: EventBridge, Destination: !GetAtt Bus.Arn}}}"
)
NESTING: Final = "  %s: {Type: AWS::Serverless::Application, Properties: {Location: %s}}\n"

KINDS: Final = {
    "rule": RULE % "Rule",
    "conditional-rule": RULE.replace("Properties", "Condition: Never, Properties") % "Disabled",
    "text-pattern": RULE.replace("{source: [a]}", "'{\"source\": [\"a\"]}'") % "Text",
    "unknown-pattern": RULE.replace("{source: [a]}", "{source: [!Ref Bus]}") % "Unknown",
    "loop-of-rules": "  Fn::ForEach::R:\n    - N\n    - [A, B]\n    - {"
    + (RULE % "'On${N}'").strip() + "}\n",
    "loop-in-events": FUNCTION % ("Looped", "", (
        "Events:\n        Fn::ForEach::E: [N, [A, B], {'${N}': {Type: EventBridgeRule, "
        "Properties: {Pattern: {source: [!Ref N]}}}}]"
    )),
    "function-event": FUNCTION % ("Heard", "", EVENT % "EventBridgeRule"),
    "function-two-events": FUNCTION % ("Both", "", TWO),
    "function-cloudwatch-event": FUNCTION % ("Watched", "", EVENT % "CloudWatchEvent"),
    "machine-event": MACHINE % ("MHeard", "", EVENT % "EventBridgeRule"),
    "machine-two-events": MACHINE % ("MBoth", "", TWO),
    "machine-cloudwatch-event": MACHINE % ("MWatched", "", EVENT % "CloudWatchEvent"),
    "nested-rules": NESTING % ("Below", "child.yaml"),
    "function-statement": FUNCTION % ("FInline", "", STATEMENT),
    "function-sam-policy": FUNCTION % ("FSam", "", SAM),
    "function-aws-policy": FUNCTION % ("FAws", "", "Policies: AmazonEventBridgeFullAccess"),
    "function-both": FUNCTION % ("FTwo", "", f"{SAM[:-1]}, {STATEMENT[11:]}"),
    "function-destination": FUNCTION % ("FTo", "", DESTINATION),
    "function-connector": FUNCTION % ("FConnected", CONNECTORS, ""),
    "function-connectors": FUNCTION % ("FSeveral", SEVERAL, ""),
    "machine-statement": MACHINE % ("MInline", "", STATEMENT),
    "machine-sam-policy": MACHINE % ("MSam", "", SAM),
    "machine-connector": MACHINE % ("MConnected", CONNECTORS, ""),
    "connector": FUNCTION % ("Near", "", "") + (
        "  Link: {Type: AWS::Serverless::Connector, Properties: {Source: {Id: Near}, "
        "Destination: [{Id: Bus}, {Id: Bus2}], Permissions: [Write]}}\n"
    ),
    "rule-connector": RULE % "Sending" + (
        "  Send: {Type: AWS::Serverless::Connector, Properties: {Source: "
        "{Type: 'AWS::Events::Rule', Arn: a, RoleName: r}, "
        "Destination: {Id: Bus}, Permissions: [Write]}}\n"
    ),
    "role": f"  Role1: {{Type: AWS::IAM::Role, Properties: {{{ROLE}, "
    f"Policies: [{{PolicyName: p, PolicyDocument: {DOCUMENT}}}]}}}}\n",
    "managed-policy": "  Managed: {Type: AWS::IAM::ManagedPolicy, Properties: {PolicyDocument: "
    f"{DOCUMENT}}}}}\n",
    "policy": "  Policy: {Type: AWS::IAM::Policy, Properties: {PolicyName: p, PolicyDocument: "
    f"{DOCUMENT}}}}}\n",
    "user": f"  User: {{Type: AWS::IAM::User, Properties: {{Policies: [{{PolicyName: p, "
    f"PolicyDocument: {DOCUMENT}}}]}}}}\n",
    "bus-policy": "  Open: {Type: AWS::Events::EventBusPolicy, Properties: {StatementId: a, "
    "Action: events:PutEvents, Principal: '*'}}\n",
    "bus-own-policy": "  Shared: {Type: AWS::Events::EventBus, Properties: {Name: s, Policy: "
    f"{DOCUMENT}}}}}\n",
    "bus-policy-statement": "  Open2: {Type: AWS::Events::EventBusPolicy, Properties: "
    f"{{StatementId: b, Statement: {PUT % 'events:PutEvents'}}}}}\n",
}  # fmt: skip
"""Every way in which a rule or a right to publish comes into being."""

POLICY: Final = "  P: {Type: AWS::IAM::ManagedPolicy, Properties: {PolicyDocument: %s}}\n"
INCLUDE: Final = "Fn::Transform: {Name: AWS::Include, Parameters: {Location: x}}\n"
UNREAD: Final = {
    "included-resources": (f"  {INCLUDE}", "Fn::Transform"),
    "included-sections": (INCLUDE, "Fn::Transform"),
    "open-loop": ("  Fn::ForEach::R: [N, !Ref Names, {'On${N}': {Type: T}}]\n", "Fn::ForEach::R"),
    "gone-nested": (NESTING % ("Gone", "gone.yaml"), "Gone"),
    "broken-nested": (NESTING % ("Broken", "broken.yaml"), "Broken"),
    "included-events": (FUNCTION % ("F", "", f"Events: {{{INCLUDE.strip()}}}"), "Fn::Transform"),
    "included-event": (
        MACHINE % ("M", "", f"Events: {{E: {{Type: EventBridgeRule, {INCLUDE.strip()}}}}}"),
        "Fn::Transform",
    ),
    "included-policies": (
        FUNCTION % ("F", "", f"Policies: [{{{INCLUDE.strip()}}}]"),
        "Fn::Transform",
    ),
    "transformed-policies": (
        FUNCTION % ("F", "", "Policies: !Transform {Name: AWS::Include, Parameters: {}}"),
        "Fn::Transform",
    ),
    "included-statement": (
        POLICY % f"{{Statement: [{{{INCLUDE.strip()}}}]}}",
        "Fn::Transform",
    ),
    "own-nested": (NESTING % ("Own", "template.yaml"), "Own"),
}
"""What cannot be read, and what the message names."""

GENERATED: Final = 25
"""Templates of several kinds at once."""

AWS_POLICY: Final = "AmazonEventBridgeFullAccess"


def files(*kinds: str) -> dict[str, str]:
    """A template of these kinds, and what it may nest."""
    below = RULE % "Inner" + FUNCTION % ("F", CONNECTORS.replace("Bus", "Bus3"), SAM)
    template = HEAD + "".join(KINDS[kind] for kind in kinds)
    child = {"services/shop/child.yaml": CHILD + below} if "child.yaml" in template else {}
    return {TEMPLATE: template, "services/shop/broken.yaml": "Resources: [", **child}


def translated(root: Path) -> dict[str, Any]:
    """The resources that AWS's translator makes of the template."""
    body = template_file.load(root / TEMPLATE).body
    resources: dict[str, Any] = sam_translation.translate(root / TEMPLATE, body, {})["Resources"]
    return resources


def rights(resources: dict[str, Any]) -> Iterator[str]:
    """The id of a resource for each statement in it that grants events:PutEvents."""
    for name, resource in resources.items():
        for document in documents(resource["Type"], resource.get("Properties", {})):
            for statement in listed(document["Statement"]):
                actions = listed(statement["Action"])
                if any(fnmatchcase("events:PutEvents", action) for action in actions):
                    yield name
        for arn in resource.get("Properties", {}).get("ManagedPolicyArns", []):
            if AWS_POLICY in str(arn):
                yield name


def documents(kind: str, properties: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The policy documents of a resource."""
    yield from (inline["PolicyDocument"] for inline in properties.get("Policies", []))
    if kind.startswith("AWS::IAM::") and "PolicyDocument" in properties:
        yield properties["PolicyDocument"]
    if kind == "AWS::Events::EventBus" and "Policy" in properties:
        yield properties["Policy"]
    if kind == "AWS::Events::EventBusPolicy":
        yield {"Statement": properties.get("Statement", properties)}


def listed(value: Any) -> list[Any]:
    """A list of one for one thing, as IAM takes it."""
    return value if isinstance(value, list) else [value]


def check(root: Path) -> None:
    """Compares what the reader finds with what the translator makes."""
    resources = translated(root)
    read = topology(root)

    rules = {
        name
        for name, one in resources.items()
        if one["Type"] == "AWS::Events::Rule" and "EventPattern" in one["Properties"]
    }
    assert {rule.logical_id for rule in read.rules} == rules
    assert len(read.producers) == len(list(rights(resources)))
    assert read.unread == ()


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_of_rule_and_right_is_found(tmp_path: Path, kind: str) -> None:
    """With the logical id that SAM gives it."""
    check(repository(tmp_path, files(kind)))


@pytest.mark.parametrize("seed", range(GENERATED))
def test_kinds_that_are_mixed_are_found(tmp_path: Path, seed: int) -> None:
    """In any order."""
    random = Random(seed)  # noqa: S311 - chooses test cases
    kinds = random.sample(list(KINDS), random.randint(2, len(KINDS)))

    check(repository(tmp_path, files(*kinds)))


@pytest.mark.parametrize("kind", UNREAD)
def test_what_cannot_be_read_is_named_and_the_rest_is_found(tmp_path: Path, kind: str) -> None:
    """The template goes on, and the finding has a file and a line."""
    text, named = UNREAD[kind]
    root = repository(tmp_path, files("rule", "function-sam-policy"))
    template = root / TEMPLATE
    template.write_text(template.read_text("utf-8") + text, "utf-8")

    read = topology(root)

    assert [rule.logical_id for rule in read.rules] == ["Rule"]
    assert len(read.producers) == 1
    ((file, line, problem),) = [(one.file, one.line, one.problem) for one in read.unread]
    assert (file.as_posix(), line > HEAD.count("\n")) == (TEMPLATE, True)
    assert named in problem


PARAMETERS: Final = """Parameters:
  Bus: {Type: 'AWS::SSM::Parameter::Value<String>'}
  Kinds: {Type: 'AWS::SSM::Parameter::Value<List<String>>', Default: /kinds}
  Given: {Type: String}
"""
INNER: Final = """Resources:
  Inner:
    Type: AWS::Events::Rule
    Properties:
      EventBusName: !Ref Bus
      EventPattern: {source: [a], account: [!Ref Given], region: !Ref Kinds}
"""


def nesting(root: Path, passed: str) -> Path:
    """Writes a template that nests one with parameters; returns the repository."""
    below = f"Properties: {{Location: child.yaml, Parameters: {passed}}}"
    files = {
        TEMPLATE: f"Resources:\n  Below: {{Type: AWS::Serverless::Application, {below}}}\n"
        + RULE % "Rule",
        "services/shop/child.yaml": PARAMETERS + INNER,
    }
    return repository(root, files)


def test_a_nested_parameter_that_is_read_from_ssm_is_a_deployment_value(tmp_path: Path) -> None:
    """The bus is known by its name in SSM, the other clauses of the pattern are read."""
    read = topology(nesting(tmp_path, "{Bus: /shop/bus, Given: g}"))

    rule = next(one for one in read.rules if one.logical_id == "BelowInner")

    assert (rule.bus, rule.known) == ("/shop/bus", '{"source":["a"],"account":["g"]}')
    assert [one.parameter for one in rule.unresolved] == ["/kinds"]
    assert read.unread == ()


def test_a_nested_parameter_without_a_value_makes_one_clause_unknown(tmp_path: Path) -> None:
    """The missing parameter is named, and all other rules are found."""
    read = topology(nesting(tmp_path, "{Bus: /shop/bus}"))

    rules = {one.logical_id: one.known for one in read.rules}

    assert rules == {"Rule": '{"source":["a"]}', "BelowInner": '{"source":["a"]}'}
    assert [one.problem for one in read.unread] == ["Below is nested without a value for Given"]


@pytest.mark.parametrize(
    "kinds", ["!Ref AWS::NoValue", "!If [Never, /other, !Ref AWS::NoValue]", "{Ref: AWS::NoValue}"]
)
def test_a_nested_parameter_without_value_takes_its_default(tmp_path: Path, kinds: str) -> None:
    """CloudFormation leaves a parameter out that is passed AWS::NoValue."""
    root = nesting(tmp_path, f"{{Bus: /shop/bus, Given: g, Kinds: {kinds}}}")
    path = root / TEMPLATE
    path.write_text(f"Conditions: {{Never: !Equals [a, b]}}\n{path.read_text('utf-8')}", "utf-8")

    read = topology(root)

    rule = next(one for one in read.rules if one.logical_id == "BelowInner")
    assert [one.parameter for one in rule.unresolved] == ["/kinds"]
    assert read.unread == ()


def test_a_required_nested_parameter_without_value_is_named(tmp_path: Path) -> None:
    """The parameter has no default."""
    read = topology(nesting(tmp_path, "{Bus: /shop/bus, Given: !Ref AWS::NoValue}"))

    assert [one.problem for one in read.unread] == ["Below is nested without a value for Given"]


def test_a_transform_that_holds_no_rule_leaves_the_template_readable(tmp_path: Path) -> None:
    """An OpenAPI document is often included; a pattern only loses one clause."""
    included = f"DefinitionBody: {{{INCLUDE.strip()}}}"
    api = f"  Api: {{Type: AWS::Serverless::HttpApi, Properties: {{{included}}}}}\n"
    rule = RULE.replace("[a]", f"[a], detail: {{{INCLUDE.strip()}}}") % "Rule"

    read = topology(repository(tmp_path, {TEMPLATE: HEAD + api + rule}))

    assert [one.known for one in read.rules] == ['{"source":["a"]}']
    assert read.unread == ()


def test_an_output_that_does_not_exist_makes_one_value_unknown(tmp_path: Path) -> None:
    """The nested templates are read all the same."""
    root = nesting(tmp_path, "{Bus: /shop/bus, Given: g}")
    rule = (RULE % "Other").replace("[a]", "[a], account: [!GetAtt Below.Outputs.Gone]")
    path = root / TEMPLATE
    path.write_text(path.read_text("utf-8") + rule, "utf-8")

    read = topology(root)

    assert {one.logical_id: one.known for one in read.rules}["Other"] == '{"source":["a"]}'
    assert len(read.rules) == 3
    assert [one.problem for one in read.unread] == ["the output Below.Outputs.Gone does not exist"]

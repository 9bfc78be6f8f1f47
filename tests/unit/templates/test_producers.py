"""Rights to put events are found wherever a template can give them."""

from pathlib import Path

import pytest

from tests.unit.templates.repository import read

PUT = "Effect: Allow, Action: events:PutEvents, Resource: '*'"
OWN = f"{PUT}, Condition: {{StringEquals: {{events:source: shop.a}}}}"
ALL = PUT.replace("events:PutEvents", "[a, events:*]")
HEAD = """Resources:
  F:
    Type: AWS::Serverless::Function
    Properties:
      Handler: a.b
      Role: !GetAtt Role.Arn
      Environment: {Variables: {TRUNKLINE_SOURCE: shop.a}}
"""
ROLE = "  Role: {Type: AWS::IAM::Role, Properties: {%s}}\n"
DOCUMENT = "PolicyDocument: {Statement: [{%s}]}"


@pytest.mark.parametrize(
    ("template", "allowed"),
    [
        (HEAD + ROLE % f"Policies: [{{{DOCUMENT % PUT}}}]", None),
        (HEAD + ROLE % f"Policies: [{{{DOCUMENT % OWN}}}]", ("shop.a",)),
        (HEAD + ROLE % f"Policies: [{{PolicyDocument: {{Statement: {{{OWN}}}}}}}]", ("shop.a",)),
        (HEAD + ROLE % f"Policies: [{{{DOCUMENT % ALL}}}]", None),
        (
            HEAD + ROLE % "ManagedPolicyArns: [!Ref P]"
            + f"  P: {{Type: AWS::IAM::ManagedPolicy, Properties: {{{DOCUMENT % OWN}}}}}\n",
            ("shop.a",),
        ),
        (
            HEAD + ROLE % "Path: /"
            + "  P:\n    Type: AWS::IAM::Policy\n"
            + f"    Properties: {{Roles: [!Ref Role], {DOCUMENT % OWN}}}\n",
            ("shop.a",),
        ),
        (HEAD + f"      Policies: [{{Statement: [{{{OWN}}}]}}]\n", ("shop.a",)),
        (HEAD + "      Policies: [{EventBridgePutEventsPolicy: {EventBusName: x}}]\n", None),
        (HEAD + "      Policies: [AWSLambdaExecute, {EventBridgePutEventsPolicy: {}}]\n", None),
        (HEAD + "      Policies: AdministratorAccess\n", None),
        (HEAD + ROLE % "ManagedPolicyArns: [arn:aws:iam::aws:policy/AmazonEventBridgeFullAccess]",
            None),
        (HEAD + ROLE % "Path: /"
            + "  P:\n    Type: AWS::IAM::RolePolicy\n"
            + f"    Properties: {{RoleName: !Ref Role, {DOCUMENT % PUT}}}\n", None),
        *((HEAD + ROLE % f"Policies: [{{{DOCUMENT % statement}}}]", None) for statement in (
            PUT.replace("events:PutEvents", "events:putevents"),
            PUT.replace("events:PutEvents", "'events:P?tE*'"),
            PUT.replace("Action: events:PutEvents", "NotAction: 'iam:*'"),
            OWN.replace("StringEquals", "StringLike").replace("shop.a", "'shop.*'"),
            OWN.replace("StringEquals", "StringNotEquals"),
        )),
        *((HEAD + ROLE % f"Policies: [{{{DOCUMENT % statement}}}]", ("shop.a",)) for statement in (
            OWN.replace("StringEquals", "StringLike"),
            OWN.replace("StringEquals", "ForAnyValue:StringEquals"),
            OWN.replace("StringEquals", "StringEqualsIfExists"),
            OWN.replace("events:source", "Events:Source"),
        )),
    ],
)  # fmt: skip
def test_a_right_is_found_with_its_source_and_its_functions(
    tmp_path: Path, template: str, allowed: tuple[str, ...] | None
) -> None:
    """In roles, managed and inline policies, and SAM's own."""
    (producer,) = read(tmp_path, template).producers

    assert producer.allowed == allowed
    assert producer.sources == ("shop.a",)


@pytest.mark.parametrize(
    "statement",
    [
        PUT.replace("Allow", "Deny"),
        PUT.replace("events:PutEvents", "events:PutRule"),
        PUT.replace("events:PutEvents", "sqs:SendMessage"),
        PUT.replace("Action: events:PutEvents", "NotAction: 'events:*'"),
    ],
)
def test_other_rights_are_none_to_publish(tmp_path: Path, statement: str) -> None:
    """Neither what is denied nor other actions."""
    template = HEAD + ROLE % f"Policies: [{{{DOCUMENT % statement}}}]"

    assert read(tmp_path, template).producers == ()


def later(then: str, otherwise: str) -> str:
    """An expression whose condition depends on a parameter without a value."""
    return f"!If [IsLater, {then}, {otherwise}]"


LATER = "Parameters: {Later: {Type: String}}\nConditions: {IsLater: !Equals [!Ref Later, x]}\n"


@pytest.mark.parametrize(
    "policies",
    [
        later(f"[{{Statement: [{{{PUT}}}]}}]", "!Ref AWS::NoValue"),
        later("[AWSLambdaExecute]", f"[{{Statement: [{{{PUT}}}]}}]"),
        f"[{later('!Ref AWS::NoValue', '{EventBridgePutEventsPolicy: {}}')}]",
        f"[{later('AdministratorAccess', 'AWSLambdaExecute')}]",
        f"[{{Statement: {later(f'{{{PUT}}}', '[]')}}}]",
        f"[{{Statement: [{later(f'{{{PUT}}}', '!Ref AWS::NoValue')}]}}]",
        f"[{{Statement: [{{Effect: Allow, Action: {later('events:*', 'sqs:*')}}}]}}]",
    ],
)
def test_a_right_under_an_unknown_condition_is_found(tmp_path: Path, policies: str) -> None:
    """A stage may grant it, so both branches count."""
    found = read(tmp_path, f"{LATER}{HEAD}      Policies: {policies}\n")

    assert [(one.policy, one.allowed) for one in found.producers] == [("F", None)]


def test_the_right_of_a_state_machine_that_puts_events_itself_is_found(tmp_path: Path) -> None:
    """Its role grants it, whatever the definition calls."""
    machine = """  M:
    Type: AWS::Serverless::StateMachine
    Properties:
      Role: !GetAtt Role.Arn
      Definition: {StartAt: P, States: {P: {Type: Task, End: true,
        Resource: 'arn:aws:states:::events:putEvents', Parameters: {Entries: []}}}}
"""
    template = f"Resources:\n{machine}" + ROLE % f"Policies: [{{{DOCUMENT % PUT}}}]"

    (producer,) = read(tmp_path, template).producers

    assert (producer.policy, producer.allowed) == ("Role", None)


def test_globals_give_variables_to_every_function(tmp_path: Path) -> None:
    """A function's own win."""
    shared = "Globals: {Function: {Environment: {Variables: {TRUNKLINE_SOURCE: x, A: a}}}}\n"

    (function,) = read(tmp_path, shared + HEAD).functions

    assert function.variables == {"TRUNKLINE_SOURCE": "shop.a", "A": "a"}

"""Values that a template does not spell out are compared as far as it defines them."""

import pytest

from tests.unit.contracts.compatibility.conftest import Checkout
from tests.unit.data_safety.conftest import PATH, TEMPLATE, ids
from trunklab.data_safety.data_check import check


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("!ImportValue a", "!ImportValue a", []),
        ("!ImportValue a", "{'Fn::ImportValue': a}", []),
        ("!ImportValue a", "!ImportValue b", ["store-ttl-changed"]),
        ("!ImportValue a", "a", ["store-ttl-changed"]),
        ("!Ref Given", "!Ref Other", ["store-ttl-changed"]),
        ("!Ref Known", "known", []),
        ("!Sub '${Known}_at'", "known_at", []),
        ("!Ref Known", "other", ["store-ttl-changed"]),
    ],
)
def test_an_expression_is_worked_out_or_else_compared_as_it_is_written(
    checkout: Checkout, before: str, after: str, expected: list[str]
) -> None:
    """Only what the template itself says is known."""
    declared = (
        "Parameters:\n  Known: {Type: String, Default: known}\n"
        "  Given: {Type: String}\n  Other: {Type: String}\n"
    )
    checkout.text(PATH, declared + TEMPLATE.replace("ends_at", before))
    checkout.commit()
    checkout.text(PATH, declared + TEMPLATE.replace("ends_at", after))

    assert ids(check(checkout.root, "HEAD")) == expected


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("live: {name: a}", "live: {name: c}"),
        ("Live: !Equals [!Ref Stage, live]", "Live: !Equals [!Ref Stage, prod]"),
        ("!If [Alive, a, b]", "!If [Alive, c, b]"),
        ("Loop: {Condition: Loop}", "Loop: !Equals [a, a]"),
    ],
)
def test_every_branch_of_an_expression_is_compared(checkout: Checkout, old: str, new: str) -> None:
    """Another stage than that of the defaults may hold the data."""
    template = (
        "Parameters:\n  Stage: {Type: String, Default: test}\n"
        "Mappings: {Names: {live: {name: a}, test: {name: b}}, Other: {a: {b: c}}}\n"
        "Conditions:\n  Live: !Equals [!Ref Stage, live]\n  Alive: !Not [{Condition: Live}]\n"
        "  Loop: {Condition: Loop}\n  Unused: !Equals [a, b]\n"
        "Resources:\n  Work:\n    Type: AWS::SQS::Queue\n    Condition: Loop\n"
        "    Properties: {QueueName: !If [Alive, a, b]}\n"
        "  More:\n    Type: AWS::SQS::Queue\n"
        "    Properties: {QueueName: !Sub ['${N}', {N: !FindInMap [Names, !Ref Stage, name]}]}\n"
    )
    assert template.count(old) == 1
    checkout.text(PATH, template)
    checkout.commit()
    checkout.text(PATH, template.replace("a: {b: c}", "a: {b: d}").replace("[a, b]\n", "[b, b]\n"))
    assert check(checkout.root, "HEAD") == []

    checkout.text(PATH, template.replace(old, new))
    assert len(check(checkout.root, "HEAD")) == 1


def test_the_default_of_a_parameter_is_part_of_what_is_compared(checkout: Checkout) -> None:
    """The table's own lines are the same before and after."""
    template = "Parameters:\n  Name: {Type: String, Default: %s}\n" + TEMPLATE.replace(
        "ends_at", "!Ref Name"
    )
    checkout.text(PATH, template % "ends_at")
    checkout.commit()
    checkout.text(PATH, template % "expires_at")

    assert ids(check(checkout.root, "HEAD")) == ["store-ttl-changed"]


def test_properties_that_are_an_expression_are_compared_as_they_are_written(
    checkout: Checkout,
) -> None:
    """CloudFormation would refuse them; nothing is known of what they hold."""
    checkout.text(PATH, "Resources: {Work: {Type: AWS::SQS::Queue, Properties: !Ref Work}}\n")
    checkout.commit()

    assert check(checkout.root, "HEAD") == []

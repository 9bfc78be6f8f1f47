"""Dynamic references are refused in every template, nested ones included."""

import pytest

from tests.unit.contracts.compatibility.conftest import Checkout
from tests.unit.data_safety.conftest import PATH, QUEUE, TEMPLATE, ids
from trunklab.data_safety.data_check import check

DYNAMIC = "      Name: '{{resolve:ssm:/trunkline/dev/bus-name}}'\n"
RULE = f"  Rule:\n    Type: AWS::Events::Rule\n    Properties:\n{DYNAMIC}"


@pytest.mark.parametrize("kind", ["ssm", "ssm-secure", "secretsmanager"])
def test_a_dynamic_reference_is_refused(checkout: Checkout, kind: str) -> None:
    """The finding names its line."""
    checkout.text(PATH, TEMPLATE + RULE.replace("resolve:ssm", f"resolve:{kind}"))

    found = check(checkout.root, None)

    assert ids(found) == ["dynamic-reference"]
    assert (TEMPLATE + RULE).splitlines()[found[0].line - 1] == DYNAMIC.rstrip("\n")


def test_a_dynamic_reference_in_a_nested_template_is_refused(checkout: Checkout) -> None:
    """The finding is in the file that has it."""
    nested = "  N: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: ../n.yaml}}\n"
    checkout.text(PATH, TEMPLATE + nested)
    checkout.text("services/n.yaml", f"Resources:\n{QUEUE}{RULE}")

    assert [(one.id, str(one.path)) for one in check(checkout.root, None)] == [
        ("dynamic-reference", "services/n.yaml")
    ]


def test_a_comment_may_name_a_dynamic_reference(checkout: Checkout) -> None:
    """Only values count."""
    checkout.text(PATH, f"# no {{{{resolve:ssm:/x}}}} here\n{TEMPLATE}")

    assert check(checkout.root, None) == []

"""Templates are edited as text: everything else stays as it was written."""

from pathlib import PurePosixPath

import pytest

from trunklab.scaffold.errors import ScaffoldError
from trunklab.scaffold.template_edits import cut, inserted

PATH = PurePosixPath("services/vans/template.yaml")
BLOCK = """\
  Rule:
    Type: AWS::Events::Rule

"""
TEMPLATE = """\
# A head.
Resources: # of vans
  # About the table.
  Table:
    Type: AWS::DynamoDB::Table # trailing
    Properties: {TableName: !Sub '${Stage}-x'}

  # About the log group.

  Logs:
    Type: AWS::Logs::LogGroup

# About outputs.
Outputs: {}
"""


def test_a_block_stands_in_front_and_comments_stay() -> None:
    """Directly below `Resources:`."""
    changed = inserted(PATH, TEMPLATE, BLOCK)

    assert changed == TEMPLATE.replace("# of vans\n", f"# of vans\n{BLOCK}")
    assert cut(PATH, changed, {"Rule"}) == (BLOCK, TEMPLATE)


@pytest.mark.parametrize("name", ["Table", "Logs"])
def test_a_resource_is_cut_without_the_comments_of_others(name: str) -> None:
    """Comments above the next resource or section belong to it."""
    block, rest = cut(PATH, TEMPLATE, {name})

    assert f"  {name}:" in block
    for kept in ("# A head.", "# of vans", "# About the log group.", "# About outputs."):
        assert kept in rest


@pytest.mark.parametrize(
    ("template", "problem"),
    [
        ("Resources: {A: {Type: B}}\n", "cannot be edited"),
        ("Resources:\n    A: {Type: B}\n", "cannot be edited"),
        ('{"Resources": {"A": {"Type": "B"}}}\n', "cannot be edited"),
        ("Resources:\n  Rule: {Type: B}\n", "has a resource Rule already"),
        ("Resources:\n  A: {Type: B\n", "Fix the template first"),
        ("Resources:\n", "has no Resources"),
        ("Nothing: {}\n", "has no Resources"),
    ],
)
def test_a_template_that_cannot_take_a_block_is_refused(template: str, problem: str) -> None:
    """With the reason; nothing is guessed."""
    with pytest.raises(ScaffoldError) as raised:
        inserted(PATH, template, BLOCK)

    assert problem in str(raised.value)

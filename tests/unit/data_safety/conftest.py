"""A repository with one stack that holds data."""

from pathlib import Path
from typing import Final

import pytest

from tests.unit.contracts.compatibility.conftest import Checkout
from trunklab.findings.finding import Finding

PATH: Final = "services/books/template.yaml"

TABLE: Final = """\
  Ledger:
    Type: AWS::DynamoDB::Table
    Properties:
      TableName: ledger
      BillingMode: PAY_PER_REQUEST
      AttributeDefinitions:
        - {AttributeName: pk, AttributeType: S}
        - {AttributeName: sk, AttributeType: S}
      KeySchema:
        - {AttributeName: pk, KeyType: HASH}
        - {AttributeName: sk, KeyType: RANGE}
      TimeToLiveSpecification: {AttributeName: ends_at, Enabled: true}
"""

QUEUE: Final = """\
  Work:
    Type: AWS::SQS::Queue
    Properties: {VisibilityTimeout: 60}
"""

TEMPLATE: Final = f"Resources:\n{TABLE}{QUEUE}"
RENAMED: Final = TEMPLATE.replace("ends_at", "expires_at")


def ids(findings: list[Finding]) -> list[str]:
    """The ids of the findings."""
    return [finding.id for finding in findings]


def reason(**replaced: str) -> str:
    """The part of a template that says why logical ids are replaced."""
    entries = "".join(f"      {name}: {why}\n" for name, why in replaced.items())
    return f"Metadata:\n  Trunkline:\n    Replaces:\n{entries}"


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    """A repository with the template committed on `main`, then another commit."""
    made = Checkout(tmp_path / "checkout")
    made.root.mkdir()
    made.git("init", "--quiet", "--initial-branch=main")
    made.text(PATH, TEMPLATE)
    made.commit()
    made.commit()
    return made

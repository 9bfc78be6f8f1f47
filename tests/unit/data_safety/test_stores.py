"""Which changes of tables and queues are refused, and which are not."""

import json
from typing import Final

import pytest

from tests.unit.contracts.compatibility.conftest import Checkout
from tests.unit.data_safety.conftest import PATH, QUEUE, RENAMED, TABLE, TEMPLATE, ids, reason
from trunklab import cli, settings
from trunklab.data_safety.data_check import CHECKS, check
from trunklab.findings.finding import Level
from trunklab.templates.errors import TopologyError

TTL: Final = "TimeToLiveSpecification: {AttributeName: ends_at, Enabled: true}"

LOSING: Final = {
    "TTL attribute renamed": ("ends_at, E", "expires_at, E", "store-ttl-changed"),
    "TTL disabled": ("Enabled: true", "Enabled: false", "store-ttl-changed"),
    "TTL disabled by text": ("Enabled: true", "Enabled: 'false'", "store-ttl-changed"),
    "TTL removed": (f"      {TTL}\n", "", "store-ttl-changed"),
    "TTL enabled by a condition": (
        "Enabled: true",
        "Enabled: !If [Kept, true, false]",
        "store-ttl-changed",
    ),
    "local index added": (
        f"      {TTL}\n",
        f"      {TTL}\n      LocalSecondaryIndexes: [{{IndexName: by-size}}]\n",
        "store-indexes-changed",
    ),
    "key attribute renamed": ("Name: pk, K", "Name: id, K", "store-key-changed"),
    "type of a key attribute": (
        "sk, AttributeType: S",
        "sk, AttributeType: N",
        "store-key-changed",
    ),
    "sort key removed": (
        "        - {AttributeName: sk, KeyType: RANGE}\n",
        "",
        "store-key-changed",
    ),
    "roles of the key swapped": (
        "- {AttributeName: pk, KeyType: HASH}\n        - {AttributeName: sk, KeyType: RANGE}",
        "- {AttributeName: sk, KeyType: HASH}\n        - {AttributeName: pk, KeyType: RANGE}",
        "store-key-changed",
    ),
    "key from elsewhere": (
        (
            "KeySchema:\n        - {AttributeName: pk, KeyType: HASH}\n"
            "        - {AttributeName: sk, KeyType: RANGE}"
        ),
        "KeySchema: !ImportValue key",
        "store-key-changed",
    ),
    "table renamed": ("TableName: ledger", "TableName: book", "store-name-changed"),
    "table's name left to CloudFormation": (
        "      TableName: ledger\n",
        "",
        "store-name-changed",
    ),
    "queue made FIFO": ("VisibilityTimeout: 60", "FifoQueue: true", "store-name-changed"),
    "queue named": ("VisibilityTimeout: 60", "QueueName: work", "store-name-changed"),
    "table to global table": ("DynamoDB::Table", "DynamoDB::GlobalTable", "store-type-changed"),
    "queue to topic": ("AWS::SQS::Queue", "AWS::SNS::Topic", "store-removed"),
    "table under a condition": (
        "    Type: AWS::DynamoDB::Table",
        "    Type: AWS::DynamoDB::Table\n    Condition: Kept",
        "store-condition-changed",
    ),
    "table with another logical id": ("  Ledger:", "  Book:", "store-removed"),
    "queue with another logical id": ("  Work:", "  Jobs:", "store-removed"),
    "table removed": (TABLE, "", "store-removed"),
    "queue removed": (QUEUE, "", "store-removed"),
}
"""Text of the template, its replacement, and the id of the only finding."""

SAFE: Final = {
    "billing": ("PAY_PER_REQUEST", "PROVISIONED"),
    "time-out of the queue": ("VisibilityTimeout: 60", "VisibilityTimeout: 90"),
    "an index": (
        "        - {AttributeName: sk, AttributeType: S}\n",
        (
            "        - {AttributeName: sk, AttributeType: S}\n"
            "        - {AttributeName: day, AttributeType: S}\n"
        ),
    ),
    "order of the definitions": (
        (
            "        - {AttributeName: pk, AttributeType: S}\n"
            "        - {AttributeName: sk, AttributeType: S}\n"
        ),
        (
            "        - {AttributeName: sk, AttributeType: S}\n"
            "        - {AttributeName: pk, AttributeType: S}\n"
        ),
    ),
    "notation": (
        TTL,
        "TimeToLiveSpecification:\n        {Enabled: 'true', AttributeName: ends_at}",
    ),
    "a value moved to a parameter": (
        f"Resources:\n{TABLE}",
        "Parameters:\n  Name: {Type: String, Default: ledger}\nResources:\n"
        + TABLE.replace("TableName: ledger", "TableName: !Ref Name"),
    ),
    "a new queue": ("  Work:\n", "  More: {Type: AWS::SQS::Queue}\n  Work:\n"),
}


def test_templates_as_they_were_released_are_clean(checkout: Checkout) -> None:
    """Nothing changed, nothing is lost."""
    assert check(checkout.root, None) == []


@pytest.mark.parametrize(("old", "new", "finding"), LOSING.values(), ids=LOSING.keys())
def test_a_change_that_loses_data_is_refused(
    checkout: Checkout, old: str, new: str, finding: str
) -> None:
    """CloudFormation would replace or delete what holds data, or DynamoDB would refuse."""
    assert TEMPLATE.count(old) == 1
    checkout.text(PATH, TEMPLATE.replace(old, new))

    assert [(finding.id, finding.level) for finding in check(checkout.root, None)] == [
        (finding, Level.ERROR)
    ]


@pytest.mark.parametrize(("old", "new"), SAFE.values(), ids=SAFE.keys())
def test_a_change_that_keeps_data_is_not_refused(checkout: Checkout, old: str, new: str) -> None:
    """CloudFormation updates these in place, or nothing changes at all."""
    assert TEMPLATE.count(old) == 1
    checkout.text(PATH, TEMPLATE.replace(old, new))

    assert check(checkout.root, None) == []


def test_a_finding_names_place_old_and_new_value_base_and_remedy(checkout: Checkout) -> None:
    """On the line of the logical id."""
    checkout.git("tag", "v1", "HEAD^")
    checkout.text(PATH, RENAMED)

    (finding,) = check(checkout.root, None)

    assert str(finding) == (
        f"{PATH}:2: error[store-ttl-changed] Ledger: TTL attribute was ends_at in v1, is "
        "expires_at: DynamoDB cannot rename the attribute of an enabled TTL, and deletes items "
        "that have it -> undo the change, or say why under "
        f"Metadata: {{Trunkline: {{Replaces: {{Ledger: <reason>}}}}}} in {PATH}"
    )


def test_a_simple_table_may_become_the_table_that_sam_makes_of_it(checkout: Checkout) -> None:
    """SAM keeps the logical id; the key is a string `id` unless the template says otherwise."""
    checkout.text(PATH, "Resources:\n  Ids: {Type: AWS::Serverless::SimpleTable}\n")
    checkout.commit()
    checkout.text(
        PATH,
        "Resources:\n  Ids:\n    Type: AWS::DynamoDB::Table\n    Properties:\n"
        "      AttributeDefinitions: [{AttributeName: id, AttributeType: S}]\n"
        "      KeySchema: [{AttributeName: id, KeyType: HASH}]\n",
    )

    assert check(checkout.root, "HEAD") == []


@pytest.mark.parametrize("key", ["{Name: id, Type: Number}", "{Name: other, Type: String}"])
def test_the_key_of_a_simple_table_is_compared(checkout: Checkout, key: str) -> None:
    """A table has its key in another property."""
    simple = "Resources:\n  Ids:\n    Type: AWS::Serverless::SimpleTable\n"
    checkout.text(PATH, simple)
    checkout.commit()
    checkout.text(PATH, f"{simple}    Properties: {{PrimaryKey: {key}}}\n")

    assert ids(check(checkout.root, "HEAD")) == ["store-key-changed"]


def test_the_ttl_attribute_of_a_global_table_is_compared(checkout: Checkout) -> None:
    """It has the same properties as a table."""
    checkout.text(PATH, TEMPLATE.replace("DynamoDB::Table", "DynamoDB::GlobalTable"))
    checkout.commit()
    checkout.text(PATH, RENAMED.replace("DynamoDB::Table", "DynamoDB::GlobalTable"))

    assert ids(check(checkout.root, "HEAD")) == ["store-ttl-changed"]


@pytest.mark.parametrize(
    "template",
    [
        "Resources: [",
        "Resources: {Ledger: {}}\n",
        "no: template",
        f"Conditions: [a]\n{TEMPLATE}",
        f"Mappings: a\n{TEMPLATE}",
        TEMPLATE.replace("ends_at", "!!binary aaaa"),
    ],
)
def test_a_template_that_cannot_be_read_now_is_an_error(checkout: Checkout, template: str) -> None:
    """Nothing could be said of its data."""
    checkout.text(PATH, template)

    with pytest.raises(TopologyError, match=PATH):
        check(checkout.root, None)


def test_a_template_that_could_not_be_read_before_is_a_note(checkout: Checkout) -> None:
    """Nobody can correct what is committed, and nobody could deploy it; the others are compared."""
    checkout.text("template.yaml", TEMPLATE)
    checkout.text(PATH, "Resources: [")
    checkout.commit()
    checkout.text("template.yaml", RENAMED)
    checkout.text(PATH, TEMPLATE)

    findings = check(checkout.root, "HEAD")

    assert [(finding.id, finding.level, str(finding.path)) for finding in findings] == [
        ("old-template-unreadable", Level.NOTE, PATH),
        ("store-ttl-changed", Level.ERROR, "template.yaml"),
    ]


def test_a_removed_template_needs_a_reason_in_another_one(checkout: Checkout) -> None:
    """Its own file is gone, so any template of the repository may name its path."""
    platform = "Resources: {Bus: {Type: AWS::Events::EventBus}}\n"
    checkout.text("template.yaml", platform)
    (checkout.root / PATH).unlink()

    (finding,) = check(checkout.root, None)
    assert (finding.id, str(finding.path)) == ("stack-removed", PATH)
    assert "Ledger, Work" in finding.what

    checkout.text("template.yaml", reason(**{PATH: "nobody keeps books any more"}) + platform)
    assert check(checkout.root, None) == []


def test_a_removed_template_without_data_needs_no_reason(checkout: Checkout) -> None:
    """Nothing can be lost."""
    checkout.text("template.yaml", "Resources: {Bus: {Type: AWS::Events::EventBus}}\n")
    checkout.commit()
    checkout.text("template.yaml", "")
    (checkout.root / "template.yaml").unlink()

    assert check(checkout.root, "HEAD") == []


def test_a_new_template_needs_no_reason(checkout: Checkout) -> None:
    """It holds no data yet."""
    checkout.text("services/new/template.yaml", TEMPLATE)

    assert check(checkout.root, None) == []


def test_the_command_prints_findings_and_ends_with_one(
    checkout: Checkout, capsys: pytest.CaptureFixture[str]
) -> None:
    """As JSON too; notes alone end with zero."""
    words = ["templates", "check", "--root", str(checkout.root)]
    assert cli.main(words) == 0
    checkout.text(PATH, RENAMED)

    capsys.readouterr()
    assert cli.main([*words, "--json"]) == 1

    (finding,) = json.loads(capsys.readouterr().out)["findings"]
    assert (finding["id"], finding["path"], finding["line"]) == ("store-ttl-changed", PATH, 2)


def test_every_finding_is_in_the_catalog() -> None:
    """With its level; SARIF explains it by that."""
    made = {finding for *_, finding in LOSING.values()} | {"stack-removed", "dynamic-reference"}

    assert made == {kind.id for kind in CHECKS if kind.level is Level.ERROR}


def test_the_guide_explains_every_finding() -> None:
    """With its level, in the order of the catalog."""
    rows = "\n".join(f"| `{kind.id}` | {kind.level} | {kind.help} |" for kind in CHECKS)

    assert rows in (settings.REPOSITORY / "docs" / "first-deploy.md").read_text("utf-8")

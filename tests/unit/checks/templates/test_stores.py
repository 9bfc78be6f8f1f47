"""Which changes of tables and queues are refused, and which are not."""

import json
from typing import Final

import pytest

from tests.unit.checks.contracts.conftest import Checkout
from tests.unit.checks.templates.conftest import PATH, QUEUE, TABLE, TEMPLATE, reason
from trunklab import cli, settings
from trunklab.checks.finding import Finding, Level
from trunklab.checks.templates.catalog import CHECKS
from trunklab.checks.templates.check import check
from trunklab.topology.errors import TopologyError

TTL: Final = "TimeToLiveSpecification: {AttributeName: ends_at, Enabled: true}"
RENAMED: Final = TEMPLATE.replace("ends_at", "expires_at")

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
    "table with another logical id": ("  Ledger:", "  Book:", "store-removed"),
    "queue with another logical id": ("  Work:", "  Jobs:", "store-removed"),
    "table removed": (TABLE, "", "store-removed"),
    "queue removed": (QUEUE, "", "store-removed"),
}
"""What is written, what is written instead, and the one finding."""

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

    assert [(one.id, one.level) for one in check(checkout.root, None)] == [(finding, Level.ERROR)]


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

    (found,) = check(checkout.root, None)

    assert str(found) == (
        f"{PATH}:2: error[store-ttl-changed] Ledger: TTL attribute was ends_at in v1, is "
        "expires_at: DynamoDB cannot rename the attribute of an enabled TTL, and deletes items "
        "that have it -> undo it, or say why under "
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
    """Its property is another one than that of a table."""
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
    ("before", "after", "found"),
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
    checkout: Checkout, before: str, after: str, found: list[str]
) -> None:
    """Only what the template itself says is known."""
    declared = (
        "Parameters:\n  Known: {Type: String, Default: known}\n"
        "  Given: {Type: String}\n  Other: {Type: String}\n"
    )
    checkout.text(PATH, declared + TEMPLATE.replace("ends_at", before))
    checkout.commit()
    checkout.text(PATH, declared + TEMPLATE.replace("ends_at", after))

    assert ids(check(checkout.root, "HEAD")) == found


def test_the_default_of_a_parameter_is_part_of_what_is_compared(checkout: Checkout) -> None:
    """The table's own lines are the same before and after."""
    template = "Parameters:\n  Name: {Type: String, Default: %s}\n" + TEMPLATE.replace(
        "ends_at", "!Ref Name"
    )
    checkout.text(PATH, template % "ends_at")
    checkout.commit()
    checkout.text(PATH, template % "expires_at")

    assert ids(check(checkout.root, "HEAD")) == ["store-ttl-changed"]


def test_a_reason_allows_a_change(checkout: Checkout) -> None:
    """Also after its commit, and after the commit that follows."""
    checkout.text(PATH, reason(Ledger="no stack is deployed") + RENAMED)

    assert check(checkout.root, None) == []
    for _ in range(2):
        checkout.commit()
        assert check(checkout.root, None) == []


def test_a_reason_allows_its_own_logical_id_only(checkout: Checkout) -> None:
    """Another one that changes needs a reason too."""
    checkout.text(PATH, reason(Ledger="moved") + RENAMED.replace("  Work:", "  Jobs:"))

    assert ids(check(checkout.root, None)) == ["store-removed"]


def test_a_reason_allows_one_change_only(checkout: Checkout) -> None:
    """One that was released before does not explain what is changed now."""
    checkout.text(PATH, reason(Ledger="moved") + TEMPLATE)
    checkout.commit()
    checkout.text(PATH, reason(Ledger="moved") + RENAMED)
    assert ids(check(checkout.root, "HEAD")) == ["store-ttl-changed"]

    checkout.text(PATH, reason(Ledger="the attribute was mistyped") + RENAMED)
    assert check(checkout.root, "HEAD") == []


@pytest.mark.parametrize(
    "metadata",
    [
        reason(Ledger="''"),
        reason(Ledger="' '"),
        reason(Ledger=""),
        reason(Ledger="true"),
        reason(Ledger="[moved]"),
        "Metadata: {Trunkline: {Replaces: [Ledger]}}\n",
        "Metadata: {Trunkline: {Replaces: Ledger}}\n",
        "Metadata: {Trunkline: Ledger}\n",
        "Metadata: {Trunkline: {Replaces: }}\n",
    ],
)
def test_a_reason_that_says_nothing_is_refused(checkout: Checkout, metadata: str) -> None:
    """It must be text that somebody can read."""
    checkout.text(PATH, metadata + RENAMED)

    with pytest.raises(TopologyError, match="does not map logical ids to reasons"):
        check(checkout.root, None)


def test_metadata_of_others_is_no_reason(checkout: Checkout) -> None:
    """The console keeps its own entries there."""
    checkout.text(PATH, "Metadata: {AWS::CloudFormation::Interface: {}}\n" + RENAMED)

    assert ids(check(checkout.root, None)) == ["store-ttl-changed"]


@pytest.mark.parametrize("template", ["Resources: [", "Resources: {Ledger: {}}\n", "no: template"])
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

    found = check(checkout.root, "HEAD")

    assert [(one.id, one.level, str(one.path)) for one in found] == [
        ("old-template-unreadable", Level.NOTE, PATH),
        ("store-ttl-changed", Level.ERROR, "template.yaml"),
    ]


def test_a_removed_template_needs_a_reason_in_another_one(checkout: Checkout) -> None:
    """Its own file is gone, so any template of the repository may name its path."""
    platform = "Resources: {Bus: {Type: AWS::Events::EventBus}}\n"
    checkout.text("template.yaml", platform)
    (checkout.root / PATH).unlink()

    (found,) = check(checkout.root, None)
    assert (found.id, str(found.path)) == ("stack-removed", PATH)
    assert "Ledger, Work" in found.what

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

    (found,) = json.loads(capsys.readouterr().out)["findings"]
    assert (found["id"], found["path"], found["line"]) == ("store-ttl-changed", PATH, 2)


def test_every_finding_is_in_the_catalog() -> None:
    """With its level; SARIF explains it by that."""
    made = {finding for *_, finding in LOSING.values()} | {"stack-removed"}

    assert made == {one.id for one in CHECKS if one.level is Level.ERROR}


def test_the_guide_explains_every_finding() -> None:
    """With its level, in the order of the catalog."""
    rows = "\n".join(f"| `{one.id}` | {one.level} | {one.help} |" for one in CHECKS)

    assert rows in (settings.REPOSITORY / "docs" / "first-deploy.md").read_text("utf-8")


def ids(findings: list[Finding]) -> list[str]:
    """The ids of the findings."""
    return [one.id for one in findings]

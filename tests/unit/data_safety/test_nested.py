"""Tables and queues of nested stacks are compared by their place, not by their file."""

from typing import Final

import pytest

from tests.unit.contracts.compatibility.conftest import Checkout
from tests.unit.data_safety.conftest import PATH, QUEUE, TABLE, TEMPLATE, reason
from trunklab.data_safety.data_check import check
from trunklab.findings.finding import Level
from trunklab.templates.errors import TopologyError

NESTED: Final = "shared/stacks/data.yaml"
LOCATION: Final = "../../shared/stacks/data.yaml"

SAM: Final = (
    f"  Data:\n    Type: AWS::Serverless::Application\n    Properties: {{Location: {LOCATION}}}\n"
)
CLOUDFORMATION: Final = (
    f"  Data:\n    Type: AWS::CloudFormation::Stack\n    Properties: {{TemplateURL: {LOCATION}}}\n"
)
TABLE_ONLY: Final = f"Resources:\n{TABLE}"
QUEUE_ONLY: Final = f"Resources:\n{QUEUE}"
RENAMED: Final = TABLE_ONLY.replace("ends_at", "expires_at")


@pytest.fixture(params=[SAM, CLOUDFORMATION], ids=["SAM", "CloudFormation"])
def parent(request: pytest.FixtureRequest) -> str:
    """A template with a queue and a nested stack."""
    return f"{QUEUE_ONLY}{request.param}"


@pytest.fixture
def nesting(checkout: Checkout, parent: str) -> Checkout:
    """A repository whose table is in a nested stack."""
    checkout.text(PATH, parent)
    checkout.text(NESTED, TABLE_ONLY)
    checkout.commit()
    return checkout


def places(checkout: Checkout) -> list[tuple[str, str, int]]:
    """Id, file and line of the findings against HEAD."""
    return [
        (finding.id, str(finding.path), finding.line) for finding in check(checkout.root, "HEAD")
    ]


def test_a_table_of_a_nested_stack_is_compared(nesting: Checkout) -> None:
    """The finding is in the nested template."""
    nesting.text(NESTED, RENAMED)

    assert places(nesting) == [("store-ttl-changed", NESTED, 2)]


def test_a_table_that_moves_into_a_nested_stack_is_refused(nesting: Checkout, parent: str) -> None:
    """CloudFormation makes another one there, and deletes the first or leaves it behind."""
    nesting.text(PATH, TEMPLATE)
    nesting.commit()
    nesting.text(PATH, parent)

    assert places(nesting) == [("store-removed", PATH, 1)]


def test_a_table_that_moves_out_of_a_nested_stack_is_refused(
    nesting: Checkout, parent: str
) -> None:
    """Likewise, whether the nested stack stays or goes."""
    nesting.text(NESTED, QUEUE_ONLY)
    nesting.text(PATH, f"{parent}{TABLE}")
    assert places(nesting) == [("store-removed", NESTED, 1)]

    nesting.text(PATH, TEMPLATE)
    assert places(nesting) == [("store-removed", PATH, 1)]


def test_a_nested_stack_with_another_logical_id_is_refused(nesting: Checkout, parent: str) -> None:
    """With all that it holds; the reason stands under the logical id of the nested stack."""
    renamed = parent.replace("  Data:", "  Store:")
    nesting.text(PATH, renamed)
    (finding,) = check(nesting.root, "HEAD")
    assert finding.what.startswith(f"Data/Ledger of {PATH} ")
    assert "{Data: <reason>}" in finding.fix

    nesting.text(PATH, reason(Data="nothing is deployed") + renamed)
    assert places(nesting) == []


def test_a_reason_may_stand_in_the_nested_template(nesting: Checkout) -> None:
    """Under the logical id of the table there."""
    nesting.text(NESTED, reason(Ledger="nothing is deployed") + RENAMED)

    assert places(nesting) == []


def test_a_reason_under_the_name_of_the_table_in_the_parent_does_not_count(
    nesting: Checkout, parent: str
) -> None:
    """There it names a resource of the parent."""
    nesting.text(PATH, reason(Ledger="nothing is deployed") + parent)
    nesting.text(NESTED, RENAMED)

    assert places(nesting) == [("store-ttl-changed", NESTED, 2)]


def test_a_nested_template_in_another_file_is_the_same_stack(
    nesting: Checkout, parent: str
) -> None:
    """CloudFormation knows logical ids and no files."""
    (nesting.root / NESTED).unlink()
    nesting.text("shared/other.yaml", TABLE_ONLY)
    nesting.text(PATH, parent.replace(LOCATION, "../../shared/other.yaml"))

    assert places(nesting) == []


def test_a_nested_template_of_two_stacks_is_compared_in_both(
    nesting: Checkout, parent: str
) -> None:
    """Each of them would lose its own table."""
    nesting.text("services/more/template.yaml", parent)
    nesting.commit()
    nesting.text(NESTED, RENAMED)

    findings = check(nesting.root, "HEAD")

    assert [finding.what.partition(":")[0] for finding in findings] == [
        "Data/Ledger of services/books/template.yaml",
        "Data/Ledger of services/more/template.yaml",
    ]


def test_a_stack_within_a_nested_stack_is_compared(nesting: Checkout) -> None:
    """Locations count from the template that has them."""
    nesting.text(NESTED, "Resources:\n" + SAM.replace(LOCATION, "deep/table.yaml"))
    nesting.text("shared/stacks/deep/table.yaml", TABLE_ONLY)
    nesting.commit()
    nesting.text("shared/stacks/deep/table.yaml", RENAMED)

    assert places(nesting) == [("store-ttl-changed", "shared/stacks/deep/table.yaml", 2)]


@pytest.mark.parametrize(
    "remote",
    [
        "https://example.com/data.yaml",
        "s3://bucket/data.yaml",
        "!Sub 'https://${AWS::Region}.example.com/data.yaml'",
        "!ImportValue url",
        "{ApplicationId: a, SemanticVersion: 1.0.0}",
    ],
)
def test_a_template_from_elsewhere_holds_what_nobody_here_can_see(
    nesting: Checkout, parent: str, remote: str
) -> None:
    """Nothing is said of it, but a table must not move there unnoticed."""
    moved = parent.replace(LOCATION, remote)
    nesting.text(PATH, moved)
    assert places(nesting) == [("store-removed", PATH, 1)]

    nesting.commit()
    assert places(nesting) == []


def test_a_nested_template_that_is_not_there_is_an_error(nesting: Checkout) -> None:
    """With the path that was looked for."""
    (nesting.root / NESTED).unlink()

    with pytest.raises(TopologyError, match=f"Data is not read: {LOCATION}: cannot be read"):
        check(nesting.root, "HEAD")


@pytest.mark.parametrize("location", ["../../../data.yaml", "/data.yaml"])
def test_a_nested_template_outside_of_the_repository_is_an_error(
    nesting: Checkout, parent: str, location: str
) -> None:
    """No revision holds it."""
    nesting.text(PATH, parent.replace(LOCATION, location))

    with pytest.raises(TopologyError, match="lies outside of the repository"):
        check(nesting.root, "HEAD")


def test_a_stack_that_contains_itself_is_an_error(nesting: Checkout, parent: str) -> None:
    """It would never end."""
    nesting.text(PATH, parent.replace(LOCATION, "template.yaml"))

    with pytest.raises(TopologyError, match=r"template.yaml nests itself"):
        check(nesting.root, "HEAD")


def test_a_nested_template_that_was_not_there_before_is_a_note(
    nesting: Checkout, parent: str
) -> None:
    """What stands beside it is compared."""
    (nesting.root / NESTED).unlink()
    nesting.commit()
    nesting.text(NESTED, TABLE_ONLY)
    nesting.text(PATH, parent.replace("  Work:", "  Jobs:"))

    findings = check(nesting.root, "HEAD")

    assert [(finding.id, finding.level) for finding in findings] == [
        ("old-template-unreadable", Level.NOTE),
        ("store-removed", Level.ERROR),
    ]


PASSED: Final = (
    "  Data:\n    Type: AWS::Serverless::Application\n    Properties:\n"
    f"      Location: {LOCATION}\n"
    "      Parameters: {Attribute: ends_at, Name: one}\n"
)
WITH_PARAMETERS: Final = (
    "Parameters:\n  Attribute: {Type: String, Default: other}\n  Name: {Type: String}\n"
    + TABLE_ONLY.replace("ends_at", "!Ref Attribute").replace("ledger", "!Ref Name")
)
CHANGES: Final = [
    ("Attribute: ends_at", "Attribute: expires_at", "store-ttl-changed"),
    ("Name: one", "Name: two", "store-name-changed"),
    (
        "    Type: AWS::Serverless::Application\n",
        "    Type: AWS::Serverless::Application\n    Condition: Never\n",
        "store-condition-changed",
    ),
]


@pytest.mark.parametrize(("before", "after", "finding"), CHANGES, ids=[one[2] for one in CHANGES])
def test_what_a_parent_changes_of_a_nested_table_is_refused(
    checkout: Checkout, before: str, after: str, finding: str
) -> None:
    """The nested template stays the same; the table that it makes does not."""
    checkout.text(PATH, f"{QUEUE_ONLY}{PASSED}")
    checkout.text(NESTED, WITH_PARAMETERS)
    checkout.commit()
    changed = PASSED.replace(before, after)
    never = "Conditions: {Never: !Equals [a, b]}\n" if finding.endswith("condition-changed") else ""

    checkout.text(PATH, f"{never}{QUEUE_ONLY}{changed}")

    assert [one[0] for one in places(checkout)] == [finding]


def test_a_default_that_a_parent_overrides_changes_nothing(checkout: Checkout) -> None:
    """The parent passes the attribute."""
    checkout.text(PATH, f"{QUEUE_ONLY}{PASSED}")
    checkout.text(NESTED, WITH_PARAMETERS)
    checkout.commit()

    checkout.text(NESTED, WITH_PARAMETERS.replace("Default: other", "Default: another"))

    assert places(checkout) == []

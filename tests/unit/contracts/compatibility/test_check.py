"""A checkout against what its main branch, a revision or a folder promised."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.unit.contracts.compatibility.conftest import PACKED, Checkout
from trunklab import cli
from trunklab.contracts.compatibility.compatibility_findings import IDS
from trunklab.contracts.errors import ContractFileError, RevisionError
from trunklab.findings.finding import Level

Change = Callable[..., dict[str, Any]]


def properties(**changed: Any) -> dict[str, Any]:
    """The fields of the contract with some changed, or left out where they are None."""
    merged = PACKED["properties"] | changed
    return {name: one for name, one in merged.items() if one is not None}


def test_a_checkout_as_it_was_committed_is_clean(checkout: Checkout) -> None:
    """Nothing is said of what did not change."""
    assert checkout.check() == []


def test_words_alone_are_no_change(checkout: Checkout, change: Change) -> None:
    """Titles and descriptions promise nothing."""
    change(title="Packed", description="An order is packed.")

    assert checkout.check() == []


def test_a_finding_says_where_what_and_who(checkout: Checkout, change: Change) -> None:
    """On the line of what changed, with an example and a way out."""
    change(properties=properties(size={"enum": ["S", "M", "L"], "type": "string"}))

    (found,) = checkout.check()

    line = (checkout.root / found.path).read_text("utf-8").splitlines()[found.line - 1]
    assert '"M"' in line
    assert (found.id, found.level, found.owner) == ("value-added", Level.ERROR, "team-fleet")
    assert "FORWARD: old consumers reject new events" in found.what
    assert 'for example size = "M"' in found.what
    assert found.fix == IDS["value-added"].fix


def test_an_optional_field_added_is_a_note(checkout: Checkout, change: Change) -> None:
    """Closed producer, open consumer: nobody is broken."""
    change(properties=properties(weight={"type": "integer"}))

    (found,) = checkout.check()

    assert (found.id, found.level) == ("optional-field-added", Level.NOTE)
    assert "additive" in found.what


def test_a_policy_lets_the_other_direction_pass(checkout: Checkout, change: Change) -> None:
    """BACKWARD promises nothing to old consumers."""
    change(**{"x-compatibility": "BACKWARD"})
    checkout.commit()
    change(
        **{"x-compatibility": "BACKWARD"},
        properties=properties(size={"enum": ["S", "M", "L"], "type": "string"}),
    )

    assert [(one.id, one.level) for one in checkout.check()] == [("value-added", Level.NOTE)]


def test_a_change_cannot_lower_the_bar_for_itself(checkout: Checkout, change: Change) -> None:
    """The stricter policy of both versions counts, and weakening is a finding of its own."""
    change(
        **{"x-compatibility": "BACKWARD"},
        properties=properties(size={"enum": ["S", "M", "L"], "type": "string"}),
    )

    found = {one.id: one.level for one in checkout.check()}

    assert found == {"policy-weakened": Level.ERROR, "value-added": Level.ERROR}


def test_a_policy_that_is_no_longer_declared_is_a_finding(
    checkout: Checkout, change: Change
) -> None:
    """Also where the default is the same."""
    change(**{"x-compatibility": None})

    assert checkout.ids() == ["policy-weakened"]


@pytest.mark.parametrize(
    ("keywords", "name", "level"),
    [
        ({"x-compatibility": "FULL_TRANSITIVE"}, "policy-strengthened", Level.NOTE),
        ({"x-owner": "team-b"}, "owner-changed", Level.NOTE),
        ({"x-subject": "size"}, "subject-changed", Level.ERROR),
        ({"x-source": "fleet.garage"}, "source-changed", Level.ERROR),
        ({"x-deprecated-since": "2026-01-01"}, "lifecycle-changed", Level.NOTE),
        ({"properties": properties(name={"type": "string"})}, "personal-data-unmarked", "error"),
        (
            {"properties": properties(gift={"type": "boolean", "default": True})},
            "default-changed",
            Level.ERROR,
        ),
        ({"properties": properties(gift={"type": "boolean"})}, "default-changed", Level.ERROR),
        (
            {
                "properties": properties(
                    van_id={"type": "string", "x-personal-data": True},
                )
            },
            "personal-data-marked",
            Level.NOTE,
        ),
        (
            {"examples": [{"van_id": "v-1", "size": "S"}, {"van_id": 7, "size": "S"}]},
            "example-invalid",
            Level.ERROR,
        ),
    ],
)
def test_what_stands_beside_the_values_is_compared_too(
    checkout: Checkout, change: Change, keywords: dict[str, Any], name: str, level: str
) -> None:
    """Marks, defaults, owners, policies, examples."""
    change(**keywords)

    assert (name, level) in [(one.id, one.level) for one in checkout.check()]


def test_a_mark_that_moves_to_the_whole_value_is_not_lost(
    checkout: Checkout, change: Change
) -> None:
    """What is inside personal data is personal data."""
    place = {"type": "object", "properties": {"city": {"type": "string", "x-personal-data": True}}}
    checkout.write(PACKED | {"$defs": {"Place": place}})
    checkout.commit()
    change(properties=properties(place={"$ref": "#/$defs/Place", "x-personal-data": True}))

    assert checkout.ids() == ["personal-data-marked"]


def test_a_moved_file_is_the_same_contract(checkout: Checkout) -> None:
    """Its name is what counts."""
    checkout.remove()
    checkout.write(PACKED, folder="packing")

    assert checkout.ids() == ["contract-moved"]


def test_a_new_contract_is_a_note(checkout: Checkout) -> None:
    """Nothing was promised about it."""
    checkout.write(PACKED | {"x-detail-type": "VanSent"})

    assert [(one.id, one.level) for one in checkout.check()] == [("contract-added", Level.NOTE)]


def test_a_folder_can_be_what_was_promised(checkout: Checkout, tmp_path: Path) -> None:
    """Without any git."""
    old = shutil.copytree(checkout.root, tmp_path / "old", ignore=shutil.ignore_patterns(".git"))
    checkout.write(PACKED | {"required": ["van_id"]})
    checkout.commit()

    assert checkout.ids(str(old)) == ["field-optional"]
    assert checkout.ids() == []


def test_a_revision_can_be_what_was_promised(checkout: Checkout) -> None:
    """A tag of a release, for example."""
    checkout.git("tag", "release")
    checkout.write(PACKED | {"required": ["van_id"]})
    checkout.commit()

    assert checkout.ids("release") == ["field-optional"]


def test_a_transitive_policy_looks_at_every_committed_version(checkout: Checkout) -> None:
    """A name is used again with another type: no step breaks, the whole does."""
    document = PACKED | {"x-compatibility": "FULL_TRANSITIVE"}
    checkout.write(document)
    checkout.commit()
    without = {name: one for name, one in properties().items() if name != "gift"}
    checkout.write(document | {"properties": without})
    checkout.commit()
    checkout.write(document | {"properties": {**without, "gift": {"type": "string"}}})

    found = {one.id: one for one in checkout.check()}

    assert found.keys() == {"optional-field-added", "type-changed", "default-changed"}
    assert "against " in found["type-changed"].what


def test_a_policy_that_is_not_transitive_looks_at_the_last_version(checkout: Checkout) -> None:
    """The same change passes."""
    without = {name: one for name, one in properties().items() if name != "gift"}
    checkout.write(PACKED | {"properties": without})
    checkout.commit()
    checkout.write(PACKED | {"properties": {**without, "gift": {"type": "string"}}})

    assert checkout.ids() == ["optional-field-added"]


def test_history_that_was_no_contract_promised_nothing(checkout: Checkout) -> None:
    """A broken file that was committed once does not stand in the way for ever."""
    checkout.text("schemas/vans/VanParked.schema.json", "{")
    checkout.commit()
    checkout.write(PACKED | {"x-compatibility": "FULL_TRANSITIVE"})
    checkout.commit()

    assert checkout.check() == []


def test_a_keyword_that_is_not_understood_is_no_good_answer(
    checkout: Checkout, change: Change
) -> None:
    """Better no verdict than a wrong one."""
    change(properties=properties(size={"if": {"const": "S"}, "then": {}}))

    with pytest.raises(ContractFileError, match=r"VanParked\.schema\.json:[0-9]+: .*'if'"):
        checkout.check()


@pytest.mark.parametrize(
    ("against", "error"),
    [
        ("nowhere", RevisionError),
        ("HEAD~9", RevisionError),
        ("--output=x", RevisionError),
        (".", RevisionError),
        ("", RevisionError),
        (" ", RevisionError),
    ],
)
def test_what_cannot_be_compared_with_is_refused(
    checkout: Checkout,
    against: str,
    error: type[Exception],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    """An unknown revision, or a folder without contracts."""
    monkeypatch.chdir(tmp_path)

    with pytest.raises(error):
        checkout.check(against)


def test_a_contract_of_main_that_cannot_be_read_is_refused(checkout: Checkout) -> None:
    """It names the file."""
    checkout.text("schemas/vans/VanParked.schema.json", "{")
    checkout.commit()
    checkout.write(PACKED)

    with pytest.raises(ContractFileError, match=r"VanParked\.schema\.json:1"):
        checkout.check()


def test_the_command_ends_with_1_for_an_error(
    checkout: Checkout, change: Change, capsys: pytest.CaptureFixture[str]
) -> None:
    """And prints a finding a line, with a count."""
    change(required=["van_id"])

    assert cli.main(["schemas", "check", "--root", str(checkout.root)]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert "error[field-optional]" in lines[0]
    assert lines[-1] == "1 error"


def test_the_command_ends_with_0_for_notes(checkout: Checkout, change: Change) -> None:
    """An additive change is no fault."""
    change(properties=properties(weight={"type": "integer"}))

    assert cli.main(["schemas", "check", "--root", str(checkout.root)]) == 0


@pytest.mark.parametrize("words", [["--against", "nowhere"], ["--root", "nowhere"]])
def test_the_command_ends_with_2_for_wrong_input(
    checkout: Checkout, words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """In words, on stderr."""
    assert cli.main(["schemas", "check", "--root", str(checkout.root), *words]) == 2
    assert capsys.readouterr().err.startswith("trunkline schemas check: ")


def test_the_json_names_every_finding(
    checkout: Checkout, change: Change, capsys: pytest.CaptureFixture[str]
) -> None:
    """For scripts."""
    change(required=["van_id"])
    cli.main(["schemas", "check", "--root", str(checkout.root), "--json"])

    (found,) = json.loads(capsys.readouterr().out)["findings"]
    assert (found["id"], found["owner"]) == ("field-optional", "team-fleet")


def test_the_sarif_explains_the_finding(
    checkout: Checkout, change: Change, capsys: pytest.CaptureFixture[str]
) -> None:
    """For code review."""
    change(required=["van_id"])
    cli.main(["schemas", "check", "--root", str(checkout.root), "--sarif"])

    assert IDS["field-optional"].about in capsys.readouterr().out


def test_a_note_about_the_last_version_hides_no_break_against_an_earlier_one(
    checkout: Checkout, change: Change
) -> None:
    """The same field, the same id; only what was a finding already is not told again."""
    transitive = {"x-compatibility": "FULL_TRANSITIVE"}
    with_default, without = (
        PACKED["properties"] | {"gift": {"type": "boolean"} | default}
        for default in ({"default": False}, {})
    )
    change(**transitive, properties=with_default)
    checkout.commit()
    change(**transitive, properties=without)
    checkout.commit()
    changed = with_default | {"gift": {"type": "boolean", "default": True}}
    change(**transitive, properties=changed)

    found = [one for one in checkout.check() if one.id == "default-changed"]
    assert {one.level for one in found} == {Level.NOTE, Level.ERROR}


@pytest.mark.parametrize("keys", [{"enum": ["a", "b"]}, {"$ref": "#/$defs/Key"}])
def test_the_names_of_a_map_can_be_restricted_to_some(
    checkout: Checkout, change: Change, keys: dict[str, Any]
) -> None:
    """Whatever was a name before."""
    whole = {"type": "object", "additionalProperties": {"type": "integer"}}
    restricted = whole | {"propertyNames": keys}
    change(properties=PACKED["properties"] | {"counts": whole})
    checkout.commit()
    definitions = PACKED["$defs"] | {"Key": {"enum": ["a", "b"], "type": "string"}}
    change(properties=PACKED["properties"] | {"counts": restricted}, **{"$defs": definitions})

    assert [one.level for one in checkout.check()] == [Level.ERROR]


def test_a_branch_may_have_the_name_of_a_folder(
    checkout: Checkout, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A folder without contracts is no checkout."""
    checkout.git("branch", "schemas")
    monkeypatch.chdir(checkout.root)

    assert checkout.ids("schemas") == []


def test_a_name_that_is_too_long_for_a_path_is_refused(checkout: Checkout) -> None:
    """As every other that is neither revision nor folder."""
    with pytest.raises(RevisionError, match="neither a revision"):
        checkout.check("a" * 5_000)


def test_a_default_that_nobody_reads_may_change(checkout: Checkout, change: Change) -> None:
    """A field that is required from now on is always sent."""
    gift = PACKED["properties"] | {"gift": {"type": "boolean", "default": True}}
    change(properties=gift, required=[*PACKED["required"], "gift"])

    levels = {one.id: one.level for one in checkout.check()}
    assert levels["default-changed"] is Level.NOTE
    assert levels["field-required"] is Level.ERROR

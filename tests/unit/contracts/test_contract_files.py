"""Committed contracts are read as they stand, and refused with the place where they cannot be."""

import json
import os
from datetime import date
from pathlib import Path, PurePosixPath
from typing import Any

import pytest

from schemas.compatibility import COMPATIBILITIES, COMPATIBILITY_DEFAULT
from trunklab import settings
from trunklab.contracts.contract import DEFAULT, Contract, Policy
from trunklab.contracts.contract_files import FILE_BYTES_MAX, contract, contracts_in
from trunklab.contracts.errors import ContractFileError
from trunklab.contracts.json_line_numbers import line_of
from trunklab.schema_solver.validate import validator

EXAMPLES = settings.REPOSITORY / "tests" / "cases" / "healthy"
PATH = PurePosixPath("schemas/vans/VanParked.schema.json")

GOOD: dict[str, Any] = {
    "$id": "fleet.vans@VanParked.v2",
    "x-owner": "team-fleet",
    "x-source": "fleet.vans",
    "x-detail-type": "VanParked.v2",
    "x-subject": "van_id",
    "x-compatibility": "BACKWARD",
    "x-deprecated-since": "2027-01-31",
    "x-sunset": "2027-07-31",
    "type": "object",
    "properties": {"van_id": {"type": "string"}, "size": {"$ref": "#/$defs/Size"}},
    "required": ["van_id"],
    "examples": [{"van_id": "v-1"}],
    "$defs": {"Size": {"enum": ["S", "L"]}},
}


def text_of(**changes: Any) -> str:
    """A contract file with some keywords changed, or left out where they are None."""
    document = {key: value for key, value in (GOOD | changes).items() if value is not None}
    return json.dumps(document, indent=2)


def read(text: str) -> Contract:
    """The contract in a text."""
    return contract(PATH, text.encode())


def test_a_contract_says_who_publishes_what_and_until_when() -> None:
    """From the keywords of its file."""
    one = read(text_of())

    assert (one.name, one.event, one.major) == ("fleet.vans@VanParked.v2", "VanParked", 2)
    assert (one.owner, one.subject, one.compatibility) == (
        "team-fleet",
        "van_id",
        Policy.BACKWARD,
    )
    assert (one.deprecated_since, one.sunset) == (date(2027, 1, 31), date(2027, 7, 31))
    assert one.signed == "team-fleet, deprecated since 2027-01-31, sunset 2027-07-31"


def test_a_contract_that_promises_nothing_promises_the_default() -> None:
    """Files that were committed before there were policies."""
    assert read(text_of(**{"x-compatibility": None})).compatibility is DEFAULT


def test_the_policies_are_those_that_a_class_can_declare() -> None:
    """One list, read by both."""
    assert tuple(Policy) == COMPATIBILITIES
    assert DEFAULT == COMPATIBILITY_DEFAULT


@pytest.mark.parametrize(
    ("one", "other", "both"),
    [
        ("BACKWARD", "FORWARD", "FULL"),
        ("BACKWARD", "BACKWARD", "BACKWARD"),
        ("FULL", "BACKWARD_TRANSITIVE", "FULL_TRANSITIVE"),
        ("FORWARD_TRANSITIVE", "BACKWARD", "FULL_TRANSITIVE"),
        ("FULL_TRANSITIVE", "FULL", "FULL_TRANSITIVE"),
    ],
)
def test_of_two_policies_every_promise_counts(one: str, other: str, both: str) -> None:
    """Whichever of them is the newer one."""
    assert Policy(one).with_promises_of(Policy(other)) == Policy(both)
    assert Policy(other).with_promises_of(Policy(one)) == Policy(both)


@pytest.mark.parametrize(
    ("new", "old"), [("BACKWARD", "FULL"), ("FORWARD", "BACKWARD"), ("FULL", "FULL_TRANSITIVE")]
)
def test_a_policy_without_a_promise_of_the_other_is_weaker(new: str, old: str) -> None:
    """Also where it promises something else instead."""
    assert Policy(new).weaker_than(Policy(old))
    assert not Policy("FULL_TRANSITIVE").weaker_than(Policy(old))


def test_the_event_schema_accepts_the_example_events() -> None:
    """Every example contract, as EventBridge would deliver it."""
    contracts = contracts_in(EXAMPLES)

    assert contracts
    for one in contracts:
        assert one.event_examples
        assert all(validator(one.event_schema).is_valid(event) for event in one.event_examples)


@pytest.mark.parametrize("key", ["source", "detail-type", "detail", "id", "time"])
def test_the_event_schema_refuses_an_event_of_another_kind(key: str) -> None:
    """It is about this contract alone."""
    one = contracts_in(EXAMPLES)[0]
    event = {**one.event_examples[0], key: "another"}

    assert not validator(one.event_schema).is_valid(event)


def test_the_contracts_are_in_the_order_of_their_names(tmp_path: Path) -> None:
    """Whatever the order of their files."""
    for folder, name in (("a", "Z"), ("b", "A")):
        file = tmp_path / "schemas" / folder / f"{name}.schema.json"
        file.parent.mkdir(parents=True)
        file.write_text(text_of(**{"x-detail-type": name}), encoding="utf-8")

    assert [one.detail_type for one in contracts_in(tmp_path)] == ["A", "Z"]


def test_a_checkout_without_contracts_has_none(tmp_path: Path) -> None:
    """A new repository is no fault."""
    assert contracts_in(tmp_path) == ()


def test_two_files_of_one_contract_are_refused(tmp_path: Path) -> None:
    """Nobody could say which of them counts."""
    for folder in ("a", "b"):
        file = tmp_path / "schemas" / folder / "VanParked.v2.schema.json"
        file.parent.mkdir(parents=True)
        file.write_text(text_of(), encoding="utf-8")

    with pytest.raises(ContractFileError, match=r"schemas/b/.*also the contract in schemas/a/"):
        contracts_in(tmp_path)


def nested(levels: int) -> dict[str, Any]:
    """An array of arrays of arrays."""
    schema: dict[str, Any] = {"type": "string"}
    for _ in range(levels):
        schema = {"type": "array", "items": schema}
    return schema


def chain(length: int) -> dict[str, Any]:
    """Definitions that each refer to the next."""
    following = {f"D{n}": {"items": {"$ref": f"#/$defs/D{n + 1}"}} for n in range(length)}
    return {**following, f"D{length}": {}}


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        pytest.param("", 1, "invalid JSON", id="empty"),
        pytest.param('{\n"a": 1,\n}', 3, "invalid JSON", id="a comma too much"),
        pytest.param("[]", 1, "not a JSON object", id="a list"),
        pytest.param("null", 1, "not a JSON object", id="null"),
        pytest.param('{"a": 1, "a": 2}', 1, "key 'a' twice", id="a key twice"),
        pytest.param('{"a": NaN}', 1, "NaN", id="NaN"),
        pytest.param("[" * 100_000, 1, "nested too deeply", id="hostile nesting"),
        pytest.param('{"a": ' * 50_000, 1, "nested too deeply", id="hostile objects"),
        pytest.param(text_of(**{"x-source": None}), 1, "x-source is missing", id="no source"),
        pytest.param(
            text_of(**{"x-detail-type": None}), 1, "x-detail-type is missing", id="no type"
        ),
        pytest.param(text_of(**{"x-source": 7}), 4, "not a string", id="source is a number"),
        pytest.param(
            text_of(**{"x-compatibility": "SOME"}),
            7,
            "expected one of BACKWARD",
            id="unknown policy",
        ),
        pytest.param(text_of(**{"x-sunset": "soon"}), 9, "expected a date", id="no date"),
        pytest.param(text_of(**{"x-sunset": "2027-02-30"}), 9, "expected a date", id="no such day"),
        pytest.param(text_of(type="objekt"), 10, "not a valid JSON Schema", id="unknown type"),
        pytest.param(
            text_of(properties=[]), 11, "not a valid JSON Schema", id="properties is a list"
        ),
        pytest.param(text_of(examples=["v-1"]), 23, "not a JSON object", id="example is a text"),
        pytest.param(text_of(properties={"a": nested(200)}), None, "100 levels", id="too deep"),
        pytest.param(text_of(**{"$defs": chain(5_000)}), None, "100 levels", id="long chain"),
        pytest.param(
            text_of(**{"$defs": {"Size": {"items": {"$ref": "#/$defs/Size"}}}}),
            30,
            "recursive: Size -> Size",
            id="recursive",
        ),
        pytest.param(
            text_of(**{"$defs": {"Size": {"$ref": "#/$defs/B"}, "B": {"$ref": "#/$defs/Size"}}}),
            None,
            "recursive: Size -> B -> Size",
            id="recursive in two steps",
        ),
        pytest.param(
            text_of(**{"$defs": {}}), 16, "is not a definition", id="reference to nothing"
        ),
        pytest.param(text_of(**{"$defs": None}), 16, "is not a definition", id="no definitions"),
        pytest.param(
            text_of(properties={"a": {"$ref": "https://example.com/s"}}),
            13,
            "is not a definition below #/$defs/",
            id="reference to elsewhere",
        ),
        pytest.param(
            text_of(properties={"a": {"$ref": "#"}}),
            13,
            "is not a definition",
            id="refers to itself",
        ),
    ],
)
def test_a_file_that_is_no_contract_is_refused(text: str, line: int | None, says: str) -> None:
    """With path, line, and what to do; and with the status of wrong input."""
    with pytest.raises(ContractFileError) as caught:
        read(text)

    assert says in str(caught.value)
    assert str(caught.value).startswith(f"{PATH}:")
    assert line is None or caught.value.line == line
    assert caught.value.remedy
    assert caught.value.exit_status == 2


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"\xff\xfe", id="no UTF-8"),
        pytest.param(b" " * (FILE_BYTES_MAX + 1), id="too large"),
    ],
)
def test_bytes_that_are_no_text_are_refused(content: bytes) -> None:
    """Before anything is read into them."""
    with pytest.raises(ContractFileError):
        contract(PATH, content)


def test_many_uses_of_one_definition_are_no_nesting() -> None:
    """Definitions that each use the next one twice are measured once."""
    doubled = {
        f"D{n}": {"properties": {side: {"$ref": f"#/$defs/D{n + 1}"} for side in "ab"}}
        for n in range(25)
    }

    assert read(text_of(**{"$defs": {**doubled, "D25": {}, "Size": {}}})).owner == "team-fleet"


def test_a_folder_in_place_of_a_file_is_refused(tmp_path: Path) -> None:
    """What cannot be read is no contract that is gone."""
    (tmp_path / "schemas" / "a" / "A.schema.json").mkdir(parents=True)

    with pytest.raises(ContractFileError, match="cannot be read"):
        contracts_in(tmp_path)


@pytest.mark.parametrize(
    ("pointer", "line"),
    [
        ("", 1),
        ("#", 1),
        ("/a", 2),
        ("#/a", 2),
        ("/a/0", 3),
        ("/a/1", 4),
        ("/a/1/x~1y", 5),
        ("/a/2", 7),
        ("/b", 7),
        ("/nowhere/at/all", 1),
        ("/a/1/nowhere", 4),
    ],
)
def test_a_pointer_has_the_line_of_its_key(pointer: str, line: int) -> None:
    """What is not there has the line of what holds it."""
    text = '{\n "a": [\n  1,\n  {\n   "x/y": "\\" ] }"\n\n  }, true], "b": {}}'

    assert line_of(text, pointer) == line


def test_every_value_of_a_contract_is_found_where_it_stands() -> None:
    """Compared with the lines of the file itself."""
    one = next(one for one in contracts_in(EXAMPLES) if one.detail_type == "OrderPlaced")
    lines = one.text.splitlines()
    for pointer, word in {
        "/x-owner": "x-owner",
        "/properties/currency/enum/1": "CHF",
        "/properties/order_id/maxLength": "maxLength",
    }.items():
        assert word in lines[one.line(pointer) - 1]


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ('{\n "a": {"b": 1},\n "b": 2,\n "c": {\n  "b": 1,\n  "b": 2}\n}', 6, "'b' twice"),
        ('{\n "a": 1,\n "b": NaN\n}', 3, "NaN"),
        ('{\n "a": 1,\n "b": 1e999\n}', 3, "1e999"),
        ('{\n "a": 1,\n "b": ' + "9" * 400 + "\n}", 3, "999"),
        ('{\n "a": 1,\n "b": ' + "9" * 5_000 + "\n}", 3, "999"),
        ('{\n "a": 1,\n "\\ud800": 2\n}', 3, "ud800"),
        ('{\n "a": 1,\n "b": "\\uDC00"\n}', 3, "udc00"),
    ],
)
def test_what_readers_of_json_do_not_agree_about_is_refused_with_its_line(
    text: str, line: int, says: str
) -> None:
    """Two keys of one name, half a character, a number that no double holds."""
    with pytest.raises(ContractFileError) as caught:
        read(text)

    assert caught.value.line == line
    assert says in str(caught.value)


def test_bytes_that_are_no_text_have_a_line() -> None:
    """Whatever stands before them."""
    with pytest.raises(ContractFileError) as caught:
        contract(PATH, b'{\n "a": 1,\n "b": "\xff"\n}')

    assert caught.value.line == 3


@pytest.mark.parametrize("name", ["default", "examples", "const", "enum", "$ref"])
def test_a_recursion_through_a_field_with_the_name_of_a_keyword_is_refused(name: str) -> None:
    """What a field is called says nothing of what stands in it."""
    again = {"type": "object", "properties": {name: {"$ref": "#/$defs/Size"}}}

    with pytest.raises(ContractFileError, match="recursive"):
        read(text_of(**{"$defs": {"Size": again}}))


@pytest.mark.parametrize("keyword", ["default", "const", "examples"])
def test_a_reference_within_a_value_is_a_name_like_any_other(keyword: str) -> None:
    """Values are sent, not followed."""
    value: Any = {"$ref": "#/$defs/Nothing"}
    field = {keyword: [value] if keyword == "examples" else value}

    read(text_of(properties={"van_id": {"type": "string"}, "size": field}))


@pytest.mark.parametrize("written", ["20270731", "2027-W30-6", "2027-7-31"])
def test_a_date_is_written_in_one_way(written: str) -> None:
    """As the class exports it."""
    with pytest.raises(ContractFileError, match="expected a date like"):
        read(text_of(**{"x-sunset": written}))


@pytest.mark.timeout(20)
def test_a_pipe_in_place_of_a_file_is_refused(tmp_path: Path) -> None:
    """Nobody may ever write to it."""
    folder = tmp_path / "schemas" / "vans"
    folder.mkdir(parents=True)
    os.mkfifo(folder / "VanParked.schema.json")

    with pytest.raises(ContractFileError, match="not a regular file"):
        contracts_in(tmp_path)

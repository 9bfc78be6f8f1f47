"""Contracts are read from the files that a schema registry exports."""

import json
import shutil
from pathlib import Path
from typing import Any, Final

import pytest

from trunklab import settings
from trunklab.contracts.compatibility.contract_changes import changes
from trunklab.contracts.contract_files import contracts_in
from trunklab.contracts.errors import ContractFileError
from trunklab.contracts.exported_contracts import exported_contracts
from trunklab.errors import UsageError
from trunklab.schema_solver.validate import errors

EVENT: Final = {
    "x-amazon-events-source": "fleet.vans",
    "x-amazon-events-detail-type": "VanParked",
    "type": "object",
    "properties": {"detail": {"$ref": "#/components/schemas/VanParked"}},
}
PARKED: Final = {
    "type": "object",
    "required": ["depot"],
    "properties": {
        "depot": {"type": "string", "nullable": True},
        "since": {"$ref": "#/components/schemas/Since"},
    },
}


def openapi(parked: Any = PARKED, event: Any = EVENT) -> dict[str, Any]:
    """Returns a document of the registry."""
    since = {"type": "integer", "format": "int64", "minimum": 0, "exclusiveMinimum": True}
    return {
        "openapi": "3.0.0",
        "components": {"schemas": {"AWSEvent": event, "VanParked": parked, "Since": since}},
    }


def draft_4() -> dict[str, Any]:
    """Returns the same contract in the registry's other format."""
    moved = json.dumps(openapi()["components"]["schemas"]).replace(
        "components/schemas", "definitions"
    )
    definitions = json.loads(moved.replace('"nullable": true', '"x-null": true'))
    event = definitions.pop("AWSEvent")
    definitions["VanParked"]["properties"]["depot"] = {"type": ["string", "null"]}
    draft = "http://json-schema.org/draft-04/schema#"
    return {"$schema": draft, "id": "VanParked", **event, "definitions": definitions}


def written(folder: Path, **documents: Any) -> Path:
    """Writes files with these names and documents."""
    for name, document in documents.items():
        text = document if isinstance(document, str) else json.dumps(document, indent=1)
        (folder / f"{name}.json").write_text(text, "utf-8")
    return folder


@pytest.mark.parametrize(
    "document",
    [openapi(), draft_4(), {"SchemaName": "x", "Content": json.dumps(openapi())}],
    ids=["openapi", "draft-4", "describe-schema"],
)
def test_each_format_gives_the_same_contract(document: Any, tmp_path: Path) -> None:
    """The contract is the whole detail, in JSON Schema 2020-12."""
    (contract,) = exported_contracts(tmp_path, written(tmp_path, parked=document)).whole()

    event = {**contract.event_schema["properties"]["detail"], "$defs": contract.document["$defs"]}
    assert contract.name == "fleet.vans@VanParked"
    assert errors(event, {"depot": None, "since": 1}) == []
    assert [place for place, _ in errors(event, {"depot": 1, "since": 0})] == [
        "/depot",
        "/since",
    ]


def test_our_own_export_gives_the_same_contracts_back(tmp_path: Path) -> None:
    """Metadata, owner, subject and lifecycle come back; the envelope is ours again."""
    root = settings.REPOSITORY
    for file in root.glob("schemas/*/*.openapi.json"):
        shutil.copy(file, tmp_path)
    own = {contract.name: contract for contract in contracts_in(root)}

    found = exported_contracts(root, tmp_path).whole()

    assert [contract.name for contract in found] == list(own)
    for contract in found:
        twin = own[contract.name]
        assert changes(twin.document, contract.document) == []
        assert changes(contract.document, twin.document) == []
        assert contract.signed == twin.signed
        assert (contract.subject, contract.data_path) == (twin.subject, twin.data_path)
        assert contract.examples == twin.examples[:1]


def test_of_twins_the_contract_file_is_read(tmp_path: Path) -> None:
    """The folder of our own contracts has both files of each."""
    folder = settings.REPOSITORY / "schemas"

    found = exported_contracts(settings.REPOSITORY, folder).whole()

    assert found == contracts_in(settings.REPOSITORY)
    (tmp_path / ".git").mkdir()
    written(tmp_path / ".git", hidden="{")
    assert exported_contracts(tmp_path, written(tmp_path, seen=openapi())).errors == ()


CLOSED: Final = {"type": "object", "properties": {"a": {"$ref": "#/components/schemas/Gone"}}}
LOOP: Final = {"type": "object", "properties": {"a": {"$ref": "#/components/schemas/VanParked"}}}


@pytest.mark.parametrize(
    ("document", "said"),
    [
        ("{", "invalid JSON"),
        ("[]", "not a JSON object"),
        ("{}", "no schema in it has x-amazon-events-source"),
        ({"openapi": "3.0.0", "components": 3}, "no schema in it has x-amazon-events-source"),
        (openapi(event={**EVENT, "x-amazon-events-source": 3}), "x-source is not a string"),
        (openapi(event={**EVENT, "x-amazon-events-source": ""}), "x-source is missing"),
        (openapi(parked=CLOSED), "Gone"),
        (openapi(parked=LOOP), "recursive"),
        (openapi(parked=7), "the schema VanParked is missing or not an object"),
        (openapi(parked={"$ref": "#/components/schemas/VanParked"}), "leads to itself"),
        (openapi(parked={"type": "van"}), "is not a valid JSON Schema"),
        (openapi(parked={"properties": 3}), "is not a valid JSON Schema"),
        (openapi(parked={"allOf": 3}), "is not a valid JSON Schema"),
        (openapi(parked={"discriminator": 3, "if": {}}), "'if'"),
        ({"Content": "{"}, "invalid JSON"),
        ('{"a": 1, "a": 2}', "has the key 'a' twice"),
    ],
)
def test_an_invalid_file_is_an_error_and_hides_no_other(
    document: Any, said: str, tmp_path: Path
) -> None:
    """The error names the file and says what to do."""
    sold = openapi(event={**EVENT, "x-amazon-events-detail-type": "VanSold"})

    found = exported_contracts(tmp_path, written(tmp_path, a=document, sold=sold))

    assert [contract.detail_type for contract in found.contracts] == ["VanSold"]
    (error,) = found.errors
    assert error.path.as_posix() == "a.json"
    assert said in error.problem
    with pytest.raises(ContractFileError, match=r"a\.json:"):
        found.whole()


def test_a_second_version_of_a_contract_is_an_error(tmp_path: Path) -> None:
    """Otherwise the file's name would decide which one counts."""
    found = exported_contracts(tmp_path, written(tmp_path, a=openapi(), b=openapi()))

    assert len(found.contracts) == 1
    assert "is also the contract in a.json" in found.errors[0].problem


@pytest.mark.parametrize(("folder", "said"), [("gone", "is not a folder"), (".", "has no .json")])
def test_a_folder_without_schemas_is_wrong_usage(folder: str, said: str, tmp_path: Path) -> None:
    """A missing folder must not look like a repository without contracts."""
    with pytest.raises(UsageError, match=said):
        exported_contracts(tmp_path, tmp_path / folder)


def test_a_finding_has_the_line_in_the_exported_file(tmp_path: Path) -> None:
    """Pointers of the contract lead to the place in the document."""
    folder = written(tmp_path, parked=openapi())
    lines = (folder / "parked.json").read_text("utf-8").splitlines()

    (contract,) = exported_contracts(tmp_path, folder).whole()

    assert '"depot": {' in lines[contract.line("/properties/depot") - 1]
    assert '"minimum"' in lines[contract.line("/$defs/Since/minimum") - 1]

"""`trunkline schemas export` says what it did and exits as a script expects."""

import argparse
import json
from pathlib import Path

import pytest

from schemas import CONTRACTS
from trunklab.cli.schemas_export_command import add_arguments, run

TEMPLATE = """\
Transform: AWS::Serverless-2016-10-31
Parameters: {RegistryName: {Type: AWS::SSM::Parameter::Value<String>}}
Resources:
  Contracts:
    Type: AWS::Serverless::Application
    Properties: {Location: contracts.yaml, Parameters: {RegistryName: !Ref RegistryName}}
"""


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A folder with the templates of all producers, before the first export."""
    for source in {contract.source for contract in CONTRACTS}:
        template = tmp_path / "services" / source.rpartition(".")[2] / "template.yaml"
        template.parent.mkdir(parents=True)
        template.write_text(TEMPLATE, encoding="utf-8")
    return tmp_path


def call(checkout: Path, *options: str) -> int:
    """Run the verb on the checkout."""
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    return run(parser.parse_args(["--root", str(checkout), *options]))


def test_an_export_names_what_it_wrote(checkout: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One line a file."""
    status = call(checkout)

    lines = capsys.readouterr().out.splitlines()
    assert status == 0
    assert len(lines) == 2 * len(CONTRACTS) + len({one.source for one in CONTRACTS})
    assert "wrote schemas/orders/OrderPlaced.schema.json" in lines


def test_a_second_export_says_that_all_is_fresh(
    checkout: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing to write is good."""
    call(checkout)
    capsys.readouterr()

    assert call(checkout) == 0
    assert capsys.readouterr().out == "all generated files are fresh\n"


def test_a_check_names_stale_files_and_the_command(
    checkout: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It fails, writes nothing and says what to do."""
    status = call(checkout, "--check")

    lines = capsys.readouterr().out.splitlines()
    assert status == 1
    assert "stale: services/orders/contracts.yaml" in lines
    assert lines[-1] == "run trunkline schemas export"
    assert not (checkout / "schemas").exists()


def test_a_check_of_fresh_files_is_good(checkout: Path) -> None:
    """Exit status 0."""
    call(checkout)

    assert call(checkout, "--check") == 0


def test_the_json_of_a_check_lists_the_stale_files(
    checkout: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A removed contract's file is stale too."""
    call(checkout)
    (checkout / "schemas/orders/OrderLost.schema.json").write_text("{}", encoding="utf-8")
    capsys.readouterr()

    assert call(checkout, "--check", "--json") == 1
    assert json.loads(capsys.readouterr().out) == {
        "stale": ["schemas/orders/OrderLost.schema.json"]
    }


def test_the_json_of_an_export_tells_written_from_removed(
    checkout: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Paths are relative to the checkout."""
    call(checkout)
    (checkout / "schemas/orders/OrderLost.schema.json").write_text("{}", encoding="utf-8")
    (checkout / "schemas/orders/OrderPlaced.schema.json").unlink()
    capsys.readouterr()

    assert call(checkout, "--json") == 0
    assert json.loads(capsys.readouterr().out) == {
        "written": ["schemas/orders/OrderPlaced.schema.json"],
        "removed": ["schemas/orders/OrderLost.schema.json"],
    }

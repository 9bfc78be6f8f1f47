"""`schemas check` and `schemas impact` read current files, and report faults without Pydantic's."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final

import pytest

from shop.tests.impact.shop_checkout import copied, edit, replace
from trunklab import cli
from trunklab.settings import REPOSITORY

MODEL: Final = "schemas/orders/order_placed.py"
EXAMPLES: Final = "schemas/orders/examples.py"
EXPORTED: Final = "schemas/orders/OrderPlaced.schema.json"
AGAINST: Final = ("--against", str(REPOSITORY))

Run = Callable[..., tuple[int, str]]

compared = pytest.mark.parametrize("verb", ["check", "impact"])


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A checkout with contracts of its own."""
    return copied(tmp_path)


@pytest.fixture
def run(root: Path) -> Run:
    """Runs a verb with the classes of the checkout; returns status and output."""

    def run(verb: str, *options: str) -> tuple[int, str]:
        words = [sys.executable, "-m", "trunklab.cli", "schemas", verb, "--root", ".", *options]
        done = subprocess.run(words, cwd=root, capture_output=True, text=True, check=False)  # noqa: S603 - our own command
        return done.returncode, done.stdout + done.stderr

    return run


def rename_in_class(root: Path) -> None:
    """The field `total` becomes `sum`, in the class and in its examples."""
    replace(root, MODEL, "    total: Money", "    sum: Money")
    file = root / EXAMPLES
    file.write_text(file.read_text("utf-8").replace('"total": ', '"sum": '), "utf-8")


@compared
def test_a_class_newer_than_its_file_ends_the_comparison(root: Path, run: Run, verb: str) -> None:
    """The message names the file and the command to run."""
    rename_in_class(root)

    status, output = run(verb, *AGAINST)

    assert status == 2
    assert output.startswith(f"trunkline schemas {verb}: Stale: ")
    assert EXPORTED in output
    assert output.endswith("Run `trunkline schemas export` first.\n")


def test_files_and_classes_without_each_other_end_the_comparison(root: Path, run: Run) -> None:
    """They are not compared as an added and a removed contract."""
    (root / EXPORTED).unlink()
    lost = EXPORTED.replace("Placed", "Lost")
    (root / lost).write_text("{}", "utf-8")

    status, output = run("check", *AGAINST)

    assert (status, EXPORTED in output, lost in output) == (2, True, True)


@compared
def test_files_without_their_classes_are_compared_as_they_are(
    root: Path, capsys: pytest.CaptureFixture[str], verb: str
) -> None:
    """The classes of this command belong to another folder."""
    edit(root, EXPORTED, lambda document: document["properties"].pop("total"))

    status = cli.main(["schemas", verb, "--root", str(root), *AGAINST])

    assert status == 1
    assert "optional-field-removed" in capsys.readouterr().out


def test_a_renamed_field_is_reported_before_the_examples_that_show_it(root: Path, run: Run) -> None:
    """The change is what to correct, also where its line comes after the examples."""
    replace(root, "schemas/money.py", "    currency: Currency", "    unit: Currency")
    file = root / EXAMPLES
    file.write_text(file.read_text("utf-8").replace('"currency": ', '"unit": '), "utf-8")
    file = root / EXAMPLES.replace("orders", "payments")
    file.write_text(file.read_text("utf-8").replace('"currency": ', '"unit": '), "utf-8")
    run("export")

    status, output = run("check", *AGAINST)

    ids = [line.partition("[")[2].partition("]")[0] for line in output.splitlines()]
    assert status == 1
    assert ids[0] in {"required-field-removed", "required-field-added"}
    placed = [line for line in output.splitlines() if line.startswith(EXPORTED)]
    refused = [at for at, line in enumerate(placed) if "[example-refused]" in line]
    assert refused == list(range(len(placed)))[-len(refused) :]


BROKEN: Final[dict[str, tuple[str, str, str]]] = {
    "an example with the old name": (
        "    total: Money",
        "    sum: Money",
        "correct its example: total: Extra inputs are not permitted; sum: Field required",
    ),
    "a field without a type": ("    total: Money", "    total = 5", f"{MODEL}:"),
    "an invalid pattern": ('pattern=r"^[A-Z]{2}$"', 'pattern=r"^("', f"{MODEL}:"),
    "a type that is unknown": ("    total: Money", '    total: "Mony"', "Mony"),
    "a type that is not a model": ("    total: Money", "    total: Literal", f"{MODEL}:"),
    "a constraint of another type": ("ge=1, le=QUANTITY_MAX", "min_length=1", "lines[].quantity"),
    "a wrong keyword": ('owner="team-orders"', 'owner=""', "contract OrderPlaced: it has no owner"),
    "a type without a JSON form": (
        "    total: Money",
        "    total: complex",
        "contract OrderPlaced: total has the type complex: use str, int,",
    ),
    "an invalid default": (
        "] = None",
        '] = ""',
        "the default of Payment.card_token is invalid",
    ),
}


@pytest.mark.sampled
@pytest.mark.parametrize("broken", BROKEN)
def test_a_broken_declaration_is_reported_by_its_place(root: Path, run: Run, broken: str) -> None:
    """Without Pydantic's text, its links and a stack trace."""
    old, new, says = BROKEN[broken]
    replace(root, MODEL, old, new)

    status, output = run("export")

    assert status == 2
    assert says in output
    assert not any(raw in output for raw in ("https://", "Traceback", "validation error", "[type="))

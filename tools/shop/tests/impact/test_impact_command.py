"""`trunkline schemas impact`: what it prints, how it ends, and what it refuses."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pytest

from shop.tests.impact.shop_checkout import DECLINED, Document, before, copied, edit
from trunklab import cli
from trunklab.contracts.impact.impact_findings import ABOUT, CHECKS, FIXES
from trunklab.findings.finding import Level

Answer = tuple[int, str, str]

HANDLER: Final = "services/payments/src/payments/handler.py"


@pytest.fixture
def asked(capsys: pytest.CaptureFixture[str]) -> Callable[..., Answer]:
    """Asks for the impact of a checkout: status, output, errors."""

    def ask(root: Path, *words: str) -> Answer:
        compared = ["--against", str(before(root)), *words]  # the last --against counts
        status = cli.main(["schemas", "impact", "--root", str(root), *compared])
        output = capsys.readouterr()
        return status, output.out, output.err

    return ask


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A checkout that may be changed."""
    return copied(tmp_path)


def more_reasons(document: Document) -> None:
    """A value that no deployed model knows."""
    document["properties"]["reason"]["enum"].append("too_young")


def test_nothing_changed(root: Path, asked: Callable[..., Answer]) -> None:
    """It says so and ends well."""
    assert asked(root) == (0, "no contract changed\n", "")


def test_a_break_is_shown_with_its_event(root: Path, asked: Callable[..., Answer]) -> None:
    """As the difference from the nearest old example; who goes on is named, and it ends with 1."""
    edit(root, DECLINED, more_reasons)

    status, output, _ = asked(root)

    lines = output.splitlines()
    assert status == 1
    assert lines[0] == "shop.payments@PaymentDeclined (team-payments)"
    assert '    -      "reason": "card_refused"' in lines
    assert '    +      "reason": "too_young"' in lines
    assert lines[-1] == "2 errors"


def test_as_json_the_whole_event_is_there(root: Path, asked: Callable[..., Answer]) -> None:
    """With consumer, verdict, owner and the end of the contract's life."""
    edit(root, DECLINED, more_reasons)

    status, output, _ = asked(root, "--json")

    document: Any = json.loads(output)
    (contract,) = document["contracts"]
    tell = contract["consumers"][0]
    assert status == 1
    assert (contract["contract"], contract["owner"], contract["sunset"]) == (
        "shop.payments@PaymentDeclined",
        "team-payments",
        None,
    )
    assert (tell["consumer"], tell["verdict"]) == ("notifications.tell-customer", "breaks")
    assert tell["breaks"][0]["event"]["detail"]["data"]["reason"] == "too_young"
    assert len(document["findings"]) == 2


def test_as_sarif_every_rule_is_explained(root: Path, asked: Callable[..., Answer]) -> None:
    """For code review: the findings with their places."""
    edit(root, DECLINED, more_reasons)

    status, output, _ = asked(root, "--sarif")

    (run,) = json.loads(output)["runs"]
    assert status == 1
    assert {one["ruleId"] for one in run["results"]} == {"consumer-rejects"}


def test_a_contract_that_is_gone_is_refused_while_a_rule_names_it(
    root: Path, asked: Callable[..., Answer]
) -> None:
    """Each such rule is a finding, at the line that names it."""
    (root / DECLINED).unlink()

    status, output, _ = asked(root)

    assert status == 1
    assert output.count("contract-removed") == 2
    assert "the rule notifications.NotifyRule still names it" in output


def test_a_contract_that_nobody_names_may_go(root: Path, asked: Callable[..., Answer]) -> None:
    """The command says that it is gone."""
    (root / DECLINED).unlink()
    for service in ("notifications", "orders"):
        template = root / "services" / service / "template.yaml"
        text = template.read_text("utf-8").replace("PaymentDeclined]", "PaymentGone]")
        template.write_text(text, "utf-8")

    status, output, _ = asked(root)

    assert (status, output.splitlines()[1:3]) == (0, ["  removed", "no consumers"])


def test_against_a_revision(root: Path, asked: Callable[..., Answer]) -> None:
    """The committed state counts as deployed."""
    for words in (
        ["init", "-q", "-b", "main"],
        ["add", "."],
        ["-c", "user.name=a", "-c", "user.email=a@b", "commit", "-q", "-m", "a"],
    ):
        subprocess.run(["git", *words], cwd=root, check=True)  # noqa: S603, S607 - git of this machine
    edit(root, DECLINED, more_reasons)

    assert asked(root, "--against", "main")[0] == 1
    assert asked(root, "--against", "HEAD")[0] == 1


def folder_in_place_of_reads(root: Path) -> None:
    """Nothing can be read from it."""
    (root / "services/orders/reads.yaml").unlink()
    (root / "services/orders/reads.yaml").mkdir()


WRONG: Final[dict[str, tuple[Callable[[Path], object], str]]] = {
    "a handler with invalid Python": (
        lambda root: (root / "services/orders/src/orders/domain.py").write_text("def (:\n"),
        "services/orders/src/orders/domain.py:1",
    ),
    "recorded reads with invalid YAML": (
        lambda root: (root / "services/orders/reads.yaml").write_text("a: ["),
        "services/orders/reads.yaml: invalid YAML",
    ),
    "recorded reads that are a list": (
        lambda root: (root / "services/orders/reads.yaml").write_text("[a]"),
        "services/orders/reads.yaml: not a map from handlers to paths",
    ),
    "recorded reads that are no paths": (
        lambda root: (root / "services/orders/reads.yaml").write_text("a: [b..c]"),
        "services/orders/reads.yaml: 'a' has an invalid path",
    ),
    "recorded reads that are no text": (
        lambda root: (root / "services/orders/reads.yaml").write_bytes(b"\xff"),
        "services/orders/reads.yaml: cannot be read",
    ),
    "a folder in place of recorded reads": (
        folder_in_place_of_reads,
        "services/orders/reads.yaml: cannot be read",
    ),
    "a contract with invalid JSON": (
        lambda root: (root / "schemas/orders/OrderPlaced.schema.json").write_text("{"),
        "schemas/orders/OrderPlaced.schema.json",
    ),
    "a template with invalid YAML": (
        lambda root: (root / "services/orders/template.yaml").write_text("a: ["),
        "services/orders/template.yaml",
    ),
}


@pytest.mark.parametrize(("break_it", "place"), WRONG.values(), ids=WRONG.keys())
def test_what_cannot_be_read_is_refused_with_its_place(
    root: Path, asked: Callable[..., Answer], break_it: Callable[[Path], object], place: str
) -> None:
    """One line, status 2, never a trace."""
    edit(root, DECLINED, more_reasons)
    break_it(root)

    status, output, error = asked(root)

    assert (status, output) == (2, "")
    assert place in error
    assert error.count("\n") == 1


@pytest.mark.parametrize("against", ["no-such-revision", "schemas", "--upload-pack=x"])
def test_an_unknown_revision_is_rejected(
    root: Path, asked: Callable[..., Answer], against: str
) -> None:
    """The message says what to name instead."""
    status, output, error = asked(root, f"--against={against}")

    assert (status, output) == (2, "")
    assert "--against" in error or "revision" in error


def test_every_id_has_a_meaning_and_a_fix() -> None:
    """No finding leaves its reader alone."""
    assert ABOUT.keys() == FIXES.keys()
    assert {one.level for one in CHECKS} == {Level.ERROR}


def test_it_imports_no_test_kit_and_no_runtime() -> None:
    """The command starts without what it does not use."""
    source = (
        "import sys, trunklab.cli.schemas_impact_command;"
        "print(sorted({one.partition('.')[0] for one in sys.modules}"
        " & {'boto3', 'pytest', 'hypothesis', 'aws_lambda_powertools', 'samtranslator'}))"
    )

    found = subprocess.run(  # noqa: S603 - our own interpreter
        [sys.executable, "-c", source], capture_output=True, text=True, check=True
    )

    assert found.stdout == "[]\n"

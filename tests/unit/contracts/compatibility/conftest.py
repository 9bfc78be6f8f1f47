"""A repository of contracts that a test may change."""

import json
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final

import pytest

from trunklab.contracts.compatibility.compatibility_check import check
from trunklab.findings.finding import Finding

TODAY: Final = date(2026, 6, 1)

PACKED: Final[dict[str, Any]] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "$id": "fleet.vans@VanParked",
    "x-owner": "team-fleet",
    "x-source": "fleet.vans",
    "x-detail-type": "VanParked",
    "x-subject": "van_id",
    "x-compatibility": "FULL",
    "type": "object",
    "properties": {
        "van_id": {"type": "string"},
        "size": {"enum": ["S", "L"], "type": "string"},
        "name": {"type": "string", "x-personal-data": True},
        "gift": {"type": "boolean", "default": False},
        "place": {"$ref": "#/$defs/Place"},
    },
    "required": ["van_id", "size"],
    "examples": [{"van_id": "v-1", "size": "S"}],
    "$defs": {"Place": {"type": "object", "properties": {"city": {"type": "string"}}}},
}


@dataclass(frozen=True)
class Checkout:
    """A git repository with contracts, on `main`."""

    root: Path

    def write(self, document: dict[str, Any], folder: str = "vans") -> None:
        """Write a contract as it is exported."""
        file = self.root / "schemas" / folder / f"{document['x-detail-type']}.schema.json"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(document, indent=2), encoding="utf-8")

    def remove(self, name: str = "VanParked") -> None:
        """Delete a contract."""
        (self.root / "schemas" / "vans" / f"{name}.schema.json").unlink()

    def text(self, path: str, text: str) -> None:
        """Write any file."""
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")

    def git(self, *words: str) -> str:
        """Run git as somebody."""
        somebody = ("-c", "user.name=a", "-c", "user.email=a@example.com")
        command = ["git", "-C", str(self.root), *somebody, *words]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout  # noqa: S603 - git and words of tests

    def commit(self) -> None:
        """Commit everything that there is."""
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "-m", "change")

    def check(self, against: str | None = None, today: date = TODAY) -> list[Finding]:
        """What is found."""
        return check(self.root, against, today)

    def ids(self, against: str | None = None, today: date = TODAY) -> list[str]:
        """The ids of what is found."""
        return [finding.id for finding in self.check(against, today)]


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    """A repository with `VanParked` committed on `main`."""
    made = Checkout(tmp_path / "checkout")
    made.root.mkdir()
    made.git("init", "--quiet", "--initial-branch=main")
    made.write(PACKED)
    made.commit()
    return made


@pytest.fixture
def change(checkout: Checkout) -> Callable[..., dict[str, Any]]:
    """Write `VanParked` anew with some keywords changed, or left out where they are None."""

    def write(**keywords: Any) -> dict[str, Any]:
        merged = PACKED | keywords
        document = {key: value for key, value in merged.items() if value is not None}
        checkout.write(document)
        return document

    return write

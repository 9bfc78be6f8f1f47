"""A small repository of another domain, with contracts of every shape, and commands in it."""

import json
import shutil
import subprocess
from copy import copy
from pathlib import Path
from random import Random
from typing import Any, Final

import pytest

from trunklab import settings
from trunklab.cli import main
from trunklab.contracts.contract import Contract
from trunklab.contracts.contract_files import contracts_in
from trunklab.scaffold.checkout import Checkout

GIT_S_MAX: Final = 30.0

KINDS: Final[tuple[tuple[str, Any], ...]] = (
    ("int", 7),
    ("float", 0.5),
    ("bool", True),
    ("str | None", None),
    ("int | str", "either"),
    ('Literal["small", "large"]', "large"),
    ("Colour", "red"),
    ("Date", "2026-01-14"),
    ("tuple[int, ...]", [1, 2]),
    ("tuple[tuple[str, ...], ...]", [["a"], []]),
    ("dict[str, int]", {"doors": 4}),
    ("Part", {"sku": "A-1", "weights": [1.5], "kind": None}),
    ("tuple[Part, ...]", [{"sku": "A-1", "weights": [], "kind": "spare"}]),
    ("Part | Note", {"text": "on the roof"}),
    ("Annotated[int, Field(ge=10, lt=20, multiple_of=5)]", 15),
    ('Annotated[str, StringConstraints(pattern="^[A-Z]{2}$")]', "DE"),
)
"""Annotations of fields, each with an example."""

MODULE: Final = '''\
"""A contract made for a test."""

from enum import Enum
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from schemas.event import Event, Value
from schemas.formats import Date


class Colour(Enum):
    """Constants."""

    RED = "red"
    BLUE = "blue"


class Part(Value):
    """A nested object."""

    sku: str
    weights: tuple[float, ...] = ()
    kind: Literal["spare", "new"] | None = None


class Note(Value):
    """Another one."""

    text: str


class {name}(
    Event, source="fleet.vans", owner="team-vans", subject="van_id", examples=({example!r},)
):
    """Something was done to a van."""

    van_id: str
{fields}
'''

PARKED: Final = (
    "    place: str\n    spaces: Annotated[int, Field(ge=1, le=9)]\n    parts: tuple[Part, ...]"
)
PARKED_EXAMPLE: Final = {
    "van_id": "van-7",
    "place": "Dock 4",
    "spaces": 2,
    "parts": [{"sku": "A-1", "weights": [], "kind": "spare"}],
}

TEMPLATE: Final = """\
Resources:
  Bus: {Type: AWS::Events::EventBus, Properties: {Name: fleet}}
"""


def drawn_module(seed: int) -> tuple[str, str]:
    """Returns the name and the module of a contract with fields drawn from every kind."""
    random = Random(seed)  # noqa: S311 - examples, no secrets
    chosen = [KINDS[seed % len(KINDS)], *random.sample(KINDS, random.randint(1, 4))]
    lines = [f"    field_{at}: {annotation}" for at, (annotation, _) in enumerate(chosen)]
    example = {f"field_{at}": value for at, (_, value) in enumerate(chosen)}
    name = f"VanChanged{'ABCDEFGHIJKLMNOPQRSTUVWXYZ'[seed % 26]}{seed // 26 or ''}"
    text = MODULE.format(name=name, fields="\n".join(lines), example={"van_id": "van-7", **example})
    return name, text


class Fleet:
    """A git repository with the service `vans`, which owns VanParked and what was drawn."""

    def __init__(self, root: Path, *, seeds: range = range(0)) -> None:
        self.root = root
        self.drawn = [drawn_module(seed) for seed in seeds]
        shutil.copy2(settings.REPOSITORY / "pyproject.toml", root)
        (root / "schemas" / "vans").mkdir(parents=True)
        for path in (settings.REPOSITORY / "schemas").glob("*.py"):
            shutil.copy2(path, root / "schemas")
        for path in settings.REPOSITORY.glob("shared/stacks/*.yaml"):
            (root / "shared" / "stacks").mkdir(parents=True, exist_ok=True)
            shutil.copy2(path, root / "shared" / "stacks")
        parked = MODULE.format(name="VanParked", fields=PARKED, example=PARKED_EXAMPLE)
        modules = [("VanParked", parked), *self.drawn]
        for name, text in modules:
            (root / "schemas" / "vans" / f"{name.lower()}.py").write_text(text)
        imports = "".join(f"from schemas.vans.{n.lower()} import {n}\n" for n, _ in modules)
        listed = json.dumps(sorted(name for name, _ in modules))
        package = f'"""The events of vans."""\n\n{imports}\n__all__ = {listed}\n'
        (root / "schemas" / "vans" / "__init__.py").write_text(package)
        (root / "template.yaml").write_text(TEMPLATE)
        (root / ".gitignore").write_text("__pycache__/\n.ruff_cache/\n")
        vans = root / "services" / "vans"
        vans.mkdir(parents=True)
        nested = "{Type: AWS::Serverless::Application, Properties: {Location: contracts.yaml}}"
        (vans / "template.yaml").write_text(f"Resources:\n  Contracts: {nested}\n")
        Checkout(root).apply(export=True)
        self.git("init", "--quiet")
        self.git("add", "--all")
        self.git("-c", "user.name=a", "-c", "user.email=a@example.com", "commit", "-qm", "first")

    def git(self, *words: str) -> str:
        """Runs git in the repository."""
        return subprocess.check_output(  # noqa: S603 - words of a test
            ["git", *words],  # noqa: S607 - found by PATH, as users do
            cwd=self.root,
            text=True,
            timeout=GIT_S_MAX,
        )

    @property
    def status(self) -> str:
        """Returns what git reports as changed."""
        return self.git("status", "--short")

    def run(self, *words: str) -> int:
        """Runs a command in the repository."""
        return main([*words, "--root", str(self.root)])

    def contract(self, detail_type: str) -> Contract:
        """Returns a committed contract."""
        return next(c for c in contracts_in(self.root) if c.detail_type == detail_type)


@pytest.fixture(scope="session")
def template_of_fleet(tmp_path_factory: pytest.TempPathFactory) -> Fleet:
    """A repository to copy: the export and git take a second."""
    return Fleet(tmp_path_factory.mktemp("fleet"))


@pytest.fixture
def fleet(tmp_path: Path, template_of_fleet: Fleet) -> Fleet:
    """A repository of one service."""
    copied = copy(template_of_fleet)
    copied.root = tmp_path / "fleet"
    shutil.copytree(template_of_fleet.root, copied.root)
    return copied

"""A platform with the garage, a service whose files a test may change."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import pytest

from tests.platforms import started
from trunklab import effects, settings
from trunklab.cli import main
from trunklab.local.local_clients import client
from trunklab.local.platform import Platform
from trunklab.local.watch import Watch

GARAGE: Final = Path(__file__).parent / "garage"
WITHIN_S: Final = 120.0
POLL_S: Final = 0.1


def copied_garage(root: Path) -> Path:
    """Copies the garage with the runtime library that its package needs; returns its folder."""
    folder = root / "services" / "garage"
    shutil.copytree(GARAGE / "src", folder / "src")
    shutil.copy(GARAGE / "template.yaml", folder)
    shutil.copytree(GARAGE / "schemas", root / "schemas")
    without = shutil.ignore_patterns("__pycache__")
    shutil.copytree(
        settings.REPOSITORY / "shared/trunkline", folder / "src/trunkline", ignore=without
    )
    (folder / "src/schemas").mkdir()
    for path in (settings.REPOSITORY / "schemas").glob("*.py"):
        shutil.copy(path, folder / "src/schemas")
    shutil.copy(settings.REPOSITORY / "locks/function.txt", folder / "src/requirements.txt")
    return folder


@dataclass
class Garage:
    """The running garage: its folder, its platform, and the watch with its reports."""

    folder: Path
    platform: Platform
    reports: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        root = self.folder.parent

        def templates() -> tuple[Path, ...]:
            return tuple(sorted(root.glob("*/template.yaml")))

        self.watch = Watch(self.platform, templates, self.reports.append)
        self.tick_often()

    @property
    def code(self) -> Path:
        """The module of the handler."""
        return self.folder / "src" / "garage.py"

    @property
    def template(self) -> Path:
        """The template."""
        return self.folder / "template.yaml"

    def aws(self, service: str) -> Any:
        """Makes a client of an AWS service of the platform."""
        return client(service, self.platform.endpoint)

    def publish(self, *words: str) -> int:
        """Runs `trunkline publish VanParked`; returns the exit status."""
        root, at = str(self.folder.parents[1]), self.platform.endpoint
        return main(["publish", "VanParked", "--root", root, "--endpoint", at, *words])

    def greeting(self, van: str) -> str:
        """Returns the text that the garage has written for a van."""
        key = {"pk": {"S": f"van#{van}"}, "sk": {"S": "greeting"}}
        found = self.aws("dynamodb").get_item(TableName="garage", Key=key, ConsistentRead=True)
        return str(found["Item"]["text"]["S"])

    def tick_often(self) -> None:
        """Lets the watch look until it has handled what it sees."""
        for _ in range(3):
            self.watch.tick()

    def reported(self, words: str) -> str:
        """Lets the watch look until it reports something with these words."""
        deadline_s = effects.monotonic() + WITHIN_S
        while not (found := [one for one in self.reports if words in one]):
            assert effects.monotonic() < deadline_s, f"{words!r} is not in {self.reports}"
            self.watch.tick()
            effects.sleep(POLL_S)
        self.reports.clear()
        return found[0]

    def change(self, path: Path, old: str, new: str) -> None:
        """Replaces a part of a file, as an editor does."""
        text = path.read_text("utf-8")
        assert old in text
        path.write_text(text.replace(old, new), "utf-8")


@pytest.fixture(scope="module")
def running_garage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Garage]:
    """One platform with the garage for a module."""
    folder = copied_garage(tmp_path_factory.mktemp("fleet"))
    with started(folder / "template.yaml") as platform:
        yield Garage(folder, platform)


@pytest.fixture
def garage(running_garage: Garage) -> Iterator[Garage]:
    """The garage; the test's changes are undone after it."""
    yield running_garage
    for path in running_garage.folder.parent.glob("*"):
        if path != running_garage.folder:
            shutil.rmtree(path)
    shutil.copy(GARAGE / "template.yaml", running_garage.folder)
    shutil.copy(GARAGE / "src/garage.py", running_garage.code)
    running_garage.tick_often()
    running_garage.reports.clear()

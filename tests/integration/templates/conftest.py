"""Every service built once, by plain `sam build` in its folder, in a copy of the repository."""

import shutil
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.integration.templates import sam, uploads
from tests.integration.templates.artefact import Artefact
from tests.platforms import started
from tests.unit.service_templates.stack import SERVICES, Stack, stack
from trunklab import settings

READ_BY_BUILDS = ("services", "shared", "schemas", "locks")
LEFT_BY_OTHERS = shutil.ignore_patterns(".aws-sam", "__pycache__", "*.egg-info")


@pytest.fixture(scope="session")
def artefacts(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Artefact]:
    """Build all services; the packages by `<service>.<function>`."""
    root = tmp_path_factory.mktemp("repository with a space")
    for name in READ_BY_BUILDS:
        shutil.copytree(settings.REPOSITORY / name, root / name, ignore=LEFT_BY_OTHERS)
    (root / ".venv").symlink_to(settings.REPOSITORY / ".venv")
    with ThreadPoolExecutor() as pool:
        built = pool.map(lambda service: build(root / "services" / service), SERVICES)
        return {f"{one.service}.{one.function}": one for found in built for one in found}


@pytest.fixture(scope="session")
def zips(artefacts: dict[str, Artefact]) -> Mapping[str, bytes]:
    """Packages all services with `sam package`; the zips by `<service>.<function>`."""
    folders = {
        one.service: next(path for path in one.folder.parents if path.name == one.service)
        for one in artefacts.values()
    }
    with started() as platform:
        return uploads.package(platform, folders)


def build(folder: Path) -> Iterable[Artefact]:
    """Run `sam build` in a service's folder."""
    done = sam.run("build", folder=folder)
    assert done.returncode == 0, done.stdout
    packages = folder / ".aws-sam" / "build"
    built = stack(folder.name)
    return [
        Artefact(folder.name, name, packages / _place(built, name), function["Handler"])
        for name, function in built.functions.items()
    ]


def _place(built: Stack, name: str) -> Path:
    """Where SAM builds a function: in a folder of its nested stack, under its own id."""
    own_id = str(built.resources[name].get("Metadata", {}).get("SamResourceId", name))
    return Path(name.removesuffix(own_id)) / own_id

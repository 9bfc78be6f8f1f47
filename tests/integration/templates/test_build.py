"""Tests that plain `sam build` makes packages that run on AWS, and `sam package` uploads them."""

import io
import zipfile
from collections.abc import Mapping

import pytest

from tests.integration.templates.artefact import Artefact, is_for_aarch64, is_for_python313
from tests.integration.templates.import_walk import Package, resolve
from tests.unit.service_templates.outbox_invariants import SWEEP
from tests.unit.service_templates.stack import SERVICES, stack
from trunklab.local import environments

ONE_OF_EACH = [f"{service}.{next(iter(stack(service).functions))}" for service in SERVICES]
"""All functions of a service have the same package, see the first test."""

ZIPPED_BYTES_MAX = 5_000_000
"""What a package may grow to; Lambda takes 50 MB (Lambda quotas, direct upload)."""

NEVER_IMPORTED = {
    "aws_xray_sdk": "Powertools' own tracing provider: the runtime library brings another one",
    "rich": "pydantic's debug printing of its schemas, which nothing switches on",
}
"""What others' code imports in functions that are not called here, and is not shipped."""


@pytest.fixture(params=ONE_OF_EACH)
def artefact(request: pytest.FixtureRequest, artefacts: dict[str, Artefact]) -> Artefact:
    """Each service's package in turn."""
    return artefacts[request.param]


@pytest.mark.parametrize("service", SERVICES)
def test_all_functions_of_a_service_have_the_same_package(
    artefacts: dict[str, Artefact], service: str
) -> None:
    """Every function is built, and what holds for one package of a service holds for all."""
    packages = [one for one in artefacts.values() if one.service == service]

    assert {one.function for one in packages} == stack(service).functions.keys()
    nested = {one.function for one in packages if one.handler == SWEEP}
    assert len({one.digest() for one in packages if one.function not in nested}) == 1


def test_a_sweep_holds_the_runtime_library_only(artefacts: dict[str, Artefact]) -> None:
    """The nested function is the same for every service, and knows neither service nor contract."""
    sweeps = [one for one in artefacts.values() if one.handler == SWEEP]

    assert len(sweeps) > 1
    assert len({one.digest() for one in sweeps}) == 1
    shipped = {path.parts[0] for path in sweeps[0].files}
    assert "trunkline" in shipped
    assert not shipped & {"schemas", *SERVICES}


def test_every_handler_is_in_its_package(artefacts: dict[str, Artefact]) -> None:
    """The module that a template's Handler names is where Lambda looks for it."""
    missing = [
        one.handler
        for one in artefacts.values()
        if resolve(one.folder, one.handler.rpartition(".")[0]) is None
    ]

    assert missing == []


def test_every_compiled_module_is_for_lambda(artefact: Artefact) -> None:
    """Machine code in a package is for 64-bit ARM and CPython 3.13."""
    wrong = [
        path
        for path in artefact.compiled
        if not (is_for_aarch64(artefact.folder / path) and is_for_python313(path))
    ]

    assert wrong == []
    assert [path.parts[0] for path in artefact.compiled] == ["pydantic_core"]


@pytest.mark.sampled
def test_every_reachable_import_resolves(artefact: Artefact) -> None:
    """From the handler on, every module is in the package, in Python 3.13 or in the runtime."""
    package = Package(
        folder=artefact.folder,
        runtime=environments.find("lambda").packages,
        own=frozenset({artefact.service, "trunkline", "schemas"}),
    )

    walk = package.walk(artefact.handler.rpartition(".")[0])

    assert walk.missing == []
    assert walk.later.keys() == NEVER_IMPORTED.keys(), walk.later
    assert {"pydantic_core._pydantic_core", "trunkline.runtime", "schemas.event"} <= walk.reached


def test_a_package_holds_only_what_handlers_need(artefact: Artefact) -> None:
    """Runtime library, contracts, the service and the locked dependencies; no tests, no boto3."""
    shipped = {path.parts[0] for path in artefact.files}
    code = {name for name in shipped if not name.endswith(".dist-info")}

    assert code == {
        *("trunkline", "schemas", artefact.service),
        *("aws_lambda_powertools", "jmespath", "pydantic", "pydantic_core"),
        *("annotated_types", "typing_extensions.py", "typing_inspection"),
    }
    assert not [path for path in artefact.files if path.suffix in {".pyc", ".pth"}]
    assert not [path for path in artefact.files if path.match("schemas/**/*.json")]


def test_a_package_stays_small(artefact: Artefact) -> None:
    """A package grows by decision only: what it weighs is loaded at every cold start."""
    assert artefact.zipped_bytes() <= ZIPPED_BYTES_MAX


@pytest.mark.sampled
def test_a_zip_holds_what_its_build_folder_holds(
    artefacts: dict[str, Artefact], zips: Mapping[str, bytes]
) -> None:
    """File by file, for every function of every service and of its nested stacks."""
    assert zips.keys() == artefacts.keys()
    assert any(one.handler == SWEEP for one in artefacts.values())
    for name, artefact in artefacts.items():
        with zipfile.ZipFile(io.BytesIO(zips[name])) as archive:
            files = [one for one in archive.namelist() if not one.endswith("/")]
            zipped = {file: archive.read(file) for file in files}
        built = {path.as_posix(): (artefact.folder / path).read_bytes() for path in artefact.files}
        assert zipped.keys() == built.keys(), name
        assert [file for file in built if zipped[file] != built[file]] == [], name

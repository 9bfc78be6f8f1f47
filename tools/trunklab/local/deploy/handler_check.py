"""Checks that the handler of every deployed function can be imported from its package."""

import hashlib
import json
import os
import subprocess
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from trunklab import settings
from trunklab.errors import HandlerImportError
from trunklab.local import environments
from trunklab.local.deploy import unpacked
from trunklab.local.deploy.caches import keep_newest
from trunklab.local.deploy.package_cache import Package
from trunklab.local.deploy.prepare import Prepared
from trunklab.local.http import access_key
from trunklab.local.local_clients import client
from trunklab.local.local_limits import IMPORT_CHECK_S

_HERE: Final = Path(__file__).resolve().parent
_SCRIPTS: Final = [
    str(_HERE.parent / "functions" / "function_start.py"),
    str(_HERE / "import_check.py"),
]
_KNOWN_GOOD: Final = settings.STATE_DIRECTORY / "cache" / "imports"
_RESULTS_KEPT_MAX: Final = 1_000
_PROCESSES_AT_ONCE: Final = 2
"""Each imports boto3 and whatever else; more than cores would only wait for each other."""


@dataclass(frozen=True)
class _Check:
    template: Path
    logical_id: str
    handler: str
    environment: dict[str, str]
    package: Package

    @property
    def known_good(self) -> Path:
        """The file that stands for a good result; values of variables may change, names not."""
        runtime = environments.find("lambda").packages.parent.name
        facts = [self.package.key, self.handler, sorted(self.environment), runtime]
        return _KNOWN_GOOD / hashlib.sha256(json.dumps(facts).encode()).hexdigest()

    @property
    def process(self) -> str:
        """What checks have in common that one process can do: the same module, imported once."""
        module = self.handler.rpartition(".")[0]
        return json.dumps([self.package.key, module, self.environment], sort_keys=True)


def check(prepared: list[Prepared], endpoint: str, run_folder: Path) -> None:
    """Import what was not imported before; raise HandlerImportError for the first that fails."""
    keep_newest(_KNOWN_GOOD, _RESULTS_KEPT_MAX)
    checks = [check for one in prepared for check in _checks(one, endpoint)]
    groups: dict[str, list[_Check]] = {}
    for one in checks:
        if not one.known_good.exists():
            groups.setdefault(one.process, []).append(one)
    with ThreadPoolExecutor(_PROCESSES_AT_ONCE, "import") as pool:
        for group in pool.map(lambda group: _import(group, endpoint, run_folder), groups.values()):
            for one in group:
                one.known_good.touch()


def _checks(prepared: Prepared, endpoint: str) -> list[_Check]:
    if not prepared.packages:
        return []
    resources = client("cloudformation", endpoint).describe_stack_resources(
        StackName=prepared.stage.stack_name
    )["StackResources"]
    names = {one["LogicalResourceId"]: one["PhysicalResourceId"] for one in resources}
    functions = client("lambda", endpoint)
    found = []
    for logical_id, package in prepared.packages.items():
        if logical_id in names:  # otherwise its condition is false
            deployed = functions.get_function_configuration(FunctionName=names[logical_id])
            found.append(_describe(prepared.template.path, logical_id, deployed, package))
    return found


def _describe(template: Path, logical_id: str, deployed: Any, package: Package) -> _Check:
    variables = deployed.get("Environment", {}).get("Variables", {})
    return _Check(template, logical_id, deployed["Handler"], variables, package)


def _import(group: list[_Check], endpoint: str, run_folder: Path) -> list[_Check]:
    folder = unpacked.place(group[0].package, run_folder)
    problems = _run(group, folder, _environment(endpoint, run_folder))
    for one, problem in zip(group, problems, strict=True):
        if problem:
            place = f"function {one.logical_id}: handler {one.handler} does not import"
            raise HandlerImportError(one.template, f"{place}: {problem}")
    return group


def _run(group: list[_Check], folder: Path, environment: dict[str, str]) -> list[str | None]:
    """Return for each check what is wrong, or None."""
    python = environments.find("lambda").python
    request = {
        "folder": str(folder),
        "handlers": [one.handler for one in group],
        "environment": group[0].environment,
    }
    try:
        ran = subprocess.run(  # noqa: S603 - our own interpreter and scripts
            [str(python), "-s", "-P", *_SCRIPTS],
            input=json.dumps(request),
            capture_output=True,
            text=True,
            timeout=IMPORT_CHECK_S,
            env=environment,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return [f"it takes longer than {IMPORT_CHECK_S:.0f} s"] * len(group)
    if ran.returncode:
        return [f"the interpreter ended with status {ran.returncode}"] * len(group)
    problems: list[str | None] = json.loads(ran.stdout)
    return problems


def _environment(endpoint: str, run_folder: Path) -> dict[str, str]:
    return {
        "PATH": os.defpath,
        "HOME": str(run_folder),
        "TMPDIR": str(run_folder),
        "AWS_REGION": settings.LOCAL_REGION,
        "AWS_DEFAULT_REGION": settings.LOCAL_REGION,
        "AWS_ACCESS_KEY_ID": access_key.of(endpoint),
        "AWS_SECRET_ACCESS_KEY": settings.LOCAL_CREDENTIAL,
        "AWS_ENDPOINT_URL": endpoint,
    }

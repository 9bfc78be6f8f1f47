"""Checks that the handler of every deployed function can be imported from its package."""

import hashlib
import json
import os
import shutil
import subprocess
import tempfile
import zipfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from trunklab import settings
from trunklab.errors import HandlerImportError
from trunklab.local import environments, import_check
from trunklab.local.clients import client
from trunklab.local.limits import IMPORT_CHECK_S
from trunklab.local.package import Package
from trunklab.local.prepare import Prepared

_HERE: Final = Path(__file__).resolve().parent
_KNOWN_GOOD: Final = settings.STATE_DIRECTORY / "cache" / "imports"
_CHECKS_AT_ONCE: Final = 2
"""Each imports boto3 and whatever else; more than cores would only wait for each other."""


@dataclass(frozen=True)
class _Check:
    template: Path
    logical_id: str
    handler: str
    environment: dict[str, str]
    package: Package

    @property
    def digest(self) -> str:
        """What a good result depends on; values of variables may differ from run to run."""
        facts = [self.package.key, self.handler, sorted(self.environment)]
        return hashlib.sha256(json.dumps(facts).encode()).hexdigest()


def check(prepared: list[Prepared], endpoint: str, run_folder: Path) -> None:
    """Import what was not imported before; raise HandlerImportError for the first that fails."""
    checks = [check for one in prepared for check in _checks(one, endpoint)]
    unknown = {one.digest: one for one in checks if not (_KNOWN_GOOD / one.digest).exists()}
    if not unknown:
        return
    _KNOWN_GOOD.mkdir(parents=True, exist_ok=True)
    with ThreadPoolExecutor(_CHECKS_AT_ONCE, "import") as pool:
        for one in pool.map(lambda one: _import(one, endpoint, run_folder), unknown.values()):
            (_KNOWN_GOOD / one.digest).touch()


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


def _import(check: _Check, endpoint: str, run_folder: Path) -> _Check:
    folder = Path(tempfile.mkdtemp(prefix="import-", dir=run_folder))
    try:
        with zipfile.ZipFile(check.package.path) as archive:
            archive.extractall(folder)
        problem = _run(check, folder, endpoint, run_folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    if problem:
        place = f"function {check.logical_id}: handler {check.handler} does not import"
        raise HandlerImportError(check.template, f"{place}: {problem}")
    return check


def _run(check: _Check, folder: Path, endpoint: str, run_folder: Path) -> str | None:
    python = environments.find("lambda").python
    scripts = [str(_HERE / "function_start.py"), str(_HERE / "import_check.py")]
    request = {
        "folder": str(folder),
        "handler": check.handler,
        "environment": check.environment,
    }
    try:
        ran = subprocess.run(  # noqa: S603 - our own interpreter and scripts
            [str(python), "-s", "-P", *scripts],
            input=json.dumps(request),
            capture_output=True,
            text=True,
            timeout=IMPORT_CHECK_S,
            env=_environment(endpoint, run_folder),
            check=False,
        )
    except subprocess.TimeoutExpired:
        return f"it takes longer than {IMPORT_CHECK_S:.0f} s"
    if ran.returncode == import_check.FAULTY:
        return ran.stderr.strip().splitlines()[-1]
    return f"the interpreter ended with status {ran.returncode}" if ran.returncode else None


def _environment(endpoint: str, run_folder: Path) -> dict[str, str]:
    return {
        "PATH": os.defpath,
        "HOME": str(run_folder),
        "TMPDIR": str(run_folder),
        "AWS_REGION": settings.LOCAL_REGION,
        "AWS_DEFAULT_REGION": settings.LOCAL_REGION,
        "AWS_ACCESS_KEY_ID": settings.LOCAL_CREDENTIAL,
        "AWS_SECRET_ACCESS_KEY": settings.LOCAL_CREDENTIAL,
        "AWS_ENDPOINT_URL": endpoint,
    }

"""Checks that the handler of every deployed function can be imported from its package."""

import hashlib
import json
import os
import subprocess
from collections import defaultdict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from trunklab import settings
from trunklab.errors import HandlerImportError
from trunklab.local import environments
from trunklab.local.deploy.deployer import physical_names
from trunklab.local.deploy.package_cache import Package
from trunklab.local.deploy.prepare import Prepared
from trunklab.local.http import access_key
from trunklab.local.local_clients import client
from trunklab.local.local_limits import IMPORT_CHECK_S
from trunklab.local.state_folder import keep_newest

_HERE: Final = Path(__file__).resolve().parent
_SCRIPT: Final = _HERE / "import_check.py"
_SUCCESSES: Final = settings.STATE_DIRECTORY / "cache" / "imports"
_SUCCESSES_KEPT_MAX: Final = 1_000
_PROCESSES_AT_ONCE: Final = 2
"""Each imports boto3 and more; further processes would only wait for a core."""


@dataclass(frozen=True)
class _Check:
    template: Path
    logical_id: str
    handler: str
    environment: dict[str, str]
    package: Package

    @property
    def success(self) -> Path:
        """The file that records a success; values of variables may change, their names may not."""
        runtime = environments.find("lambda").packages.parent.name
        facts = [self.package.key, self.handler, sorted(self.environment), runtime]
        return _SUCCESSES / hashlib.sha256(json.dumps(facts).encode()).hexdigest()


def check(prepared: list[Prepared], endpoint: str, run_folder: Path) -> None:
    """Imports handlers without a known result; raises HandlerImportError for the first failure."""
    keep_newest(_SUCCESSES, _SUCCESSES_KEPT_MAX)
    groups: defaultdict[str, list[_Check]] = defaultdict(list)
    for template in prepared:
        for one in _checks(template, endpoint):
            if not one.success.exists():
                # One process imports the module of several handlers once.
                module = one.handler.rpartition(".")[0]
                shared = [one.package.key, module, one.environment]
                groups[json.dumps(shared, sort_keys=True)].append(one)
    with ThreadPoolExecutor(_PROCESSES_AT_ONCE, "import") as pool:
        results = pool.map(lambda group: _run(group, endpoint, run_folder), groups.values())
        for group, problems in zip(groups.values(), results, strict=True):
            for one, problem in zip(group, problems, strict=True):
                if problem:
                    place = f"function {one.logical_id}: handler {one.handler} does not import"
                    raise HandlerImportError(one.template, f"{place}: {problem}")
                one.success.touch()


def _checks(prepared: Prepared, endpoint: str) -> Iterator[_Check]:
    if not prepared.packages:
        return
    names = physical_names(client("cloudformation", endpoint), prepared.stage.stack_name)
    functions = client("lambda", endpoint)
    for logical_id, package in prepared.packages.items():
        if logical_id in names:  # otherwise its condition is false
            deployed = functions.get_function_configuration(FunctionName=names[logical_id])
            variables = deployed.get("Environment", {}).get("Variables", {})
            path = prepared.template.path
            yield _Check(path, logical_id, deployed["Handler"], variables, package)


def _run(group: list[_Check], endpoint: str, run_folder: Path) -> list[str | None]:
    """Returns the problem of each check, or None."""
    request = {
        "folder": str(group[0].package.unpacked_in(run_folder)),
        "handlers": [one.handler for one in group],
        "environment": group[0].environment,
    }
    environment = {
        "PATH": os.defpath,
        "HOME": str(run_folder),
        "TMPDIR": str(run_folder),
        "AWS_REGION": settings.LOCAL_REGION,
        "AWS_DEFAULT_REGION": settings.LOCAL_REGION,
        "AWS_ACCESS_KEY_ID": access_key.of(endpoint),
        "AWS_SECRET_ACCESS_KEY": settings.LOCAL_CREDENTIAL,
        "AWS_ENDPOINT_URL": endpoint,
    }
    try:
        ran = subprocess.run(  # noqa: S603 - our own interpreter and script
            [environments.find("lambda").python, "-s", "-P", _SCRIPT],
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

"""A function sees what it would see in AWS, and nothing of the machine or the emulator."""

import json
from collections.abc import Callable
from typing import Any

import pytest

Aws = Callable[[str], Any]

IN_AWS = ("boto3", "botocore", "probe", "json")
NOT_IN_AWS = (
    *("ministack", "hypercorn", "yaml", "pytest", "pip", "setuptools", "aiohttp"),
    *("trunklab", "schemas", "function_start", "_worker", "child"),
)


@pytest.fixture(scope="module")
def seen(aws: Aws) -> dict[str, Any]:
    """What a function says of its surroundings."""
    request = json.dumps({"modules": [*IN_AWS, *NOT_IN_AWS]})
    answer = aws("lambda").invoke(FunctionName="probe-imports-local", Payload=request)
    found: dict[str, Any] = json.loads(answer["Payload"].read())
    return found


@pytest.mark.parametrize("module", IN_AWS)
def test_a_function_imports_its_own_package_and_boto3(seen: dict[str, Any], module: str) -> None:
    """What the runtime of Lambda has is there."""
    assert seen["found"][module]


@pytest.mark.parametrize("module", NOT_IN_AWS)
def test_a_function_imports_nothing_else(seen: dict[str, Any], module: str) -> None:
    """A missing dependency fails here already, not only in AWS."""
    assert not seen["found"][module]


def test_the_environment_holds_only_what_lambda_and_the_template_set(seen: dict[str, Any]) -> None:
    """Nothing of the user's environment or the emulator's settings comes through."""
    on_aws = {"PATH", "PWD", "PYTHONPATH", "SHLVL", "TZ", "LANG", "LC_CTYPE", "_HANDLER"}
    own = {"HOME", "TMPDIR", "BUS", "REGISTRY"}
    allowed = on_aws | own | {"LAMBDA_TASK_ROOT", "LAMBDA_RUNTIME_DIR"}
    prefixes = ("AWS_", "_AWS_XRAY_DAEMON_", "_X_AMZN_")

    foreign = {n for n in seen["environment"] if n not in allowed and not n.startswith(prefixes)}

    assert foreign == set()
    assert seen["environment"]["BUS"] == "probe-local"


def test_the_function_s_folder_holds_its_package_and_cannot_be_written(
    seen: dict[str, Any],
) -> None:
    """As /var/task in AWS; how the package came there is not to be seen."""
    assert seen["package"] == ["__pycache__", "probe.py"]
    assert seen["path"][0] == seen["directory"] == seen["environment"]["LAMBDA_TASK_ROOT"]
    assert seen["mode"] & 0o222 == 0


def test_home_and_temporary_files_lie_in_the_run_s_own_folder(seen: dict[str, Any]) -> None:
    """What functions leave behind goes with the run, and no user's configuration is read."""
    folders = {seen["environment"][name].rpartition("/")[0] for name in ("HOME", "TMPDIR")}

    assert len(folders) == 1
    assert "/.trunkline/run/" in f"{folders.pop()}/"


def test_what_a_function_writes_to_standard_output_is_never_taken_for_its_answer(aws: Aws) -> None:
    """Neither a raw write nor a child process can forge an answer or shift the next one."""
    answers = [
        json.loads(aws("lambda").invoke(FunctionName="probe-noisy-local")["Payload"].read())
        for _ in range(2)
    ]

    assert answers == [{"answer": "true"}] * 2

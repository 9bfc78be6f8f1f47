"""The environment variables of a function."""

from dataclasses import dataclass
from pathlib import Path

from trunklab import settings
from trunklab.local.delivery.steps import JsonObject


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Settings shared by all functions of a run."""

    folder: Path
    """Private to the run."""
    endpoint: str
    access_key: str
    collector: str
    """Address of the trace collector; empty without one."""
    kernel_answers: bool
    """True if connections are admitted by their user."""


def environment_of(
    function: JsonObject, own: Surroundings, folder: Path, layers: list[Path], stream: str
) -> dict[str, str]:
    """Returns exactly the variables of a function on Lambda [recorded], with our addresses."""
    memory = str(function["MemorySize"])
    path = [str(layer / "python") for layer in layers]
    region, name = settings.LOCAL_REGION, function["FunctionName"]
    home = own.folder / "home"
    logging_config = function.get("LoggingConfig") or {}
    json_logs = logging_config.get("LogFormat") == "JSON"
    traced = {
        "AWS_XRAY_DAEMON_ADDRESS": own.collector,
        "_AWS_XRAY_DAEMON_ADDRESS": own.collector.rpartition(":")[0],
        "_AWS_XRAY_DAEMON_PORT": own.collector.rpartition(":")[2],
        "AWS_XRAY_CONTEXT_MISSING": "LOG_ERROR",
    }
    return {
        "AWS_ACCESS_KEY_ID": own.access_key,
        "AWS_SECRET_ACCESS_KEY": settings.LOCAL_CREDENTIAL,
        "AWS_SESSION_TOKEN": settings.LOCAL_CREDENTIAL,
        "AWS_REGION": region,
        "AWS_DEFAULT_REGION": region,
        "AWS_ENDPOINT_URL": own.endpoint,
        "AWS_DISABLE_HOST_PREFIX_INJECTION": "true",
        "AWS_EXECUTION_ENV": f"AWS_Lambda_{function['Runtime']}",
        "AWS_LAMBDA_FUNCTION_NAME": name,
        "AWS_LAMBDA_FUNCTION_VERSION": function["Version"],
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": memory,
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "AWS_LAMBDA_LOG_GROUP_NAME": log_group_of(function),
        "AWS_LAMBDA_LOG_STREAM_NAME": stream,
        **({"AWS_LAMBDA_LOG_FORMAT": "JSON"} if json_logs else {}),
        **(traced if own.collector else {}),
        "HOME": str(home),
        "LANG": "en_US.UTF-8",
        "LC_CTYPE": "C.UTF-8",
        "LAMBDA_RUNTIME_DIR": "/var/runtime",
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "PWD": str(folder),
        "SHLVL": "0",
        "TMPDIR": str(own.folder / "tmp"),
        "TZ": ":UTC",
        **(function.get("Environment") or {}).get("Variables", {}),
        "_HANDLER": function["Handler"],
        "LAMBDA_TASK_ROOT": str(folder),
        "PYTHONPATH": ":".join([str(folder), *path]),
    }


def log_group_of(function: JsonObject) -> str:
    """Returns the log group of a function."""
    group: str = (function.get("LoggingConfig") or {}).get("LogGroup", "")
    return group or f"/aws/lambda/{function['FunctionName']}"

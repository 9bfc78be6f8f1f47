"""Takes the addresses that the platform listens at, before it begins to answer there."""

import http.client
import json
import os
import socket
from typing import Any, Final

from trunklab.errors import PortTakenError, UsageError
from trunklab.local.http import access_key
from trunklab.local.local_limits import OWNER_S, PORT_MAX, STATUS_S

LOOPBACK: Final = "127.0.0.1"
_STATUS_PATH: Final = "/_trunkline/status"


def take(port: int) -> socket.socket:
    """Bind a port of 127.0.0.1, any free one for 0; raise PortTakenError saying by what."""
    if not 0 <= port <= PORT_MAX:
        raise UsageError(
            f"port {port} is outside 0..{PORT_MAX}: choose another with --port"
            " (each HTTP API takes the next one after the endpoint's)"
        )
    taken = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    if os.name == "posix":
        # So that a platform can start right after another has ended at the same port.
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        taken.bind((LOOPBACK, port))
    except OSError as error:
        taken.close()
        raise PortTakenError(port, _owner(port)) from error
    return taken


def address(taken: socket.socket) -> str:
    """Return the URL of a bound socket."""
    return f"http://{LOOPBACK}:{port(taken)}"


def port(taken: socket.socket) -> int:
    """Return the port of a bound socket."""
    number: int = taken.getsockname()[1]
    return number


def ask_status(host: str, number: int, timeout_s: float = STATUS_S) -> dict[str, Any] | None:
    """Return what a platform at an address says of itself, or None when none answers."""
    connection = http.client.HTTPConnection(host, number, timeout=timeout_s)
    authorization = f"Credential={access_key.of(f'http://{host}:{number}')}/"
    try:
        connection.request("GET", _STATUS_PATH, headers={"Authorization": authorization})
        answer = json.loads(connection.getresponse().read())
    except (OSError, ValueError, http.client.HTTPException):
        return None
    finally:
        connection.close()
    return answer if isinstance(answer, dict) and "pid" in answer else None


def _owner(number: int) -> str:
    status = ask_status(LOOPBACK, number, OWNER_S)
    if status:
        return f"a Trunkline platform (process {status['pid']}; `trunkline down` stops it)"
    return "another program"

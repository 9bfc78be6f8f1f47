"""Sockets that are bound before the platform answers at them, and requests for its status."""

import http.client
import json
import os
import socket
from typing import Any, Final

from trunklab.errors import PortTakenError, UsageError
from trunklab.local.http import access_key
from trunklab.local.local_limits import OWNER_S, PORT_MAX, STATUS_S

LOOPBACK: Final = "127.0.0.1"
STATUS_PATH: Final = "/_trunkline/status"


def take(port: int) -> socket.socket:
    """Returns a socket bound to a port of 127.0.0.1, to any free one for 0.

    Raises UsageError for an invalid port, PortTakenError if another process listens there.
    """
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
    """Returns the URL of a bound socket."""
    return f"http://{LOOPBACK}:{port(taken)}"


def port(taken: socket.socket) -> int:
    """Returns the port of a bound socket."""
    number: int = taken.getsockname()[1]
    return number


def ask_status(host: str, number: int, timeout_s: float = STATUS_S) -> dict[str, Any] | None:
    """Returns the status of the platform at an address, or None if none answers."""
    connection = http.client.HTTPConnection(host, number, timeout=timeout_s)
    authorization = f"Credential={access_key.of(f'http://{host}:{number}')}/"
    try:
        connection.request("GET", STATUS_PATH, headers={"Authorization": authorization})
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

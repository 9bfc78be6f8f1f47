"""Another user of the machine who tries one way to be served at a port; prints what came back.

Started as a script, as root: `python stranger.py <way> <port> <method> <path>`. It becomes the
other user itself, because that user may not even be able to read the interpreter.
"""

import contextlib
import json
import os
import socket
import sys

NOBODY = 65_534
AT_ONCE = 200
WITHIN_S = 10.0


def main() -> None:
    """Goes one way."""
    way, port, method, path = sys.argv[1:]
    request = f"{method} {path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n".encode()
    os.setgroups([])
    os.setgid(NOBODY)
    os.setuid(NOBODY)
    print(json.dumps(WAYS[way](int(port), request)))  # noqa: T201 - the only output


def opens(port: int, _request: bytes) -> list[str]:
    """Connects, and waits to be told something."""
    with _connected(port) as connection:
        return [_received(connection)]


def sends_and_closes(port: int, request: bytes) -> list[str]:
    """Is gone before anybody can look whose the connection is."""
    for _ in range(AT_ONCE):
        with _connected(port) as connection, contextlib.suppress(ConnectionError):
            connection.sendall(request)
    return []


def many_at_once(port: int, request: bytes) -> list[str]:
    """Has some of its connections slip through, perhaps."""
    with contextlib.ExitStack() as opened:
        connections = [opened.enter_context(_connected(port)) for _ in range(AT_ONCE)]
        return [_asked(connection, request) for connection in connections]


def keeps_alive(port: int, request: bytes) -> list[str]:
    """Asks again where it was refused."""
    with _connected(port) as connection:
        return [_asked(connection, request) for _ in range(3)]


WAYS = {way.__name__: way for way in (opens, sends_and_closes, many_at_once, keeps_alive)}


def _connected(port: int) -> socket.socket:
    connection = socket.socket()  # create_connection would import a codec
    connection.settimeout(WITHIN_S)
    connection.connect(("127.0.0.1", port))
    return connection


def _asked(connection: socket.socket, request: bytes) -> str:
    with contextlib.suppress(ConnectionError):
        connection.sendall(request)
    return _received(connection)


def _received(connection: socket.socket) -> str:
    try:
        return connection.recv(4_096).decode()
    except ConnectionError:
        return ""


if __name__ == "__main__":
    main()

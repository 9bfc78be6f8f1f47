"""Looks at the processes of this machine: which belong to a platform, and where they listen."""

import socket
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

PROC = Path("/proc")
_LISTENING = "0A"


@dataclass(frozen=True)
class Listener:
    """A socket that accepts connections or datagrams from outside its process."""

    address: str
    port: int
    is_tcp: bool


def group(leader: int) -> set[int]:
    """Return the living processes of a group (a zombie only waits for its parent)."""
    found = set()
    for pid, fields in _processes():
        state, group_id = fields[0], int(fields[2])
        if group_id == leader and state != "Z":
            found.add(pid)
    return found


_UNCONNECTED: Final = "07"
"""Of a UDP socket: it takes datagrams from anybody. A connected one takes its peer's alone."""

_TABLES: Final = (
    ("tcp", _LISTENING),
    ("tcp6", _LISTENING),
    ("udp", _UNCONNECTED),
    ("udp6", _UNCONNECTED),
)


def tree(root: int) -> set[int]:
    """Return a process and all that descend from it."""
    parents = {pid: int(fields[1]) for pid, fields in _processes()}
    found = {root}
    while more := {pid for pid, parent in parents.items() if parent in found} - found:
        found |= more
    return found


def living(pids: set[int]) -> set[int]:
    """Return those that live (a zombie only waits for its parent)."""
    return {pid for pid, fields in _processes() if pid in pids and fields[0] != "Z"}


def listeners(pids: set[int]) -> set[Listener]:
    """Return where these processes accept TCP connections or UDP datagrams."""
    inodes = {inode for pid in pids for inode in _socket_inodes(pid)}
    return {
        Listener(_address(local), int(local.rpartition(":")[2], 16), table.startswith("tcp"))
        for table, wanted in _TABLES
        for local, state, inode in _sockets(PROC / "net" / table)
        if inode in inodes and state == wanted
    }


def _processes() -> Iterator[tuple[int, list[str]]]:
    for folder in PROC.iterdir():
        if folder.name.isdigit():
            try:
                stat = (folder / "stat").read_text("utf-8")
            except (FileNotFoundError, ProcessLookupError):
                continue
            yield int(folder.name), stat.rpartition(")")[2].split()


def _socket_inodes(pid: int) -> Iterator[str]:
    try:
        links = [str(entry.readlink()) for entry in (PROC / str(pid) / "fd").iterdir()]
    except (FileNotFoundError, ProcessLookupError):
        return
    yield from (link[8:-1] for link in links if link.startswith("socket:["))


def _sockets(table: Path) -> Iterator[tuple[str, str, str]]:
    for line in table.read_text("utf-8").splitlines()[1:]:
        fields = line.split()
        yield fields[1], fields[3], fields[9]


def _address(local: str) -> str:
    packed = bytes.fromhex(local.partition(":")[0])
    words = b"".join(packed[n : n + 4][::-1] for n in range(0, len(packed), 4))
    return socket.inet_ntop(socket.AF_INET if len(words) == 4 else socket.AF_INET6, words)

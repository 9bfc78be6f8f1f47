"""Keeps what the collector received, in the run's folder, and finds traces in it.

Receiving must cost next to nothing: the functions' platform runs in the same process, and what is
not taken off the socket in time is lost. So documents are appended as they come, to one of a few
files of bounded size, and read only when somebody asks.
"""

import json
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from trunklab.local.local_limits import TRACE_FILE_BYTES_MAX, TRACE_FILES_MAX

_SUFFIX: Final = ".jsonl"
_FLAGS: Final = ("fault", "error", "throttle")


@dataclass(frozen=True)
class Entry:
    """One document: which trace it belongs to, when, what it can be found by, and where it lies."""

    trace_id: str
    start: float
    end: float
    annotations: tuple[tuple[str, str], ...]
    flags: frozenset[str]
    at: int
    size: int


@dataclass
class _File:
    """Documents in the order in which they came; `entries` are those of `read` bytes."""

    path: Path
    written: int = 0
    read: int = 0
    entries: list[Entry] = field(default_factory=list)
    reading: threading.Lock = field(default_factory=threading.Lock)

    def append(self, line: bytes) -> None:
        with self.path.open("ab") as file:
            file.write(line)
        self.written += len(line)

    def indexed(self) -> list[Entry]:
        with self.reading:
            if self.read < self.written:
                with self.path.open("rb") as file:
                    file.seek(self.read)
                    for line in file.read(self.written - self.read).splitlines(keepends=True):
                        self.entries += _entry(line, self.read)
                        self.read += len(line)
            return list(self.entries)

    def documents(self, entries: Iterable[Entry]) -> Iterator[dict[str, Any]]:
        with self.path.open("rb") as file:
            for entry in entries:
                file.seek(entry.at)
                yield json.loads(file.read(entry.size))


class TraceStore:
    """Documents of X-Ray's format; the oldest go when TRACE_FILES_MAX files are full."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._folder.mkdir()
        self._files: deque[_File] = deque()
        self._number = 0
        self._lock = threading.Lock()

    def add(self, document: bytes) -> None:
        """Keep one document as it came; what is no JSON is passed over when it is read."""
        line = document.replace(b"\n", b" ") + b"\n"
        with self._lock:
            if not self._files or self._files[-1].written + len(line) > TRACE_FILE_BYTES_MAX:
                self._begin_file()
            self._files[-1].append(line)

    def entries(self) -> list[Entry]:
        """Return what is known of every document that is kept."""
        return [entry for file in self._kept() for entry in self._read(file, _File.indexed)]

    def documents(self, trace_id: str) -> list[dict[str, Any]]:
        """Return the documents of one trace in the order in which they came."""

        def of_trace(file: _File) -> list[dict[str, Any]]:
            return list(file.documents(one for one in file.indexed() if one.trace_id == trace_id))

        return [document for file in self._kept() for document in self._read(file, of_trace)]

    def _begin_file(self) -> None:
        self._number += 1
        self._files.append(_File(self._folder / f"{self._number:06d}{_SUFFIX}"))
        if len(self._files) > TRACE_FILES_MAX:
            self._files.popleft().path.unlink()

    def _kept(self) -> list[_File]:
        with self._lock:
            return list(self._files)

    @staticmethod
    def _read(file: _File, how: Callable[[_File], list[Any]]) -> list[Any]:
        try:
            return how(file)
        except FileNotFoundError:
            return []  # it was the oldest, and has just gone


def _entry(line: bytes, at: int) -> list[Entry]:
    try:
        document = json.loads(line)
        start = float(document["start_time"])
        parts = list(_parts(document))
        entry = Entry(
            trace_id=str(document["trace_id"]),
            start=start,
            end=float(document.get("end_time", start)),
            annotations=tuple(
                (str(name), str(value))
                for part in parts
                for name, value in (part.get("annotations") or {}).items()
            ),
            flags=frozenset(name for part in parts for name in _FLAGS if part.get(name)),
            at=at,
            size=len(line),
        )
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return []
    return [entry]


def _parts(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield document
    for part in document.get("subsegments") or ():
        yield from _parts(part)

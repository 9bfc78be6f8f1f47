"""Orders of a JSON-lines file, and the lines that are not valid orders."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import IO, Final, NoReturn

from trunklab.errors import UsageError

LINE_BYTES_MAX: Final = 1024 * 1024
"""Bytes of one line."""

LINES_MAX: Final = 100_000
"""Lines read of one file, blank ones included."""

FILE_BYTES_MAX: Final = 256 * 1024 * 1024
"""Bytes read of one file: all orders are held in memory."""

_NOT_READ: Final = (
    f"and all lines after it are not read: the limits are {LINES_MAX} lines "
    f"and {FILE_BYTES_MAX // 1024**2} MiB"
)
_BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"


class OrdersFileError(UsageError):
    """The file of orders cannot be read, or contains no order."""

    def __init__(self, path: Path, problem: str) -> None:
        advice = "give a file with one order per line (--orders FILE)"
        super().__init__(f"{path} cannot be used: {problem}; {advice}")


@dataclass(frozen=True)
class OrderLine:
    """An order to place: the line as it is in the file, so that the API validates it."""

    number: int
    body: bytes


@dataclass(frozen=True)
class BrokenLine:
    """A line that is not a JSON object, and the reason."""

    number: int
    problem: str


@dataclass(frozen=True)
class OrdersFile:
    """The lines of a file that are not blank."""

    orders: tuple[OrderLine, ...]
    broken: tuple[BrokenLine, ...]


def read_orders(path: Path) -> OrdersFile:
    """Returns the orders of a file; raises OrdersFileError if it is unreadable or has no order."""
    try:
        with path.open("rb") as stream:
            lines = tuple(_lines(stream))
    except OSError as error:
        raise OrdersFileError(path, error.strerror or str(error)) from error
    orders = tuple(line for line in lines if isinstance(line, OrderLine))
    broken = tuple(line for line in lines if isinstance(line, BrokenLine))
    if not orders:
        first = f" (line {broken[0].number} {broken[0].problem})" if broken else ""
        raise OrdersFileError(path, f"it contains no order{first}" if first else "it is empty")
    return OrdersFile(orders, broken)


def _lines(stream: IO[bytes]) -> Iterator[OrderLine | BrokenLine]:
    """Yields the lines that are not blank, until the file or a limit ends."""
    bytes_left = FILE_BYTES_MAX
    for number in count(1):
        if number > LINES_MAX or bytes_left <= 0:
            if stream.read(1):
                yield BrokenLine(number, _NOT_READ)
            return
        line = stream.readline(LINE_BYTES_MAX + 1)
        if not line:
            return
        bytes_left -= len(line)
        if len(line) > LINE_BYTES_MAX and not line.endswith(b"\n"):
            while bytes_left > 0 and line and not line.endswith(b"\n"):
                line = stream.readline(LINE_BYTES_MAX)
                bytes_left -= len(line)
            yield BrokenLine(number, f"is longer than {LINE_BYTES_MAX // 1024**2} MiB")
        elif body := (line.removeprefix(_BYTE_ORDER_MARK) if number == 1 else line).strip():
            problem = _problem(body)
            yield BrokenLine(number, problem) if problem else OrderLine(number, body)


def _problem(body: bytes) -> str | None:
    try:
        order = json.loads(body.decode(), parse_constant=_refuse)
    except UnicodeDecodeError as error:
        return f"is not UTF-8 (byte {error.start + 1})"
    except json.JSONDecodeError as error:
        return f"is not JSON: {error.msg.removesuffix(' at')} at column {error.colno}"
    except RecursionError:
        return "is not valid JSON: nested too deeply"
    except ValueError as error:
        return f"is not valid JSON: {error}"
    return None if isinstance(order, dict) else "is not an order: must be a JSON object"


def _refuse(constant: str) -> NoReturn:
    message = f"{constant} is not a JSON value"
    raise ValueError(message)

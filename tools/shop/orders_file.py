"""Which lines of a file are orders that can be sent, and what is wrong with the others."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import IO, Final, NoReturn

from shop.errors import OrdersFileError

LINE_BYTES_MAX: Final = 1024 * 1024
"""Bytes of one line."""

LINES_MAX: Final = 100_000
"""Lines read of one file, blank ones included."""

FILE_BYTES_MAX: Final = 256 * 1024 * 1024
"""Bytes read of one file: all orders are held in memory."""

_NOT_READ: Final = (
    f"is not read, nor any after it: at most {LINES_MAX} lines "
    f"and {FILE_BYTES_MAX // 1024**2} MiB are"
)
_BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"


@dataclass(frozen=True)
class OrderLine:
    """One order to place: the line as it stands in the file, so that the API judges it."""

    number: int
    body: bytes


@dataclass(frozen=True)
class BrokenLine:
    """One line that is no order at all, and why."""

    number: int
    problem: str


@dataclass(frozen=True)
class OrdersFile:
    """The lines of a file that were not blank."""

    orders: tuple[OrderLine, ...]
    broken: tuple[BrokenLine, ...]


def read_orders(path: Path) -> OrdersFile:
    """Read the orders of a JSON-lines file.

    Raises OrdersFileError when the file cannot be read or holds no order at all.
    """
    try:
        with path.open("rb") as stream:
            lines = tuple(_lines(stream))
    except OSError as error:
        raise OrdersFileError(path, error.strerror or str(error)) from error
    orders = tuple(line for line in lines if isinstance(line, OrderLine))
    broken = tuple(line for line in lines if isinstance(line, BrokenLine))
    if not orders:
        raise OrdersFileError(path, _no_order_in(broken))
    return OrdersFile(orders, broken)


def _no_order_in(broken: tuple[BrokenLine, ...]) -> str:
    if not broken:
        return "it is empty"
    first = broken[0]
    return f"no line of it is an order (line {first.number} {first.problem})"


def _lines(stream: IO[bytes]) -> Iterator[OrderLine | BrokenLine]:
    """Sort out line after line until the file or a bound ends it; blank ones are passed over."""
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
            bytes_left -= _skip_rest(stream, bytes_left)
            yield BrokenLine(number, f"is longer than {LINE_BYTES_MAX // 1024**2} MiB")
        else:
            yield from _sorted_out(number, line)


def _skip_rest(stream: IO[bytes], bytes_max: int) -> int:
    """Read on to the end of a line, or as far as allowed; return how much that was."""
    skipped = 0
    while skipped < bytes_max:
        piece = stream.readline(LINE_BYTES_MAX)
        skipped += len(piece)
        if not piece or piece.endswith(b"\n"):
            break
    return skipped


def _sorted_out(number: int, line: bytes) -> Iterator[OrderLine | BrokenLine]:
    body = (line.removeprefix(_BYTE_ORDER_MARK) if number == 1 else line).strip()
    if body:
        problem = _problem(body)
        yield OrderLine(number, body) if problem is None else BrokenLine(number, problem)


def _problem(body: bytes) -> str | None:
    try:
        order = json.loads(body.decode(), parse_constant=_refuse)
    except UnicodeDecodeError as error:
        return f"is not UTF-8 (byte {error.start + 1})"
    except json.JSONDecodeError as error:
        return f"is not JSON: {error.msg.removesuffix(' at')} at column {error.colno}"
    except RecursionError:
        return "is not JSON that can be read: nested too deeply"
    except ValueError as error:
        return f"is not JSON that can be read: {error}"
    if isinstance(order, dict):
        return None
    return "is no order: must be a JSON object"


def _refuse(constant: str) -> NoReturn:
    message = f"{constant} is no JSON value"
    raise ValueError(message)

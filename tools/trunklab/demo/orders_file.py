"""Which lines of a file are orders that can be sent, and what is wrong with the others."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final, NoReturn

from trunklab.demo.errors import OrdersFileError

LINE_BYTES_MAX: Final = 1024 * 1024
"""Bytes of one line."""

LINES_MAX: Final = 100_000
"""Lines read of one file, blank ones included."""

FILE_BYTES_MAX: Final = 256 * 1024 * 1024
"""Bytes read of one file: all orders are held in memory."""

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
            lines = tuple(_sorted_out(_numbered(stream)))
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


def _numbered(stream: IO[bytes]) -> Iterator[tuple[int, bytes | None]]:
    """Give each line with its number; one that is too long comes as None."""
    number = 0
    while line := stream.readline(LINE_BYTES_MAX + 1):
        number += 1
        too_long = len(line) > LINE_BYTES_MAX and not line.endswith(b"\n")
        yield number, None if too_long else line
        while too_long and not line.endswith(b"\n") and line:
            line = stream.readline(LINE_BYTES_MAX)


def _sorted_out(
    numbered: Iterable[tuple[int, bytes | None]],
) -> Iterator[OrderLine | BrokenLine]:
    bytes_read = 0
    for number, line in numbered:
        bytes_read += LINE_BYTES_MAX if line is None else len(line)
        if number > LINES_MAX or bytes_read > FILE_BYTES_MAX:
            bounds = f"{LINES_MAX} lines and {FILE_BYTES_MAX // 1024**2} MiB"
            yield BrokenLine(number, f"not read, nor any line after it: at most {bounds} are")
            return
        if line is None:
            yield BrokenLine(number, f"is longer than {LINE_BYTES_MAX // 1024**2} MiB")
            continue
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

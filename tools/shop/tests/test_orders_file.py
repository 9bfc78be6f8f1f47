"""Tests which lines of a file are taken as orders."""

from pathlib import Path

import pytest

from shop import orders_file
from shop.orders_file import LINE_BYTES_MAX, BrokenLine, OrderLine, OrdersFileError, read_orders

GOOD = b'{"a": 1}'

BROKEN = [
    (b'{"a": 1', "is not JSON: Expecting ',' delimiter at column 8"),
    (b"{'a': 1}", "is not JSON: Expecting property name enclosed in double quotes at column 2"),
    (b'{"a": "b', "is not JSON: Unterminated string starting at column 7"),
    (b"order", "is not JSON: Expecting value at column 1"),
    (b'{"a": 1} {"a": 2}', "is not JSON: Extra data at column 10"),
    (b'{"a": NaN}', "is not valid JSON: NaN is not a JSON value"),
    (b"[" * 100_000, "is not valid JSON: nested too deeply"),
    (b"[1, 2]", "is not an order: must be a JSON object"),
    (b'"order"', "is not an order: must be a JSON object"),
    (b"null", "is not an order: must be a JSON object"),
    (b'{"name": "\xff"}', "is not UTF-8 (byte 11)"),
    ('{"a": 1}'.encode("utf-16"), "is not UTF-8 (byte 1)"),
]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Give the path of a file that is not there yet."""
    return tmp_path / "orders.jsonl"


@pytest.mark.parametrize(("line", "problem"), BROKEN, ids=[problem for _, problem in BROKEN])
def test_a_broken_line_is_named_and_the_rest_goes_on(path: Path, line: bytes, problem: str) -> None:
    """A line that is not a JSON object is never sent; all others are."""
    path.write_bytes(b"\n".join([GOOD, line, GOOD]))

    found = read_orders(path)

    assert found.broken == (BrokenLine(2, problem),)
    assert found.orders == (OrderLine(1, GOOD), OrderLine(3, GOOD))


def test_blank_lines_and_foreign_line_ends_do_not_matter(path: Path) -> None:
    """A file may come from Windows, with a byte order mark, and end in empty lines."""
    path.write_bytes(b"\xef\xbb\xbf" + GOOD + b"\r\n\r\n  \n" + GOOD + b"\n\n")

    assert read_orders(path).orders == (OrderLine(1, GOOD), OrderLine(4, GOOD))


def test_a_line_above_the_bound_is_broken(path: Path) -> None:
    """One endless line must not fill the memory; the line after it is read."""
    path.write_bytes(b'{"a": "' + b"x" * 3 * LINE_BYTES_MAX + b'"}\n' + GOOD)

    found = read_orders(path)

    assert found.broken == (BrokenLine(1, "is longer than 1 MiB"),)
    assert found.orders == (OrderLine(2, GOOD),)


def test_a_line_of_just_the_bound_is_an_order(path: Path) -> None:
    """The bound itself is allowed, with and without a line end."""
    line = b'{"a": "' + b"x" * (LINE_BYTES_MAX - 9) + b'"}'
    path.write_bytes(line + b"\n" + line)

    assert [order.number for order in read_orders(path).orders] == [1, 2]


def test_a_line_that_never_ends_is_left_at_the_bound(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A device that never ends is read up to the limit."""
    monkeypatch.setattr(orders_file, "FILE_BYTES_MAX", 3 * LINE_BYTES_MAX)
    path.write_bytes(GOOD + b"\n" + b"x" * 9 * LINE_BYTES_MAX)

    found = read_orders(path)

    assert [line.number for line in found.broken] == [2, 3]
    assert "not read" in found.broken[1].problem


def test_lines_above_the_bound_are_not_read(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that goes on for ever ends in a message that says so."""
    monkeypatch.setattr(orders_file, "LINES_MAX", 2)
    path.write_bytes(b"\n".join([GOOD] * 5))

    found = read_orders(path)

    assert len(found.orders) == 2
    assert found.broken[0].number == 3
    assert "not read" in found.broken[0].problem


@pytest.mark.parametrize("content", [b"", b"\n\n  \n", b"\xef\xbb\xbf", b"no order\n[]\n"])
def test_a_file_without_any_order_is_refused(path: Path, content: bytes) -> None:
    """The user learns it before a platform is started."""
    path.write_bytes(content)

    with pytest.raises(OrdersFileError, match=r"orders\.jsonl"):
        read_orders(path)


@pytest.mark.parametrize(("name", "problem"), [("none", "No such file"), (".", "directory")])
def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path, name: str, problem: str) -> None:
    """The message names the file and what the system says."""
    with pytest.raises(OrdersFileError, match=problem):
        read_orders(tmp_path / name)


def test_the_sample_has_what_a_demo_must_show() -> None:
    """Enough orders, and one line that is broken."""
    sample = read_orders(Path(orders_file.__file__).with_name("orders.jsonl"))

    assert len(sample.orders) >= 60
    assert len(sample.broken) == 1

"""Tests that machine code for another machine or another Python is told from ours."""

from pathlib import Path

import pytest

from tests.integration.templates.artefact import is_for_aarch64, is_for_python313


def elf(*, machine: int, bits: int = 2, order: int = 1) -> bytes:
    """The first bytes of an ELF file."""
    return b"\x7fELF" + bytes([bits, order]) + bytes(10) + bytes([3, 0, machine, 0])


@pytest.mark.parametrize(
    ("content", "fits"),
    [
        (elf(machine=183), True),
        (elf(machine=62), False),  # x86-64
        (elf(machine=40, bits=1), False),  # 32-bit ARM
        (elf(machine=183, order=2), False),  # big-endian
        (b"\xcf\xfa\xed\xfe" + bytes(16), False),  # Mach-O
        (b"", False),
    ],
)
def test_the_machine_is_read_from_the_header(tmp_path: Path, content: bytes, *, fits: bool) -> None:
    """What a file is called says nothing about what runs it."""
    path = tmp_path / "core.cpython-313-aarch64-linux-gnu.so"
    path.write_bytes(content)

    assert is_for_aarch64(path) is fits


@pytest.mark.parametrize(
    ("name", "fits"),
    [
        ("core.cpython-313-aarch64-linux-gnu.so", True),
        ("core.abi3.so", True),
        ("core.cpython-311-aarch64-linux-gnu.so", False),
        ("core.cpython-313t-aarch64-linux-gnu.so", False),
        ("core.so", False),
        ("core.cp313-win_arm64.pyd", False),
    ],
)
def test_the_python_is_read_from_the_name(name: str, *, fits: bool) -> None:
    """CPython loads an extension by the tag in its name."""
    assert is_for_python313(Path(name)) is fits

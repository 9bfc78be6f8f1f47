"""IP addresses, compared by value."""

import re
import socket
from dataclasses import dataclass
from typing import Final

from trunklab.patterns.errors import InvalidPatternError

_V6: Final = re.compile(r"[0-9a-fA-F:]*:[0-9a-fA-F:]*")
_V6_CHARACTERS_MAX: Final = 39
# Plain integers, as an enum takes longer to pass on.
_FAMILY_4: Final = int(socket.AF_INET)
_FAMILY_6: Final = int(socket.AF_INET6)
_MASK: Final = re.compile(r"[+-]?[0-9]{1,9}")


@dataclass(frozen=True, slots=True)
class Address:
    """An address: its length in bits and its value."""

    bits: int
    value: int


def address(text: str) -> Address | None:
    """Returns the address, or None if the text is not an address."""
    if len(text) > _V6_CHARACTERS_MAX:
        return None
    if "." in text:
        family = _FAMILY_4
    elif _V6.fullmatch(text):
        family = _FAMILY_6
    else:
        return None
    try:
        packed = socket.inet_pton(family, text)
    except (OSError, ValueError):  # not an address, or not encodable
        return None
    return Address(len(packed) * 8, int.from_bytes(packed))


def network(text: str) -> tuple[Address, Address]:
    """Returns the first and last address of a CIDR; raises InvalidPatternError with AWS's text."""
    parts = text.rstrip("/").split("/")
    if len(parts) != 2:  # noqa: PLR2004 - address and mask
        raise InvalidPatternError("Malformed CIDR, one '/' required")
    if not _MASK.fullmatch(parts[1]):
        raise InvalidPatternError("Malformed CIDR, mask bits must be an integer")
    mask = int(parts[1])
    if mask < 0:
        raise InvalidPatternError("Malformed CIDR, mask bits must not be negative")
    first = address(parts[0])
    if first is None:
        raise InvalidPatternError(f"Nonstandard IP address: {parts[0]}")
    if mask >= first.bits:
        version = 4 if first.bits == 32 else 6  # noqa: PLR2004 - bits of a version 4 address
        raise InvalidPatternError(f"IPv{version} mask bits must be < {first.bits}")
    host = (1 << (first.bits - mask)) - 1
    return Address(first.bits, first.value & ~host), Address(first.bits, first.value | host)

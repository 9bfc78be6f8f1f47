"""The formats of JSON Schema as expressions: wide ones that hold every valid text, and narrow ones.

What a wide expression rules out is proved impossible; what a narrow one offers is tried by the
validator. A format that is not listed is not restricted here: the validator alone judges it.
"""

from collections.abc import Mapping
from typing import Final

_DATE: Final = r"[0-9]{4}-(0[1-9]|1[0-2])-"
_TIME: Final = r"([01][0-9]|2[0-3]):[0-5][0-9]:"
_OFFSET: Final = r"([Zz]|[+-]([01][0-9]|2[0-3]):[0-5][0-9])"
_PLAIN_OFFSET: Final = r"(Z|[+-](0[0-9]|1[0-9]|2[0-3]):[0-5][0-9])"
_DAY_OF_ALL: Final = r"(0[1-9]|1[0-9]|2[0-8])"
_DAY_OF_SOME: Final = r"(0[1-9]|[12][0-9]|3[01])"
_OCTET: Final = r"(25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"
_HEX: Final = r"[0-9A-Fa-f]"
_LABEL: Final = r"[A-Za-z0-9]([A-Za-z0-9-]{0,20}[A-Za-z0-9])?"

_UUID: Final = rf"^{_HEX}{{8}}-{_HEX}{{4}}-{_HEX}{{4}}-{_HEX}{{4}}-{_HEX}{{12}}$"
_IPV4: Final = rf"^{_OCTET}(\.{_OCTET}){{3}}$"

_PLAIN_EMAIL: Final = rf"^[A-Za-z0-9_+-]{{1,20}}(\.[A-Za-z0-9_+-]{{1,20}})*@{_LABEL}(\.{_LABEL})*$"
_PLAIN_URI: Final = rf"^[a-z][a-z0-9+.-]*:(//{_LABEL}(\.{_LABEL})*)?(/[A-Za-z0-9._~-]+)*/?$"
_NAMES: Final = r"^[a-z]{1,20}(\.[a-z]{1,20})*$"
_PATH: Final = r"^(/[a-z]{1,20})+$"

WIDE: Final[Mapping[str, str]] = {
    "uuid": _UUID,
    "ipv4": _IPV4,
    "ipv6": r"^[0-9A-Fa-f:.]{2,45}$",
    "date": rf"^{_DATE}{_DAY_OF_SOME}$",
    "time": rf"^{_TIME}([0-5][0-9]|60)(\.[0-9]+)?{_OFFSET}$",
    "date-time": rf"^{_DATE}{_DAY_OF_SOME}[Tt]{_TIME}([0-5][0-9]|60)(\.[0-9]+)?{_OFFSET}$",
    "duration": r"^P[0-9A-Z.,]+$",
    "email": r"^[\s\S]+@[\s\S]+$",
    "uri": r"^[A-Za-z][A-Za-z0-9+.-]*:[!-~]*$",
}
"""Every valid text of the format is in it; more may be."""

NARROW: Final[Mapping[str, str]] = {
    "uuid": _UUID,
    "ipv4": _IPV4,
    "ipv6": r"^[1-9a-f][0-9a-f]{0,3}(:[1-9a-f][0-9a-f]{0,3}){7}$",
    "date": rf"^{_DATE}{_DAY_OF_ALL}$",
    "time": rf"^{_TIME}[0-5][0-9](\.[0-9]{{1,6}})?{_PLAIN_OFFSET}$",
    "date-time": rf"^{_DATE}{_DAY_OF_ALL}T{_TIME}[0-5][0-9](\.[0-9]{{1,6}})?{_PLAIN_OFFSET}$",
    "duration": r"^P([0-9]{1,6}D|T[0-9]{1,6}[HMS])$",
    "email": _PLAIN_EMAIL,
    "idn-email": _PLAIN_EMAIL,
    "iri": _PLAIN_URI,
    "uri": _PLAIN_URI,
    "hostname": _NAMES,
    "idn-hostname": _NAMES,
    "json-pointer": _PATH,
    "uri-reference": _PATH,
    "iri-reference": _PATH,
    "relative-json-pointer": r"^[1-9]$",
    "regex": _NAMES,
    "uri-template": _PATH,
}
"""Plain texts of the format, nearly all of them valid."""

"""Date, time and UUID types of an event: strings in JSON, in one exact format each."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from operator import methodcaller
from typing import Annotated, Any, Final, TypeAlias
from uuid import UUID

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema
from pydantic_core.core_schema import (
    no_info_plain_validator_function,
    plain_serializer_function_ser_schema,
)


@dataclass(frozen=True)
class StringFormat:
    """A Python type that is a string in JSON; schema and model accept the same strings."""

    name: str
    """The `format` of JSON Schema."""

    pattern: str
    """Restricts the format to values that the Python type and all validators support."""

    python_type: type
    parse: Callable[[str], Any]
    show: Callable[[Any], str]
    sample: str

    def validate(self, value: object) -> Any:
        """Returns the Python value of a string or a Python value; raises ValueError."""
        text = self.show(value) if isinstance(value, self.python_type) else value
        # A Python value is formatted first, so that a time without a time zone is refused too.
        if not isinstance(text, str) or not re.fullmatch(self.pattern, text):
            raise ValueError(f"must be a {self.name} like {self.sample}")
        return self.parse(text)

    def __get_pydantic_core_schema__(
        self, _source: object, _handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        shown = plain_serializer_function_ser_schema(self.show)
        return no_info_plain_validator_function(self.validate, serialization=shown)

    def __get_pydantic_json_schema__(
        self, _schema: CoreSchema, _handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        return {"type": "string", "format": self.name, "pattern": self.pattern}


# Python has no year 0.
_DAY: Final = (
    "([1-9][0-9]{3}|0[1-9][0-9]{2}|00[1-9][0-9]|000[1-9])-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])"
)
_TIME: Final = "([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]"
# Python keeps microseconds, so further digits would be lost.
_FRACTION: Final = r"(\.[0-9]{1,6})?"
_OFFSET: Final = "(Z|[+-]([01][0-9]|2[0-3]):[0-5][0-9])"
_HEX: Final = "[0-9A-Fa-f]"

_ISO: Final = methodcaller("isoformat")
_DATE: Final = StringFormat("date", f"^{_DAY}$", date, date.fromisoformat, _ISO, "2027-01-31")
_DATE_TIME: Final = StringFormat(
    "date-time",
    f"^{_DAY}T{_TIME}{_FRACTION}{_OFFSET}$",
    datetime,
    datetime.fromisoformat,
    _ISO,
    "2027-01-31T09:30:00Z",
)
_UUID: Final = StringFormat(
    "uuid",
    f"^{_HEX}{{8}}(-{_HEX}{{4}}){{3}}-{_HEX}{{12}}$",
    UUID,
    UUID,
    str,
    "0190b6a0-0000-7000-8000-000000000001",
)

Date: TypeAlias = Annotated[date, _DATE]
"""A calendar date, `2027-01-31`."""

DateTime: TypeAlias = Annotated[datetime, _DATE_TIME]
"""A moment with its time zone, `2027-01-31T09:30:00Z`; at most microseconds."""

Uuid: TypeAlias = Annotated[UUID, _UUID]
"""A UUID with hyphens."""

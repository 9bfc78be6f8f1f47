"""Base classes of event contracts, and the checks of their declaration."""

import re
from collections.abc import Iterable, Mapping
from datetime import date
from inspect import get_annotations
from json import dumps, loads
from typing import Any, ClassVar, Final, Literal, Self, cast

from pydantic import BaseModel, ConfigDict, GetJsonSchemaHandler, JsonValue, ValidationError
from pydantic_core import CoreSchema, PydanticCustomError

from schemas.compatibility import COMPATIBILITIES, COMPATIBILITY_DEFAULT
from schemas.errors import ContractError

SOURCE_PATTERN: Final = re.compile(r"[a-z][a-z0-9]*(\.[a-z][a-z0-9-]*)+")
"""Format of a source: dot-separated, lower case, at least two parts (`shop.orders`)."""

AWS_SOURCES: Final = "aws."
"""Prefix of the sources that EventBridge reserves for AWS."""

DETAIL_TYPE_CHARACTERS_MAX: Final = 128
"""Longest detail-type that EventBridge accepts (API reference, PutEvents)."""

RESERVED_NAMES: Final = frozenset(
    {
        "source",
        "detail_type",
        "owner",
        "subject_field",
        "subject",
        "version",
        "compatibility",
        "deprecated_since",
        "sunset",
        "examples",
    }
)
"""Names that every contract uses, so they cannot name a field."""

_CLASS_NAME: Final = re.compile(r"(?P<name>[A-Z][A-Za-z0-9]*?)(?:V(?P<version>[0-9]+))?")


class PersonalData:
    """Marks a field as personal data: `x-personal-data: true` in the JSON Schema.

    Code that displays a model recognises it by `is_personal_data`, without importing this package.
    """

    is_personal_data: Final = True

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        return {**handler(schema), "x-personal-data": True}


PERSONAL: Final = PersonalData()
"""`Annotated[str, PERSONAL]`: masked wherever event data is displayed."""


class Value(BaseModel):
    """A part of an event (an address, an amount): immutable, closed unless a call opens it."""

    # Deferred: a Value is nearly always validated as a part of its event, whose validator contains
    # it. NaN and infinity are refused, because JSON would replace them by null.
    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        allow_inf_nan=False,
        ser_json_inf_nan="constants",
        defer_build=True,
    )


class Event(BaseModel):
    """A fact that a service publishes: `class OrderPlaced(Event, source=…, owner=…, …)`.

    The class keywords are checked while the class is created (`ContractError`):

    - `source`: the publisher, `shop.orders`;
    - `owner`: the responsible team;
    - `subject`: the required string field with the aggregate's id;
    - `examples`: data of at least one event, as mappings; validated by `examples()`;
    - `version`: the major version; from 2 on the detail-type ends in `.vN` and the class name in
      `VN`, such as `OrderPlacedV2`;
    - `compatibility`: the compatibility of changes within this major, `FULL` by default;
    - `deprecated_since` and `sunset`: ISO dates of its deprecation.

    Producers are closed: constructor and `to_data` refuse unknown fields.
    Consumers are open: `from_data` ignores unknown fields, also in nested values.

    `to_data`, `from_data` and `examples` validate by JSON type, exactly as the exported schema
    does: 3.0 is an integer, "3" and true are not.
    """

    model_config = ConfigDict(
        frozen=True, extra="forbid", allow_inf_nan=False, ser_json_inf_nan="constants"
    )

    source: ClassVar[str]
    detail_type: ClassVar[str]
    owner: ClassVar[str]
    subject_field: ClassVar[str]
    version: ClassVar[int]
    compatibility: ClassVar[str]
    deprecated_since: ClassVar[date | None]
    sunset: ClassVar[date | None]
    _example_data: ClassVar[tuple[Mapping[str, Any], ...]]

    # The keywords are the declaration; they are passed by name, never by position.
    def __init_subclass__(  # noqa: PLR0913
        cls,
        *,
        source: str = "",
        owner: str = "",
        subject: str = "",
        examples: Iterable[Mapping[str, Any]] = (),
        version: int = 1,
        compatibility: str = COMPATIBILITY_DEFAULT,
        deprecated_since: str | None = None,
        sunset: str | None = None,
    ) -> None:
        super().__init_subclass__()
        cls.source = _checked_source(cls, source)
        cls.detail_type = _detail_type(cls, version)
        cls.owner = _checked_owner(cls, owner)
        cls.subject_field = subject
        cls.version = version
        cls.compatibility = _checked_compatibility(cls, compatibility)
        cls.deprecated_since = _checked_date(cls, "deprecated_since", deprecated_since)
        cls.sunset = _checked_date(cls, "sunset", sunset)
        cls._example_data = tuple(examples)
        _check_lifecycle(cls)
        _check_field_names(cls)
        if not cls._example_data:
            raise ContractError(cls.__name__, "it has no example", "declare examples=({…},)")

    @classmethod
    def __pydantic_init_subclass__(cls, **_keywords: Any) -> None:
        """Checks the parts of the declaration that depend on the fields."""
        field = cls.model_fields.get(cls.subject_field)
        if field is None or not field.is_required() or field.annotation is not str:
            raise ContractError(
                cls.__name__,
                f"its subject {cls.subject_field!r} is not a required str field",
                'name the field that holds the aggregate\'s id: subject="order_id"',
            )

    @property
    def subject(self) -> str:
        """The id of the aggregate that this event describes."""
        return cast("str", getattr(self, self.subject_field))

    @classmethod
    def examples(cls) -> tuple[Self, ...]:
        """Returns realistic events, at least one; raises ValidationError for unknown fields."""
        return tuple(cls._validated(data, "forbid") for data in cls._example_data)

    def to_data(self) -> dict[str, JsonValue]:
        """Returns the data to send, as plain JSON values.

        The JSON is validated again, closed, so that an object made without validation
        (`model_construct`, `model_copy`) is never sent. Raises pydantic.ValidationError.
        """
        data = loads(self.model_dump_json(warnings="none"))
        self._validated(data, "forbid")
        return cast("dict[str, JsonValue]", data)

    @classmethod
    def from_data(cls, data: Mapping[str, JsonValue]) -> Self:
        """Returns the event in the data, ignoring unknown fields; raises ValidationError."""
        return cls._validated(data, "ignore")

    @classmethod
    def _validated(cls, data: Mapping[str, Any], extra: Literal["forbid", "ignore"]) -> Self:
        try:
            json = dumps(_with_integers({**data}), allow_nan=False, ensure_ascii=False).encode()
        except (TypeError, ValueError, RecursionError) as error:
            fault = PydanticCustomError("not_json", "Not JSON: {reason}", {"reason": str(error)})
            raise ValidationError.from_exception_data(
                cls.__name__, [{"type": fault, "input": None}]
            ) from error
        # Strict JSON mode validates by JSON type: Python mode would accept "3" for an int.
        return cls.model_validate_json(json, strict=True, extra=extra)


def _with_integers(value: Any) -> Any:
    """Returns the value with integral floats as int: in JSON Schema, 3.0 is an integer."""
    if isinstance(value, float):
        return int(value) if value.is_integer() else value
    if isinstance(value, dict):
        return {name: _with_integers(member) for name, member in value.items()}
    if isinstance(value, list | tuple):
        return [_with_integers(member) for member in value]
    return value


def _checked_source(contract: type[Event], source: str) -> str:
    if not SOURCE_PATTERN.fullmatch(source):
        raise ContractError(
            contract.__name__,
            f"its source {source!r} is not of the form {SOURCE_PATTERN.pattern}",
            'declare the publisher: source="shop.orders"',
        )
    if source.startswith(AWS_SOURCES):
        raise ContractError(
            contract.__name__,
            f"its source {source!r} starts with {AWS_SOURCES!r}, reserved for AWS",
            "choose a source of your own",
        )
    return source


def _checked_owner(contract: type[Event], owner: str) -> str:
    if not owner.strip():
        raise ContractError(
            contract.__name__, "it has no owner", 'declare the team: owner="team-orders"'
        )
    return owner


def _detail_type(contract: type[Event], version: int) -> str:
    named = _CLASS_NAME.fullmatch(contract.__name__)
    # Checks read code without running it, so the class name must include the major.
    suffix = None if version == 1 else str(version)
    if version < 1 or not named or named["version"] != suffix:
        raise ContractError(
            contract.__name__,
            f"version {version} and this class name do not make a detail-type",
            "name it in the past tense, OrderPlaced or, for version=2, OrderPlacedV2",
        )
    detail_type = named["name"] if version == 1 else f"{named['name']}.v{version}"
    if len(detail_type) > DETAIL_TYPE_CHARACTERS_MAX:
        raise ContractError(
            contract.__name__,
            f"its detail-type is longer than EventBridge's {DETAIL_TYPE_CHARACTERS_MAX} characters",
            "give it a shorter name",
        )
    return detail_type


def _checked_compatibility(contract: type[Event], policy: str) -> str:
    if policy not in COMPATIBILITIES:
        raise ContractError(
            contract.__name__,
            f"its compatibility {policy!r} is not one of {', '.join(COMPATIBILITIES)}",
            f'leave it out ({COMPATIBILITY_DEFAULT}), or declare compatibility="BACKWARD"',
        )
    return policy


def _checked_date(contract: type[Event], keyword: str, value: str | None) -> date | None:
    if value is None:
        return None
    try:
        return date.fromisoformat(value)
    except (TypeError, ValueError) as error:
        raise ContractError(
            contract.__name__,
            f"{keyword}={value!r} is not a date",
            f'write it as {keyword}="2027-01-31"',
        ) from error


def _check_lifecycle(contract: type[Event]) -> None:
    since, sunset = contract.deprecated_since, contract.sunset
    if sunset is not None and (since is None or sunset <= since):
        raise ContractError(
            contract.__name__,
            "its sunset has no earlier deprecated_since",
            "deprecate it first, then give consumers the time until the sunset",
        )


def _check_field_names(contract: type[Event]) -> None:
    reserved = RESERVED_NAMES & get_annotations(contract).keys()
    if reserved:
        raise ContractError(
            contract.__name__,
            f"its field {min(reserved)!r} has a name that every contract uses itself",
            "rename the field",
        )

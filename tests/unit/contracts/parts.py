"""Parts of events: most have something that no exported schema can describe."""

from enum import Enum, IntEnum
from typing import Any, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    GetCoreSchemaHandler,
    RootModel,
    computed_field,
    field_serializer,
    field_validator,
    model_serializer,
    model_validator,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema

from schemas.event import Value


class FieldChecked(Value):
    """Checks a field in code."""

    size: int

    @field_validator("size")
    @classmethod
    def _even(cls, size: int) -> int:
        return size


class WholeChecked(Value):
    """Checks the whole in code."""

    size: int

    @model_validator(mode="after")
    def _consistent(self) -> "WholeChecked":
        return self


class ChangedBefore(Value):
    """Changes the data in code."""

    size: int

    @model_validator(mode="before")
    @classmethod
    def _renamed(cls, data: Any) -> Any:
        return data


class Computed(Value):
    """Sends a field that it does not read."""

    size: int

    @computed_field  # type: ignore[prop-decorator]  # as Pydantic documents it
    @property
    def double(self) -> int:
        """Not data."""
        return 2 * self.size


class Serialized(Value):
    """Sends something else."""

    size: int

    @model_serializer
    def _shown(self) -> dict[str, int]:
        return {}


class FieldSerialized(Value):
    """Sends a field as something else."""

    size: int

    @field_serializer("size")
    def _shown(self, size: int) -> str:
        return str(size)


class AfterInit(Value):
    """Runs code after validation."""

    size: int

    def model_post_init(self, _context: Any, /) -> None:
        """Could raise."""


class OwnInit(Value):
    """Runs code instead of validation."""

    size: int

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)


class OwnSchema(Value):
    """Exports what it likes."""

    size: int

    @classmethod
    def __get_pydantic_json_schema__(cls, _schema: Any, _handler: Any) -> JsonSchemaValue:
        return {"type": "object"}


class Stripped(Value):
    """Changes text by its configuration."""

    model_config = ConfigDict(str_strip_whitespace=True)

    name: str


class Capitals(Value):
    """Names fields otherwise when they are sent."""

    model_config = ConfigDict(alias_generator=str.upper)

    name: str


class ExtraSchema(Value):
    """Adds to the schema."""

    model_config = ConfigDict(json_schema_extra={"maxProperties": 0})

    name: str = ""


class NotAValue(BaseModel):
    """Ignores unknown fields when it is made."""

    name: str


class Listed(RootModel[list[int]]):
    """A list in a class."""


class Card(Value):
    """A member of a union."""

    kind: Literal["card"]


class Invoice(Value):
    """Another, whose tag may be absent."""

    kind: Literal["invoice"] = "invoice"


class Forgiving(Enum):
    """Accepts any value."""

    A = "a"

    @classmethod
    def _missing_(cls, _value: object) -> "Forgiving":
        return cls.A


class Mixed(Enum):
    """True equals 1."""

    ONE = 1
    A = "a"


class Ratio(Enum):
    """Not integers."""

    HALF = 0.5


class Level(IntEnum):
    """Integers."""

    LOW = 1


class Colour(Enum):
    """Strings."""

    RED = "red"


class Tree(Value):
    """A recursive value."""

    parts: "tuple[Tree, ...]" = ()


class Voucher(Value):
    """A third, which changes its data in code."""

    kind: Literal["voucher"]

    @model_validator(mode="before")
    @classmethod
    def _renamed(cls, data: Any) -> Any:
        return data


class Even:
    """A type with a core schema of its own."""

    @classmethod
    def __get_pydantic_core_schema__(
        cls, _source: object, _handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(lambda value: value)

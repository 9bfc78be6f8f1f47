"""A date, a time and a UUID have one form, for the model and for the schema."""

from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any
from uuid import UUID

import pytest
from pydantic import TypeAdapter, ValidationError

from schemas.formats import Date, DateTime, Uuid
from trunklab.schema_solver.validate import validator

ID = "0190b6a0-0000-7000-8000-000000000001"


@pytest.mark.parametrize(
    ("of", "text", "value"),
    [
        (Date, "2027-01-31", date(2027, 1, 31)),
        (Date, "0001-01-01", date.min),
        (DateTime, "2027-01-31T09:30:00Z", datetime(2027, 1, 31, 9, 30, tzinfo=UTC)),
        (
            DateTime,
            "9999-12-31T23:59:59.5-23:59",
            datetime(9999, 12, 31, 23, 59, 59, 500_000, timezone(-timedelta(minutes=1439))),
        ),
        (Uuid, ID, UUID(ID)),
        (Uuid, ID.upper(), UUID(ID)),
    ],
)
def test_a_string_of_the_format_is_read(of: Any, text: str, value: Any) -> None:
    """The Python value can be given as well, and is sent as the schema allows."""
    adapter = TypeAdapter[Any](of)

    assert adapter.validate_python(text) == adapter.validate_python(value) == value
    schema = validator(adapter.json_schema(mode="serialization"))
    assert schema.is_valid(text)
    assert schema.is_valid(adapter.dump_python(value, mode="json"))


@pytest.mark.parametrize(
    ("of", "value"),
    [
        *((Date, text) for text in ("", "2027-1-31", "2027-02-30", "0000-01-01", "26/6-01-01")),
        *(
            (Date, text)
            for text in ("2027-01-31T00:00:00", "20270131", "1767225600", "2027-01-31\n")
        ),
        *((DateTime, text) for text in ("2027-01-31", "2027-01-31T09:30:00", "2027-01-31T09:30Z")),
        *((DateTime, f"2027-01-31{end}") for end in ("t09:30:00z", " 09:30:00Z", "T24:00:00Z")),
        *((DateTime, f"2027-01-31T{end}") for end in ("09:30:00+24:00", "09:30:00+0100")),
        *((DateTime, f"2027-01-31T{end}") for end in ("23:59:60Z", "09:30:00.1234567Z")),
        *((Uuid, text) for text in (ID.replace("-", ""), f"{{{ID}}}", f"urn:uuid:{ID}", ID[:-1])),
    ],
)
def test_another_string_is_refused_by_both(of: Any, value: str) -> None:
    """The message shows the form, and not what was sent."""
    adapter = TypeAdapter[Any](of)

    with pytest.raises(ValidationError):
        adapter.validate_python(value)
    assert not validator(adapter.json_schema(mode="serialization")).is_valid(value)


@pytest.mark.parametrize(
    ("of", "value"),
    [
        (Date, datetime(2027, 1, 31, tzinfo=UTC)),
        (Date, 1),
        (DateTime, datetime(2027, 1, 31)),  # noqa: DTZ001 - that it is refused is the test
        (DateTime, datetime(2027, 1, 31, tzinfo=timezone(timedelta(seconds=30)))),
        (DateTime, date(2027, 1, 31)),
        (Uuid, UUID(ID).bytes),
        (Uuid, None),
    ],
)
def test_a_python_value_that_would_be_sent_otherwise_is_refused(of: Any, value: Any) -> None:
    """A date with a time, a time without a zone."""
    with pytest.raises(ValidationError, match="must be a"):
        TypeAdapter[Any](of).validate_python(value)

"""Messages of errors have neither Pydantic's layout nor its links."""

import pytest
from pydantic import BaseModel, PydanticUserError, ValidationError

from trunklab.plain_error import message_of


class Part(BaseModel):
    """Two required fields."""

    size: int
    name: str


def test_a_validation_error_is_told_field_by_field() -> None:
    """On one line, without the values."""
    with pytest.raises(ValidationError) as caught:
        Part.model_validate({"size": "s3cret"})

    assert message_of(caught.value) == (
        "size: Input should be a valid integer, unable to parse string as an integer; "
        "name: Field required"
    )


def test_a_declaration_error_has_no_link() -> None:
    """Its text stays."""
    error = PydanticUserError("A field needs a type", code="model-field-missing-annotation")

    assert message_of(error) == "A field needs a type"


@pytest.mark.parametrize("text", ["", "no such key", "two\nlines"])
def test_any_other_error_keeps_its_message(text: str) -> None:
    """Nothing is cut off."""
    assert message_of(ValueError(text)) == text

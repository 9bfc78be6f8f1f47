"""Values that the checks share with the runtime and the classes, which they do not import."""

from schemas.compatibility import COMPATIBILITY_DEFAULT
from trunklab.contracts import contract, event_schema
from trunkline import bounds


def test_the_bounds_of_metadata_are_those_of_the_runtime() -> None:
    """The wheel is installed where the runtime is not."""
    assert event_schema.METADATA_CHARACTERS_MAX == bounds.METADATA_CHARACTERS_MAX
    assert event_schema.EVENT_ID_CHARACTERS_MAX == bounds.EVENT_ID_CHARACTERS_MAX


def test_a_file_without_a_policy_has_that_of_a_class_without_one() -> None:
    """A contract must not change its promises by being exported."""
    assert contract.DEFAULT == COMPATIBILITY_DEFAULT

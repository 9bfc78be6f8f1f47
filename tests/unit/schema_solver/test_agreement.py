"""Shapes accept what the validator accepts, for random schemas and values."""

from random import Random

from hypothesis import given
from hypothesis import strategies as st

from tests.unit.schema_solver import pydantic_like
from trunklab.schema_solver.errors import NoValueError
from trunklab.schema_solver.random_values import example_like, some_value
from trunklab.schema_solver.schema_reader import node
from trunklab.schema_solver.validate import node_accepts, validator

SEEDS = st.integers(0, 2**64 - 1)
VALUES = 5


@given(SEEDS)
def test_random_values_are_valid(seed: int) -> None:
    """The validator accepts every value that is made."""
    random = Random(seed)  # noqa: S311 - examples, not secrets
    document = pydantic_like.a_document(random)
    judge = validator(document)
    for _ in range(VALUES):
        try:
            value = some_value(node(document), random)
        except NoValueError:
            return

        assert judge.is_valid(value)


@given(SEEDS)
def test_shapes_and_the_validator_accept_the_same_values(seed: int) -> None:
    """Valid values, and valid values with one change."""
    random = Random(seed)  # noqa: S311 - examples, not secrets
    document = pydantic_like.a_document(random)
    judge, root = validator(document), node(document)
    try:
        values = [some_value(root, random) for _ in range(VALUES)]
    except NoValueError:
        return
    values += [pydantic_like.bent(random, value) for value in values * 3]
    for value in values:
        assert node_accepts(root, value) == judge.is_valid(value), value


@given(SEEDS)
def test_an_invalid_example_is_corrected(seed: int) -> None:
    """A value near an invalid example is valid; a valid example is not changed."""
    random = Random(seed)  # noqa: S311 - examples, not secrets
    document = pydantic_like.a_document(random)
    judge, root = validator(document), node(document)
    try:
        value = some_value(root, random)
    except NoValueError:
        return
    bent = pydantic_like.bent(random, value)

    assert example_like(root, value) == value
    assert judge.is_valid(example_like(root, bent))

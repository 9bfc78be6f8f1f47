"""Errors of the schema solver.

TrunklabError
└── ShapesError                 root of this package (exit status 2: the schema can never work)
    ├── UnsupportedKeywordError an unsupported keyword
    ├── TooManyAlternativesError unions with too many alternatives
    ├── NoValueError            a schema that no value is valid for
    └── UndecidedError          a question that cannot be decided within the limits
"""

from trunklab.errors import UsageError


class ShapesError(UsageError):
    """Root of this package's errors."""


class UnsupportedKeywordError(ShapesError):
    """An unsupported keyword: no result for this schema could be trusted."""

    def __init__(self, pointer: str, keyword: str, problem: str = "is not understood") -> None:
        super().__init__(
            f"#{pointer}: the keyword {keyword!r} {problem}; use the keywords that Pydantic"
            " writes (types, unions, enums, bounds, patterns, arrays, maps, references)"
        )
        self.pointer = pointer
        self.keyword = keyword


class TooManyAlternativesError(ShapesError):
    """Unions within unions that multiply."""

    def __init__(self, pointer: str, alternatives_max: int) -> None:
        super().__init__(
            f"#{pointer}: more than {alternatives_max} alternatives; split the union or name a"
            " discriminator"
        )
        self.pointer = pointer


class NoValueError(ShapesError):
    """A schema that contradicts itself."""

    def __init__(self, pointer: str) -> None:
        super().__init__(f"#{pointer}: no value is valid here; remove the contradiction")
        self.pointer = pointer


class UndecidedError(ShapesError):
    """Neither a value nor a proof that none exists was found within the limits."""

    def __init__(self, problem: str) -> None:
        super().__init__(f"undecided: {problem}")
        self.problem = problem

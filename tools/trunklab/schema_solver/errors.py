"""What shapes refuse, as one tree.

TrunklabError
└── ShapesError                 root of this part (exit status 2: the schema can never work)
    ├── UnsupportedKeywordError a keyword whose meaning is not known here
    ├── TooManyAlternativesError a schema with more alternatives than anybody can read
    ├── NoValueError            a schema that no value is valid for
    └── UndecidedError          a question that the bounds do not let us decide
"""

from trunklab.errors import UsageError


class ShapesError(UsageError):
    """Root of what shapes refuse."""


class UnsupportedKeywordError(ShapesError):
    """A keyword that is not understood: no answer about the schema could be trusted."""

    def __init__(self, pointer: str, keyword: str, problem: str = "is not understood") -> None:
        super().__init__(
            f"#{pointer}: the keyword {keyword!r} {problem}; say it with keywords that Pydantic"
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
        super().__init__(f"#{pointer}: no value is valid here; remove what contradicts itself")
        self.pointer = pointer


class UndecidedError(ShapesError):
    """Neither a value nor a proof that there is none was found within the bounds."""

    def __init__(self, problem: str) -> None:
        super().__init__(f"undecided: {problem}")
        self.problem = problem

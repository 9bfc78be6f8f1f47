"""Texts of patterns, formats and conditions, against trying all short ones."""

from itertools import product
from random import Random
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trunklab.patterns.conditions import LiteralNumber
from trunklab.patterns.operators import condition
from trunklab.patterns.parse import Clause, passes
from trunklab.schema_solver import regex_parser, string_search
from trunklab.schema_solver.automaton import shortest
from trunklab.schema_solver.errors import UndecidedError
from trunklab.schema_solver.shape import TextShape
from trunklab.schema_solver.string_search import witness
from trunklab.schema_solver.validate import NARROW_FORMATS, WIDE_FORMATS, is_text_of

ALPHABET: Final = "aB-"
LONGEST: Final = 4
SHORT: Final = [
    "".join(letters)
    for length in range(LONGEST + 1)
    for letters in product(ALPHABET, repeat=length)
]
CONDITIONS: Final = (
    *("a", "aB", "b", {"prefix": "a"}, {"suffix": "B-"}, {"wildcard": "*B*a"}, {"wildcard": "a*"}),
    *({"prefix": {"equals-ignore-case": "b"}}, {"suffix": {"equals-ignore-case": "AB"}}),
    *({"equals-ignore-case": "bA"}, {"anything-but": ["a", "B", ""]}, {"exists": True}),
    *({"anything-but": {"prefix": "a"}}, {"anything-but": {"suffix": ["a", "B"]}}, None),
    *({"anything-but": {"wildcard": "*-*"}}, {"anything-but": {"equals-ignore-case": ["Ab"]}}),
    *({"exists": False}, {"cidr": "10.0.0.0/8"}, {"anything-but": LiteralNumber("1")}),
)


def an_expression(random: Random, levels: int = 3) -> str:
    """A regular expression of what the parser knows."""
    kind = random.randrange(8) if levels else 0
    if kind < 3:
        return random.choice(
            ("a", "B", r"\-", ".", "[aB]", "[^a]", r"\w", r"\W", "[A-C-]", r"\u0061")
        )
    if kind == 3:
        return f"(?:{an_expression(random, levels - 1)}|{an_expression(random, levels - 1)})"
    if kind == 4:
        count = random.choice(("*", "+", "?", "{2}", "{1,2}", "{2,}", "*?"))
        return f"({an_expression(random, levels - 1)}){count}"
    if kind == 5:
        return random.choice(("^", "$", "")) + an_expression(random, levels - 1)
    return an_expression(random, levels - 1) + an_expression(random, levels - 1)


def a_clause(random: Random) -> Clause:
    """One condition or two."""
    return tuple(condition(entry) for entry in random.sample(CONDITIONS, random.randint(1, 2)))


@given(st.integers(0, 2**64 - 1))
def test_a_text_is_found_exactly_if_a_short_one_will_do(seed: int) -> None:
    """Patterns, lengths, wanted and unwanted clauses at once: no text is a proof."""
    random = Random(seed)  # noqa: S311 - examples, not secrets
    patterns = [random.choice(("^", "")) + an_expression(random) for _ in range(2)]
    shape = TextShape("", (*patterns, "^[aB-]*$"), random.randint(0, 2), LONGEST)
    wanted = [a_clause(random) for _ in range(random.randint(0, 2))]
    unwanted = [a_clause(random) for _ in range(random.randint(0, 2))]

    found = witness(shape, wanted, unwanted)

    truth = [
        text
        for text in SHORT
        if is_text_of(shape, text)
        and all(passes(clause, text) for clause in wanted)
        and not any(passes(clause, text) for clause in unwanted)
    ]
    assert found in truth if truth else found is None


@given(st.integers(0, 2**64 - 1))
def test_expressions_mean_what_the_validator_says(seed: int) -> None:
    """Each short text is found by the automaton exactly if the validator accepts it."""
    random = Random(seed)  # noqa: S311 - examples, not secrets
    pattern = an_expression(random)
    text = random.choice(SHORT)
    exactly = string_search.passing((condition(text),), narrow=False)[0]

    found = shortest((*regex_parser.demands(pattern), *exactly), 0, None)

    assert (found == text) == is_text_of(TextShape("", (pattern,)), text)


@pytest.mark.parametrize("pattern", [r"\d", r"\D", r"\w", r"\W", r"\s", r"\S", ".", r"[^\s,]"])
def test_sets_of_characters_are_the_validators(pattern: str) -> None:
    """At every place where a set begins or ends, and at every ASCII character."""
    shape = TextShape("", (f"^{pattern}$",))
    edges = {one for low, high in regex_parser.SPACES for one in (low - 1, low, high, high + 1)}
    for code in {*range(0x180), *edges, 0x660, 0x2FF, 0xFFFF, 0x10000, regex_parser.LAST}:
        found = shortest(
            (*regex_parser.demands(f"^{pattern}$"), *regex_parser.demands(f"^\\u{{{code:x}}}$")),
            0,
            None,
        )

        assert (found is not None) == is_text_of(shape, chr(code))


@pytest.mark.parametrize(
    "pattern",
    [
        *(r"a(?=b)", r"(?i)a", r"\bx", r"(a)\1", r"[a[b]]", r"[a&&b]", r"\p{L}", "(?<n>a)", "a++"),
        *(
            "(",
            ")",
            "[",
            "a{",
            "a{2",
            "{2}",
            "*a",
            "a**",
            "a{3,2}",
            "[b-a]",
            r"[\w-z]",
            "[]a]",
            "\\",
        ),
        *(r"\ud800", r"\xg0", r"\u{110000}", "a{99999999}", "(" * 60 + ")" * 60, "a" * 3_000),
        r"(a{1000}){1000}",
    ],
)
def test_what_is_not_understood_is_undecided(pattern: str) -> None:
    """No guess is made about a language that is not known."""
    with pytest.raises(UndecidedError):
        shortest(regex_parser.demands(pattern), 0, None)


VALID: Final = {
    "uuid": ["550E8400-e29b-41d4-a716-446655440000"],
    "date": ["2024-02-29", "0000-01-01", "9999-12-31"],
    "time": ["10:00:00Z", "23:59:60z", "00:00:00.123456789+23:59"],
    "date-time": ["2024-02-29t10:00:00.5z", "1990-12-31T23:59:60Z"],
    "email": ['"a@b"@c.d', "A <a@b.c>", "a.b+c@localhost"],
    "ipv4": ["10.0.0.0", "255.255.255.255"],
    "ipv6": ["::", "::ffff:1.2.3.4", "2001:DB8::1"],
    "uri": ["a:", "http://user@[::1]:80/p?q#f", "urn:isbn:1"],
    "duration": ["P1D", "PT1H2M3S", "P1Y2M3DT4H"],
}


@pytest.mark.parametrize("name", sorted(WIDE_FORMATS))
def test_a_wide_format_holds_every_valid_text(name: str) -> None:
    """What the expression rules out, the validator refuses."""
    for text in VALID[name]:
        assert is_text_of(TextShape("", formats=(name,)), text)
        assert is_text_of(TextShape("", (WIDE_FORMATS[name],)), text)


@pytest.mark.parametrize("name", sorted(NARROW_FORMATS))
def test_a_narrow_format_offers_valid_texts(name: str) -> None:
    """A text is found without an example."""
    found = witness(TextShape("", formats=(name,)))

    assert found is not None
    assert is_text_of(TextShape("", formats=(name,)), found)


@pytest.mark.parametrize(
    ("shape", "entry", "expected"),
    [
        (TextShape("", ("^[A-Z]{2}$",)), "DEU", None),
        (TextShape("", ("^[a-z0-9-]+$",)), {"prefix": "Ord"}, None),
        (TextShape("", (), 1, 512), {"suffix": ""}, "-"),
        (TextShape("", ("^[0-9.]+$",), 0, 15), {"cidr": "10.1.0.0/16"}, "10.1.0.0"),
        (TextShape("", ("^[0-9]+$",), 0, 15), {"cidr": "10.1.0.0/16"}, None),
        (TextShape("", (r"^10\.1\.[0-9]+\.255$",)), {"cidr": "10.1.128.0/17"}, "10.1.128.255"),
        (TextShape("", (r"^10\.1\.[0-9]{2}\.255$",)), {"cidr": "10.1.128.0/17"}, None),
        (TextShape("", ("^[a-z]+$",)), {"cidr": "2001:db8::/32"}, None),
        (TextShape("", ("^2001:0db8",)), "2001:db8::1", "2001:0db8:0000:0000:0000:0000:0000:0001"),
        (TextShape("", formats=("date",)), {"prefix": "2026-13"}, None),
        (TextShape("", formats=("uuid",)), {"prefix": "g"}, None),
        (TextShape("", formats=("date",)), "2026-02-30", None),
        (TextShape("", formats=("date",)), {"prefix": "26/"}, None),
    ],
)
def test_a_condition_meets_a_shape(shape: TextShape, entry: object, expected: str | None) -> None:
    """The text that is found, or None where the shape rules the condition out."""
    found = witness(shape, [(condition(entry),)], like="-" if expected == "-" else None)

    assert found == expected


@pytest.mark.parametrize("network", ["2001:db8::/32", "::/1", "8000::/1", "10.0.0.0/8"])
def test_an_address_outside_a_network_is_found(network: str) -> None:
    """The network's neighbours are tried."""
    shape = TextShape("", formats=("ipv6" if ":" in network else "ipv4",))

    found = witness(shape, unwanted=[(condition({"cidr": network}),)])

    assert found is not None
    assert not condition({"cidr": network}).passes(found)


def test_a_long_text_costs_no_states() -> None:
    """Lengths are counted, and a search in vain ends when texts only grow longer."""
    free = TextShape("", ("^[a-z]*$",), 400, 1_000_000)

    assert witness(free, [(condition({"suffix": "!"}),)]) is None
    assert len(witness(free) or "") == 400


def test_an_explosive_expression_is_undecided() -> None:
    """The search ends at its bound, with neither a text nor a proof."""
    shape = TextShape("", ("^(a|b)*a(a|b){16}$", "^(a|b)*b(a|b){15}$", "^(aa|bb|ab)*$"))

    with pytest.raises(UndecidedError):
        witness(shape, [(condition({"suffix": "c"}),)])


def others(name: str, texts_left: list[str]) -> Clause:
    """One way to pass for each of these beginnings or ends: not to have it."""
    return tuple(condition({"anything-but": {name: text}}) for text in texts_left)


def test_the_ways_to_pass_several_clauses_are_bounded() -> None:
    """Sixty-four are all tried, which proves that there is no text; of more nothing is said."""
    word = "abcdefghijklm"
    shape = TextShape("", (f"^{word}$",))
    begins = [word[:length] for length in range(1, 14)]
    ends = [word[-length:] for length in range(1, 9)]

    assert witness(shape, [others("prefix", begins[:8]), others("suffix", ends)]) is None
    with pytest.raises(UndecidedError, match="more than 64 ways"):
        witness(shape, [others("prefix", begins), others("suffix", ends[:5])])


LETTERS: Final = TextShape("", ("^[a-z]{2}$",))
ADDRESS: Final = TextShape("", formats=("ipv6",))


@pytest.mark.parametrize(
    ("shape", "entry", "like", "expected"),
    [
        (LETTERS, "ba", "ba", "bb"),
        (LETTERS, "bc", "bc", "ba"),
        (TextShape("", ("^[a-z0-9-]+$",)), "ba", "ba", "ba-2"),
        (ADDRESS, "::5", None, "::4"),
        (TextShape("", ("^[g-z]+$",)), {"cidr": "ff00::/8"}, None, "g"),
        (TextShape("", ("^[g-z]+$",)), {"cidr": "255.0.0.0/8"}, None, "g"),
    ],
)
def test_beside_what_is_unwanted_a_near_text_is_found(
    shape: TextShape, entry: object, like: str | None, expected: str
) -> None:
    """One like the example, or the next address; behind the last address there is none."""
    assert witness(shape, unwanted=[(condition(entry),)], like=like) == expected

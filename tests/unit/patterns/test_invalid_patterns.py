"""Entries that AWS refuses, each with the first line of what it says."""

from types import MappingProxyType
from typing import Any

import pytest

from trunklab.patterns import InvalidPatternError, Pattern

NO_TEXT = ["1", "null", "true", '["x"]']
EXCLUDED = "Value of anything-but must be an array or single string/number value."
IN_LIST = "Inside anything but list, start|null|boolean is not supported."
MIXED = (
    "Inside anything but list, either all values are number or string, mixed type is not supported"
)
ANY_CASE = (
    "Inside anything-but/equals-ignore-case list, number|start|null|boolean is not supported."
)
COMPLEX = (
    "Rule is too complex - try using fewer wildcard characters or fewer repeating character"
    " sequences after a wildcard character"
)

ENTRIES = [
    *(
        (f'{{"{operator}": {operand}}}', f"{operator} match pattern must be a string")
        for operator in ("prefix", "suffix", "equals-ignore-case", "wildcard")
        for operand in NO_TEXT
    ),
    *((f'{{"cidr": {operand}}}', "prefix match pattern must be a string") for operand in NO_TEXT),
    *(
        (f'{{"exists": {operand}}}', "exists match pattern must be either true or false.")
        for operand in ("1", '"true"', "null", "[]", "{}")
    ),
    *(
        (f'{{"numeric": {operand}}}', "Value of numeric must be an array.")
        for operand in ("1", '">"', "null", "{}", "true")
    ),
    ('{"prefix": {"suffix": "x"}}', "Unsupported prefix pattern: suffix"),
    ('{"suffix": {"wildcard": "x"}}', "Unsupported suffix pattern: wildcard"),
    ('{"prefix": {}}', "Prefix expression name not found"),
    ('{"prefix": {"equals-ignore-case": 1}}', "equals-ignore-case match pattern must be a string"),
    ('{"EXISTS": true}', "Unrecognized match type EXISTS"),
    ('{"NUMERIC": ["=", 1]}', "Unrecognized match type NUMERIC"),
    ('{"regex": "x"}', "Unrecognized match type regex"),
    ('{"": "x"}', "Unrecognized match type "),
    ("{}", "Match expression name not found"),
    ("[]", "Match value must be String, number, true, false, or null"),
    ('["x"]', "Match value must be String, number, true, false, or null"),
    ('{"exists": true, "prefix": "x"}', "Only one key allowed in match expression"),
    ('{"anything-but": {"x": 1}}', "Unsupported anything-but pattern: x"),
    ('{"anything-but": {}}', "Anything-But expression name not found"),
    ('{"anything-but": null}', EXCLUDED),
    ('{"anything-but": false}', EXCLUDED),
    ('{"anything-but": {"prefix": {"equals-ignore-case": "x"}}}', EXCLUDED),
    ('{"anything-but": {"suffix": null}}', EXCLUDED),
    ('{"anything-but": [null]}', IN_LIST),
    ('{"anything-but": ["x", true]}', IN_LIST),
    ('{"anything-but": [["x"]]}', IN_LIST),
    ('{"anything-but": [{"prefix": "x"}]}', IN_LIST),
    ('{"anything-but": ["x", 1]}', MIXED),
    ('{"anything-but": []}', MIXED),
    ('{"anything-but": {"prefix": 1}}', "prefix/suffix match pattern must be a string"),
    ('{"anything-but": {"suffix": ["x", 1]}}', "prefix/suffix match pattern must be a string"),
    ('{"anything-but": {"prefix": ""}}', "Null prefix/suffix not allowed"),
    ('{"anything-but": {"suffix": ["x", ""]}}', "Null prefix/suffix not allowed"),
    ('{"anything-but": {"equals-ignore-case": 1}}', ANY_CASE),
    ('{"anything-but": {"equals-ignore-case": ["x", null]}}', ANY_CASE),
    ('{"anything-but": {"wildcard": 1}}', "wildcard match pattern must be a string"),
    ('{"anything-but": {"wildcard": "**"}}', "Consecutive wildcard characters at pos 1"),
    ('{"anything-but": [1e400]}', "Cannot compare number : 1e400"),
    ('{"wildcard": "x**"}', "Consecutive wildcard characters at pos 2"),
    ('{"wildcard": "é**"}', "Consecutive wildcard characters at pos 3"),
    (r'{"wildcard": "x\\y"}', "Invalid escape character at pos 2"),
    (r'{"wildcard": "x\\"}', "Invalid escape character at pos 2"),
    ('{"wildcard": "*:*:*:*:*:event-bus/*"}', COMPLEX),
    ('{"cidr": "10.0.0.0"}', "Malformed CIDR, one '/' required"),
    ('{"cidr": "10.0.0.0/8/8"}', "Malformed CIDR, one '/' required"),
    ('{"cidr": ""}', "Malformed CIDR, one '/' required"),
    ('{"cidr": "10.0.0.0/x"}', "Malformed CIDR, mask bits must be an integer"),
    ('{"cidr": "10.0.0.0/1e1"}', "Malformed CIDR, mask bits must be an integer"),
    ('{"cidr": "10.0.0.0/-1"}', "Malformed CIDR, mask bits must not be negative"),
    ('{"cidr": "xx.11.xx/8"}', "Nonstandard IP address: xx.11.xx"),
    ('{"cidr": "10.0.0.256/8"}', "Nonstandard IP address: 10.0.0.256"),
    ('{"cidr": "::g/8"}', "Nonstandard IP address: ::g"),
    ('{"cidr": "10.0.0.0/32"}', "IPv4 mask bits must be < 32"),
    ('{"cidr": "::/128"}', "IPv6 mask bits must be < 128"),
    ('{"numeric": []}', "Invalid member in numeric match: ]"),
    ('{"numeric": [1]}', "Invalid member in numeric match: 1"),
    ('{"numeric": ["<>", 1]}', "Unrecognized numeric range operator: <>"),
    ('{"numeric": ["="]}', "Value of equals must be numeric"),
    ('{"numeric": [">", "0"]}', "Value of > must be numeric"),
    ('{"numeric": [">", 0, "<"]}', "Value of < must be numeric"),
    ('{"numeric": [">", 0, ">", 0]}', "Bad numeric range operator: >"),
    ('{"numeric": [">", 0, "=", 0]}', "Bad numeric range operator: ="),
    ('{"numeric": [">", 0, 1]}', "Bad value in numeric range: 1"),
    ('{"numeric": ["<", 0, ">", 1]}', "Too many elements in numeric expression"),
    ('{"numeric": ["=", 0, "<", 1]}', "Too many elements in numeric expression"),
    ('{"numeric": [">", 0, "<", 1, 2]}', "Too many terms in numeric range expression"),
    ('{"numeric": [">", 1, "<", 1]}', "Bottom must be less than top"),
    ('{"numeric": [">", 2, "<", 1]}', "Bottom must be less than top"),
    ('{"numeric": [">", 1e309]}', "Cannot compare number : 1e309"),
    ('{"numeric": ["<", 1e-325]}', "Cannot compare number : 1e-325"),
]


@pytest.mark.parametrize(("entry", "reason"), ENTRIES)
def test_an_entry_is_refused_with_the_text_of_aws(entry: str, reason: str) -> None:
    """Beside a valid one, and with the place of the wrong one."""
    with pytest.raises(InvalidPatternError) as refused:
        Pattern.parse(f'{{"detail": {{"x.y": ["valid", {entry}]}}}}')

    first_line, place = str(refused.value).split("\n")
    assert first_line == f"Event pattern is not valid. Reason: {reason}"
    assert place == " at detail.x.y[1]"


RESERVED = [
    *("exactly", "equals-ignore-case", "prefix", "suffix", "anything-but", "exists", "wildcard"),
    *("numeric", "cidr", "=", "<", "<=", ">", ">=", "regex", "not-wildcard", "date-after"),
    *("not-equals-ignore-case", "date-on-or-after", "date-before", "date-on-or-before"),
    *("in-date-range", "ip-address-in-range", "ip-address-not-in-range"),
]


@pytest.mark.parametrize("name", RESERVED)
def test_names_of_operators_are_no_fields_inside_or(name: str) -> None:
    """Elsewhere they are fields like others."""
    with pytest.raises(InvalidPatternError, match="is Ruler reserved fieldName"):
        Pattern.parse({"$or": [{"a": [1]}, {"b": {name: [1]}}]})

    assert Pattern.parse({name: [1]}).matches({name: 1})


STRUCTURES = [
    ({"a": 1}, '"a" must be an object or an array', "a"),
    ({"a": {"b": "x"}}, '"b" must be an object or an array', "a.b"),
    ({"a": None}, '"a" must be an object or an array', "a"),
    ({"a": []}, "Empty arrays are not allowed", "a"),
    ({"a": {"b": []}}, "Empty arrays are not allowed", "a.b"),
    ({"a": {}}, "Empty objects are not allowed", "a"),
    ({"a": [1], "b": {"c": {}}}, "Empty objects are not allowed", "b.c"),
    ({"$or": {}}, "It must be an Array followed with $or.", "$or"),
    ({"$or": []}, "There must have at least 2 Objects in $or relationship.", "$or"),
    (
        {"d": {"$or": [{"a": [1]}]}},
        "There must have at least 2 Objects in $or relationship.",
        "d.$or",
    ),
    ({"$or": [1, 2]}, "Only JSON object is allowed in array of $or relationship.", "$or"),
    ({"$or": [{"a": [1]}, {}]}, "Empty objects are not allowed", ""),
]


@pytest.mark.parametrize(("pattern", "reason", "place"), STRUCTURES)
def test_a_wrong_structure_is_refused_with_its_place(
    pattern: dict[str, object], reason: str, place: str
) -> None:
    """The place is the path in the pattern."""
    with pytest.raises(InvalidPatternError) as refused:
        Pattern.parse(pattern)

    assert (refused.value.reason, refused.value.place) == (reason, place)


NO_JSON = [
    ("this is no JSON", "Unrecognized token 'this': was expecting (JSON String, Number, Array, "),
    ('{"a": [nope]}', "Unrecognized token 'nope': was expecting (JSON String, Number, Array, "),
    ('{"a": [NaN]}', "Unrecognized token 'NaN': was expecting (JSON String, Number, Array, "),
    ('{"a": [1]', "Expecting ',' delimiter: line 1, column 10"),
    ("{'a': [1]}", "Expecting property name enclosed in double quotes: line 1, column 2"),
    ('{"a": [1],}', ""),
    ('{"a": [1]} {}', "Extra data: line 1, column 12"),
    ("", "Expecting value: line 1, column 1"),
]


@pytest.mark.parametrize(("text", "reason"), NO_JSON)
def test_what_is_no_json_is_refused(text: str, reason: str) -> None:
    """With AWS's words where a word stands in the way, and with line and column elsewhere."""
    with pytest.raises(InvalidPatternError) as refused:
        Pattern.parse(text)

    assert refused.value.reason.startswith(reason)


@pytest.mark.parametrize("key", [1, 1.5, True, None])
def test_a_key_that_is_no_text_is_refused(key: Any) -> None:
    """YAML reads `no` as false, and JSON would write it as if it were the text `false`."""
    with pytest.raises(InvalidPatternError, match=f"the key {key!r} is not a string"):
        Pattern.parse({"a": {key: [1]}})


def test_a_tree_may_be_of_any_mappings() -> None:
    """Patterns that nobody may change are often such."""
    tree = MappingProxyType({"a": MappingProxyType({"b": ({"exists": True},)})})

    assert Pattern.parse(tree).matches({"a": {"b": 1}})

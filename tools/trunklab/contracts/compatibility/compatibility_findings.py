"""Every finding of the comparison by its id: what it means and what to do about it."""

from typing import Final, NamedTuple


class Id(NamedTuple):
    """What a finding is about, and how to mend it."""

    about: str
    fix: str


_MAJOR: Final = "or make it in a new major"

IDS: Final = {
    # Fields.
    "optional-field-added": Id("a field that may be absent is new", "nothing to do"),
    "required-field-added": Id("a field that must be there is new", f"give it a default, {_MAJOR}"),
    "optional-field-removed": Id(
        "a field that could be absent is gone", "stop every producer that still sends it first"
    ),
    "required-field-removed": Id(
        "a field that consumers count on is gone", f"keep sending it, {_MAJOR}"
    ),
    "field-required": Id("a field may no longer be absent", f"keep its default, {_MAJOR}"),
    "field-optional": Id("a field may now be absent", f"keep it required, {_MAJOR}"),
    # Values.
    "type-narrowed": Id("a kind of value is no longer allowed", f"go on taking it, {_MAJOR}"),
    "type-widened": Id(
        "another kind of value is allowed, null for example", f"send it in a new field, {_MAJOR}"
    ),
    "type-changed": Id("values are of another kind", f"send them in a new field, {_MAJOR}"),
    "value-added": Id("an enum has a new value", f"send it in a new optional field, {_MAJOR}"),
    "value-removed": Id("an enum lost a value", f"keep the value, {_MAJOR}"),
    "bounds-narrowed": Id(
        "numbers, lengths or counts have tighter bounds", f"check it in the producer, {_MAJOR}"
    ),
    "bounds-widened": Id(
        "numbers, lengths or counts have wider bounds", f"keep the old bounds, {_MAJOR}"
    ),
    "bounds-changed": Id(
        "numbers, lengths or counts have other bounds", f"keep the old bounds, {_MAJOR}"
    ),
    "pattern-narrowed": Id("fewer texts match", f"check it in the producer, {_MAJOR}"),
    "pattern-widened": Id("more texts match", f"keep the old pattern, {_MAJOR}"),
    "pattern-changed": Id("other texts match", f"keep the old pattern, {_MAJOR}"),
    "format-narrowed": Id("a format is demanded", f"check it in the producer, {_MAJOR}"),
    "format-widened": Id("a format is no longer demanded", f"keep the format, {_MAJOR}"),
    "format-changed": Id("another format is demanded", f"send it in a new field, {_MAJOR}"),
    "names-narrowed": Id("a map has fewer names", f"go on taking them, {_MAJOR}"),
    "names-widened": Id("a map has more names", f"keep the old names, {_MAJOR}"),
    "names-changed": Id("a map has other names", f"keep the old names, {_MAJOR}"),
    "member-added": Id("a union has a new member", f"send it in a new optional field, {_MAJOR}"),
    "member-removed": Id("a union lost a member", f"keep the member, {_MAJOR}"),
    "default-changed": Id("an absent field means something else", f"keep the default, {_MAJOR}"),
    "discriminator-changed": Id(
        "code bindings tell the members of a union apart otherwise", "nothing to do"
    ),
    "personal-data-unmarked": Id(
        "a field is shown in the clear that was masked", "mark the field with PERSONAL again"
    ),
    "personal-data-marked": Id("a field is masked from now on", "nothing to do"),
    "example-refused": Id(
        "an old consumer refuses one of the examples", "correct the example, or what it needs"
    ),
    "example-invalid": Id("an example breaks its own contract", "correct the example"),
    # The contract as a whole.
    "contract-added": Id("a contract is new", "nothing to do"),
    "contract-moved": Id("the file of a contract lies elsewhere", "nothing to do"),
    "contract-removed": Id("a contract is gone after its sunset", "nothing to do"),
    "source-changed": Id(
        "another source publishes it: no rule matches it any more",
        "keep the source, or add the new contract beside the old one",
    ),
    "detail-type-changed": Id(
        "its events are called otherwise: no rule matches them any more",
        "keep the detail-type, or add the new contract beside the old one",
    ),
    "subject-changed": Id(
        "another field is the aggregate's id: order and history of events change",
        f"keep the subject, {_MAJOR}",
    ),
    "owner-changed": Id("another team answers for it", "nothing to do"),
    "policy-weakened": Id(
        "less is promised than before, or nothing", f"declare the old compatibility, {_MAJOR}"
    ),
    "policy-strengthened": Id("more is promised than before", "nothing to do"),
    # The end of its life.
    "overlap-undeclared": Id(
        "two majors of one event, and the older one has no end",
        "declare deprecated_since and sunset on the older major",
    ),
    "overlap-one-sided": Id(
        "the producer publishes one of two majors only",
        "return both majors from the handler until the sunset",
    ),
    "removed-undeprecated": Id(
        "a contract is gone of which nobody knew that it would go",
        "bring it back with deprecated_since and sunset, and remove it after that day",
    ),
    "removed-before-sunset": Id(
        "a contract is gone before its sunset", "bring it back until that day"
    ),
    "removed-while-named": Id(
        "a contract is gone that a rule still names",
        "bring it back, or move that rule to another major first",
    ),
    "sunset-passed": Id(
        "a contract is there after its sunset", "remove it, or declare a later sunset"
    ),
    "sunset-earlier": Id(
        "consumers have less time than was promised", "declare the old sunset again"
    ),
    "lifecycle-changed": Id("deprecation or sunset are declared otherwise", "nothing to do"),
}
"""In the order of the guide."""

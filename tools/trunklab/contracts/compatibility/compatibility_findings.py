"""Findings of the compatibility check by id: meaning and fix."""

from typing import Final, NamedTuple


class Id(NamedTuple):
    """The meaning of a finding, and its fix."""

    about: str
    fix: str


_MAJOR: Final = "or make it in a new major"

IDS: Final = {
    # Fields.
    "optional-field-added": Id("a new field is optional", "nothing to do"),
    "required-field-added": Id("a new field is required", f"give it a default, {_MAJOR}"),
    "optional-field-removed": Id(
        "an optional field is removed", "stop every producer that still sends it first"
    ),
    "required-field-removed": Id("a required field is removed", f"keep sending it, {_MAJOR}"),
    "field-required": Id("an optional field becomes required", f"keep its default, {_MAJOR}"),
    "field-optional": Id("a required field becomes optional", f"keep it required, {_MAJOR}"),
    # Values.
    "type-narrowed": Id("a type of value is no longer allowed", f"keep the type, {_MAJOR}"),
    "type-widened": Id(
        "another type of value is allowed, for example null", f"send it in a new field, {_MAJOR}"
    ),
    "type-changed": Id("values have another type", f"send them in a new field, {_MAJOR}"),
    "value-added": Id("an enum value is added", f"send it in a new optional field, {_MAJOR}"),
    "value-removed": Id("an enum value is removed", f"keep the value, {_MAJOR}"),
    "bounds-narrowed": Id(
        "numbers, lengths or counts have tighter bounds", f"check it in the producer, {_MAJOR}"
    ),
    "bounds-widened": Id(
        "numbers, lengths or counts have wider bounds", f"keep the old bounds, {_MAJOR}"
    ),
    "bounds-changed": Id(
        "numbers, lengths or counts have other bounds", f"keep the old bounds, {_MAJOR}"
    ),
    "pattern-narrowed": Id("fewer strings match", f"check it in the producer, {_MAJOR}"),
    "pattern-widened": Id("more strings match", f"keep the old pattern, {_MAJOR}"),
    "pattern-changed": Id("other strings match", f"keep the old pattern, {_MAJOR}"),
    "format-narrowed": Id("a format is required", f"check it in the producer, {_MAJOR}"),
    "format-widened": Id("a format is no longer required", f"keep the format, {_MAJOR}"),
    "format-changed": Id("another format is required", f"send it in a new field, {_MAJOR}"),
    "names-narrowed": Id("a map allows fewer names", f"keep the old names, {_MAJOR}"),
    "names-widened": Id("a map allows more names", f"keep the old names, {_MAJOR}"),
    "names-changed": Id("a map allows other names", f"keep the old names, {_MAJOR}"),
    "member-added": Id("a union member is added", f"send it in a new optional field, {_MAJOR}"),
    "member-removed": Id("a union member is removed", f"keep the member, {_MAJOR}"),
    "default-changed": Id("an absent field has another value", f"keep the default, {_MAJOR}"),
    "discriminator-changed": Id(
        "code bindings use another field to distinguish the members of a union", "nothing to do"
    ),
    "personal-data-unmarked": Id(
        "a masked field is now logged in clear text", "mark the field with PERSONAL again"
    ),
    "personal-data-marked": Id("a field is now masked in logs", "nothing to do"),
    "example-refused": Id(
        "an old consumer rejects one of the examples",
        "correct the example or its change",
    ),
    "example-invalid": Id("an example violates its own contract", "correct the example"),
    # The contract as a whole.
    "contract-added": Id("a contract is new", "nothing to do"),
    "contract-moved": Id("the file of a contract is moved", "nothing to do"),
    "contract-removed": Id("a contract is removed after its sunset", "nothing to do"),
    "source-changed": Id(
        "another source publishes the event: no rule matches it any more",
        "keep the source, or add the new contract beside the old one",
    ),
    "detail-type-changed": Id(
        "the detail-type is renamed: no rule matches the events any more",
        "keep the detail-type, or add the new contract beside the old one",
    ),
    "subject-changed": Id(
        "another field is the subject: order and history of events change",
        f"keep the subject, {_MAJOR}",
    ),
    "owner-changed": Id("another team owns the contract", "nothing to do"),
    "policy-weakened": Id(
        "the new policy promises less than the old one", f"declare the old compatibility, {_MAJOR}"
    ),
    "policy-strengthened": Id("the new policy promises more than the old one", "nothing to do"),
    # The end of its life.
    "overlap-undeclared": Id(
        "two majors of one event exist, and the older one has no sunset",
        "declare deprecated_since and sunset on the older major",
    ),
    "overlap-one-sided": Id(
        "the producer publishes only one of two majors",
        "return both majors from the handler until the sunset",
    ),
    "removed-undeprecated": Id(
        "a contract is removed without a sunset",
        "restore it with deprecated_since and sunset, and remove it after the sunset",
    ),
    "removed-before-sunset": Id(
        "a contract is removed before its sunset", "restore it until its sunset"
    ),
    "removed-while-named": Id(
        "a rule still names a removed contract",
        "restore the contract, or move the rule to another major first",
    ),
    "sunset-passed": Id(
        "a contract still exists after its sunset", "remove it, or declare a later sunset"
    ),
    "sunset-earlier": Id("the sunset is earlier than promised", "restore the old sunset"),
    "lifecycle-changed": Id("deprecation or sunset is changed", "nothing to do"),
}
"""In the order of the guide."""

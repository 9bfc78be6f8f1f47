"""Compares tables and queues with a release, and reports changes that lose their data."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final

from trunklab.data_safety.stacks import (
    Files,
    Place,
    Stack,
    Stacks,
    Store,
    in_folder,
    released,
    stacks_of,
)
from trunklab.findings.finding import Finding, Level
from trunklab.findings.finding_report import Check

_REPLACED: Final = "CloudFormation replaces the table by an empty one"
_TTL_DELETES: Final = (
    "DynamoDB cannot rename the attribute of an enabled TTL, and deletes items that have it"
)
_CHANGES: Final = (
    (
        ("store-type-changed", "CloudFormation cannot change the type of a logical id."),
        ("type", "CloudFormation cannot change the type of a resource"),
    ),
    (
        ("store-name-changed", "CloudFormation replaces a table or queue with another name."),
        ("name", "CloudFormation replaces the resource by an empty one"),
    ),
    (
        ("store-condition-changed", "A stage may delete a table or queue."),
        ("condition", "CloudFormation deletes the resource where the condition no longer holds"),
    ),
    (
        ("store-key-changed", "CloudFormation replaces a table with another key."),
        ("key", _REPLACED),
    ),
    (
        (
            "store-indexes-changed",
            "CloudFormation replaces a table with other local secondary indexes.",
        ),
        ("table's local indexes and import", _REPLACED),
    ),
    (
        ("store-ttl-changed", "DynamoDB cannot rename the attribute of an enabled TTL."),
        ("TTL attribute", _TTL_DELETES),
    ),
)
"""Id and help of each finding about a change, then what changed and what a deployment does."""

_ERRORS: Final = (
    ("store-removed", "A table or queue is gone, or has another logical id or place."),
    ("stack-removed", "The template of a stack with tables or queues is gone."),
    *(check for check, _ in _CHANGES),
    (
        "dynamic-reference",
        "A redeploy does not see that the value of a dynamic reference has changed.",
    ),
)
_UNREADABLE: Final = "old-template-unreadable"

CHECKS: Final = (
    *(Check(name, Level.ERROR, text) for name, text in _ERRORS),
    Check(_UNREADABLE, Level.NOTE, "The released template cannot be read, so it is not compared."),
)
"""Findings of `trunkline templates check`: id, level, and what each means."""


def check(root: Path, against: str | None) -> list[Finding]:
    """Returns the findings in the order of their places.

    Raises TopologyError for a template that cannot be read now, RevisionError, UsageError.
    """
    current = in_folder(root)
    new = stacks_of(current)
    if new.problems:
        raise new.problems[0]
    dynamic = _dynamic_references(current, (stack.path for stack in new.by_place.values()))
    files = released(root, against)
    if files is None:
        return list(dynamic)
    old = stacks_of(files)
    comparison = _Comparison(old, new, files.name)
    unread = (_unreadable(error.path, error.problem, files.name) for error in old.problems)
    return sorted({*dynamic, *unread, *comparison.findings()})


@dataclass(frozen=True)
class _Comparison:
    old: Stacks
    new: Stacks
    name: str

    def findings(self) -> Iterator[Finding]:
        for place, old in self.old.by_place.items():
            if place[:1] in self.new.by_place:
                yield from self._of_stack(place, old)
            elif len(place) == 1:
                yield from self._removed_stack(place[0])

    def _of_stack(self, place: Place, old: Stack) -> Iterator[Finding]:
        new = self.new.by_place.get(place)
        for name, store in old.stores.items():
            if self._is_explained((*place, name)):
                continue
            now = new.stores.get(name) if new else None
            if now is None:
                yield self._removed((*place, name))
            else:
                yield from self._changes((*place, name), store, now)

    def _changes(self, place: Place, old: Store, new: Store) -> Iterator[Finding]:
        path = self.new.by_place[place[:-1]].path
        for (finding, _), (what, effect) in _CHANGES:
            before, after = old.facts.get(finding), new.facts.get(finding)
            # A queue has no key: a table that becomes a queue is a change of type only.
            if before is not None and after is not None and before != after:
                change = f"{what} was {before} in {self.name}, is {after}: {effect}"
                text = f"{_named(place)}: {change}"
                yield Finding(path, new.line, finding, text, _fix(place[-1], path))

    def _removed(self, place: Place) -> Finding:
        """Returns a finding in the nearest stack that still exists: its template can explain it."""
        stack = place[:-1]
        while stack not in self.new.by_place:
            stack = stack[:-1]
        path = self.new.by_place[stack].path
        text = (
            f"{_named(place)} was in {self.name} and is gone: CloudFormation deletes it, or leaves "
            "it behind with its data"
        )
        return Finding(path, 1, "store-removed", text, _fix(place[len(stack)], path))

    def _removed_stack(self, path: str) -> Iterator[Finding]:
        stacks = (stack for place, stack in self.old.by_place.items() if place[0] == path)
        names = sorted(name for stack in stacks for name in stack.stores)
        if not names or any(self._reason(place, path) for place in self.new.by_place):
            return
        text = f"the stack's template is gone since {self.name}, with {', '.join(names)}"
        fix = (
            "bring it back, or say why under Metadata: {Trunkline: {Replaces: {"
            f"{path}: <reason>}}}}}} in any other template"
        )
        yield Finding(PurePosixPath(path), 1, "stack-removed", text, fix)

    def _is_explained(self, place: Place) -> bool:
        """True if the stack of the resource, or a stack around that, gives a reason."""
        return any(self._reason(place[:end], place[end]) for end in range(1, len(place)))

    def _reason(self, stack: Place, name: str) -> bool:
        """True if the stack gives a reason that it did not give before.

        A reason counts for one change: the next change needs another reason.
        """
        now, before = self.new.by_place.get(stack), self.old.by_place.get(stack)
        reason = now.reasons.get(name) if now else None
        return reason is not None and (before is None or before.reasons.get(name) != reason)


def _named(place: Place) -> str:
    return "/".join(place[1:]) + (f" of {place[0]}" if len(place) > len(("path", "id")) else "")


def _fix(name: str, path: PurePosixPath) -> str:
    return (
        "undo the change, or say why under "
        f"Metadata: {{Trunkline: {{Replaces: {{{name}: <reason>}}}}}} in {path}"
    )


def _unreadable(path: PurePosixPath | str, problem: str, name: str) -> Finding:
    text = f"the template cannot be read in {name}, so it is not compared: {problem}"
    return Finding(PurePosixPath(path), 1, _UNREADABLE, text, "nothing to do", Level.NOTE)


def _dynamic_references(files: Files, paths: Iterable[PurePosixPath]) -> Iterator[Finding]:
    """Yields a finding for each line with a dynamic reference, comments apart."""
    fix = (
        "make the value a root parameter of type AWS::SSM::Parameter::Value<String>, and pass it "
        "to nested templates as a plain value"
    )
    for path in sorted(set(paths)):
        for line, text in enumerate(files.read(path).decode(errors="replace").splitlines(), 1):
            if "{{resolve:" in text.partition(" #")[0] and not text.lstrip().startswith("#"):
                message = "a dynamic reference keeps its old value when the parameter changes"
                yield Finding(path, line, "dynamic-reference", message, fix)

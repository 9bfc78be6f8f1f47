"""Many rules at once: which of them match an event.

Rules are dealt to blocks that are small enough for a processor's caches: those that name kinds of
events, pairs of source and detail type, by their kinds, and those that do not to every block. What
the first event of a kind finds out is kept: its block, and which branches of it may match.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from itertools import product
from typing import Any, Final, NamedTuple

from msgspec import UNSET, Struct, UnsetType, field
from msgspec.json import Decoder

from trunklab.patterns import event_input
from trunklab.patterns.compiled import field_tree
from trunklab.patterns.compiled.bit_sets import Numbered
from trunklab.patterns.compiled.code_writer import Run, Written
from trunklab.patterns.compiled.event_reader import FAILURES, Records, readable
from trunklab.patterns.compiled.field_tree import Field
from trunklab.patterns.compiled.program import Program
from trunklab.patterns.conditions import Text
from trunklab.patterns.event_input import Event
from trunklab.patterns.parse import Branch, Clause, Path
from trunklab.patterns.pattern import Pattern
from trunklab.patterns.pattern_limits import (
    BLOCK_BRANCHES_MIN,
    BLOCKS,
    CHARACTERS_REMEMBERED_MAX,
    KINDS_MAX,
    KINDS_OF_BRANCH_MAX,
    OWN_BLOCKS_MAX,
    OWN_BRANCHES_MAX,
    RECORD_KEYS_MAX,
)

SOURCE: Final = ("source",)
DETAIL_TYPE: Final = ("detail-type",)
HEADS: Final = (DETAIL_TYPE, SOURCE)
"""In the order that events have them, which the parser expects then."""

Name = str | UnsetType
Named = tuple[str, Branch]


class _Head(Struct):
    """What rules are chosen by; another type than text is left to the slow way."""

    source: Name = UNSET
    detail_type: Name = field(default=UNSET, name="detail-type")


class Shared(NamedTuple):
    """What all programs of a set share: paths of fields, how records are read, and the code."""

    paths: tuple[Path, ...]
    records: Records
    written: Written | None


class Block:
    """Branches that are matched together, and the names of their rules."""

    def __init__(self, branches: Sequence[Named], shared: Shared | None) -> None:
        self.branches = branches
        self.names = Numbered([name for name, _ in branches])
        self._shared = shared

    @cached_property
    def program(self) -> Program:
        """All fields but those that chose."""
        branches = [branch for _, branch in self.branches]
        if self._shared is None:
            tree = field_tree.tree(branches)
            without_heads = {path for path, _ in tree.below()}.difference(HEADS)
            return Program(branches, field_tree.part(tree, without_heads))
        paths, records, written = self._shared
        if written is None:
            used = {path for branch in branches for path in branch}
            paths = tuple(path for path in paths if path in used)
        root = field_tree.part(field_tree.tree(branches, paths), paths)
        return Program(branches, root, records, written)

    @cached_property
    def _heads(self) -> Field:
        named = (branch.items() for _, branch in self.branches)
        return field_tree.tree(
            [{p: clause for p, clause in items if p in HEADS} for items in named]
        )

    def chosen(self, source: Name, detail_type: Name) -> int:
        """The branches that may match events of a kind."""
        found = self._heads.everything
        for (key,), value in ((SOURCE, source), (DETAIL_TYPE, detail_type)):
            head = self._heads.children.get(key)
            if head is not None and head.table is not None:
                table = head.table
                found &= table.absent if isinstance(value, UnsetType) else table.of(value)
        return found

    def only(self, chosen: int) -> "Block":
        """Some of the branches by themselves, with a code of their own."""
        of_them = [one for bit, one in enumerate(self.branches) if chosen >> bit & 1]
        return Block(of_them, self._shared and self._shared._replace(written=None))


class Kind(NamedTuple):
    """What the first event of a kind finds out; `run` is for records that all rules share."""

    block: Block
    chosen: int
    run: Run | None


class RuleSet:
    """Rules by their names, matched together; the order of the names is kept."""

    def __init__(self, rules: Mapping[str, Pattern]) -> None:
        self._branches = [
            (name, branch) for name, pattern in rules.items() for branch in pattern.branches
        ]
        self._shared = shared([branch for _, branch in self._branches])
        self._dealt, self._block_of = _deal(self._branches)
        self._blocks: dict[int, Block] = {}
        self._own_blocks: dict[tuple[int, int], Block] = {}
        self._kinds: dict[Name, dict[Name, Kind]] = {}
        self._kinds_known = 0
        # The shared records have a head's attributes too.
        decode: Any = self._shared.records.decode if self._shared else Decoder(_Head).decode
        self._decode: Callable[[bytes | str], _Head] = decode

    def match(self, event: Event) -> list[str]:
        """The names of the rules that match; raises InvalidEventError."""
        if isinstance(event, _TEXT):
            try:
                if not event.isascii():
                    _require_unicode(event)
                record = self._decode(event)
                kind = self._kinds.get(record.source, _NONE).get(record.detail_type)
                block, chosen, run = kind or self._kind(record.source, record.detail_type)
                if run is not None:
                    matching = run(record, chosen)
                elif chosen:
                    program = block.program
                    matching = program.run(program.records.decode(event), chosen)
                else:
                    return []
                return block.names.of(matching) if matching else []
            except FAILURES:
                pass  # the way below reads whatever can be read, and says what is wrong
        return self._match_tree(event_input.tree(event))

    def _match_tree(self, event: Mapping[str, object]) -> list[str]:
        source, detail_type = event.get("source", UNSET), event.get("detail-type", UNSET)
        if isinstance(source, Name) and isinstance(detail_type, Name):
            block, chosen, _ = self._kind(source, detail_type)
            return block.names.of(block.program.matching(event, chosen)) if chosen else []
        program, names = self._whole
        return names.of(program.matching(event))

    @cached_property
    def _whole(self) -> tuple[Program, Numbered[str]]:
        """For events whose source or detail type is no text."""
        branches = [branch for _, branch in self._branches]
        return Program(branches), Numbered([name for name, _ in self._branches])

    def _kind(self, source: Name, detail_type: Name) -> Kind:
        kinds = self._kinds.get(source, _NONE)
        if detail_type not in kinds:
            self._kinds_known += 1
            if self._kinds_known > KINDS_MAX:
                self._kinds.clear()
                self._kinds_known = 1
            number = self._block_of.get((source, detail_type), 0)
            if number not in self._blocks:
                self._blocks[number] = Block(self._dealt[number], self._shared)
            block, chosen = self._own(number, self._blocks[number].chosen(source, detail_type))
            found = Kind(block, chosen, block.program.run if chosen and self._shared else None)
            if len(f"{source}{detail_type}") <= CHARACTERS_REMEMBERED_MAX:
                self._kinds.setdefault(source, {})[detail_type] = found
            return found
        return kinds[detail_type]

    def _own(self, number: int, chosen: int) -> tuple[Block, int]:
        """The chosen branches of a block by themselves, while there is room for more blocks."""
        block, key = self._blocks[number], (number, chosen)
        if not 0 < chosen.bit_count() <= OWN_BRANCHES_MAX or self._shared is None:
            return block, chosen
        if key not in self._own_blocks:
            if len(self._own_blocks) >= OWN_BLOCKS_MAX:
                return block, chosen
            self._own_blocks[key] = block.only(chosen)
        own = self._own_blocks[key]
        return own, (1 << len(own.branches)) - 1


def _require_unicode(event: bytes | str) -> None:
    """Raise UnicodeError where the parser would skip bytes that are no text."""
    if isinstance(event, bytes):
        event.decode()


_TEXT: Final = (bytes, str)
_NONE: Final[dict[Name, Kind]] = {}


def _deal(branches: list[Named]) -> tuple[list[list[Named]], dict[tuple[Name, Name], int]]:
    """The branches of each block, in order, and the block of each kind; of others it is any."""
    size = max(BLOCK_BRANCHES_MIN, len(branches) // BLOCKS)
    if len(branches) <= size:
        return [branches], {}
    kinds: dict[tuple[Name, Name], list[int]] = {}
    everywhere = []
    for place, (_, branch) in enumerate(branches):
        sources, types = (_texts(branch.get(path, ())) for path in (SOURCE, DETAIL_TYPE))
        if 0 < len(sources) * len(types) <= KINDS_OF_BRANCH_MAX:
            for one in product(sources, types):
                kinds.setdefault(one, []).append(place)
        else:
            everywhere.append(place)
    blocks: list[set[int]] = [set(everywhere)]
    block_of: dict[tuple[Name, Name], int] = {}
    for kind, places in kinds.items():
        if len(blocks[-1]) - len(everywhere) + len(places) > size:
            blocks.append(set(everywhere))
        blocks[-1].update(places)
        block_of[kind] = len(blocks) - 1
    return [[branches[place] for place in sorted(block)] for block in blocks], block_of


def _texts(clause: Clause) -> list[str]:
    """The texts that a clause takes; none if it takes anything else too."""
    found = [one.text for one in clause if isinstance(one, Text)]
    return found if len(found) == len(clause) else []


def shared(branches: Sequence[Branch]) -> Shared | None:
    """What all rules can share, or None where their records are too large or cannot be.

    Fields stand in the order in which rules name them: as fast in one process as in another.
    """
    named = dict.fromkeys(path for branch in branches for path in branch)
    paths = tuple(path for path in named if path not in HEADS)
    root = field_tree.tree([], (*HEADS, *paths))
    keys = sum(1 + len(one.dotted) for _, one in [((), root), *root.below()])
    if keys > RECORD_KEYS_MAX or not readable(root):
        return None
    records = Records(root, heads={"source": "source", "detail-type": "detail_type"})
    written = Written(field_tree.part(field_tree.shape(branches), paths), records)
    return Shared(paths, records, written)

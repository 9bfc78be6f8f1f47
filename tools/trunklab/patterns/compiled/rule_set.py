"""Matches an event against many rules at once.

Rules are split into blocks small enough for a processor's caches: by the kinds of events that they
name, pairs of source and detail-type. Rules that name none are in every block. The first event of
a kind determines its block and the branches that may match, and both are cached.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from itertools import product
from typing import Any, Final, NamedTuple

from msgspec import UNSET, Struct, UnsetType, field
from msgspec.json import Decoder

from trunklab.patterns.compiled import field_tree
from trunklab.patterns.compiled.code_writer import Run, Written
from trunklab.patterns.compiled.event_reader import FAILURES, NotReadError, Records, readable
from trunklab.patterns.compiled.field_tree import Field
from trunklab.patterns.compiled.program import Program
from trunklab.patterns.conditions import Text
from trunklab.patterns.parse import DETAIL_TYPE, SOURCE, Branch, Clause, Path
from trunklab.patterns.pattern import Event, Pattern, event_object
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

HEADS: Final = (DETAIL_TYPE, SOURCE)
"""In the order of AWS's events, which the parser expects."""

Name = str | UnsetType
Named = tuple[str, Branch]


class _Head(Struct):
    """Keys used to preselect rules; values that are not strings take the slow path."""

    source: Name = UNSET
    detail_type: Name = field(default=UNSET, name="detail-type")


class Shared(NamedTuple):
    """Paths of fields, record types and code that all blocks of a set share."""

    paths: tuple[Path, ...]
    records: Records
    written: Written | None


class Block:
    """Branches that are matched together, and the names of their rules."""

    def __init__(self, branches: Sequence[Named], shared: Shared | None) -> None:
        self.branches = branches
        self._parsed = [branch for _, branch in branches]
        self._shared = shared
        self._names = [name for name, _ in branches]
        counts = Counter(self._names)
        of_several = [bit for bit, name in enumerate(self._names) if counts[name] > 1]
        self._of_several = field_tree.set_of(of_several)

    def names(self, matching: int) -> list[str]:
        """Returns the names of the rules of some branches, in order."""
        if not matching & (matching - 1):
            return [self._names[matching.bit_length() - 1]] if matching else []
        found = []
        repeated = matching & self._of_several
        while matching:
            highest = matching.bit_length() - 1
            found.append(self._names[highest])
            matching ^= 1 << highest
        found.reverse()
        return list(dict.fromkeys(found)) if repeated else found

    @cached_property
    def _root(self) -> Field:
        """All fields but those that rules are preselected by."""
        used = dict.fromkeys(path for branch in self._parsed for path in branch)
        if self._shared is None:
            paths = tuple(path for path in used if path not in HEADS)
        elif self._shared.written is None:
            paths = tuple(path for path in self._shared.paths if path in used)
        else:
            paths = self._shared.paths
        return field_tree.part(field_tree.tree(self._parsed, paths), paths)

    @cached_property
    def program(self) -> Program:
        """Matches events that are read as a whole, without the fields of HEADS."""
        return Program(self._parsed, self._root)

    @cached_property
    def complete(self) -> Program:
        """Matches events by all fields."""
        return Program(self._parsed)

    @cached_property
    def records(self) -> Records:
        """Raises NotReadError if records cannot hold the fields."""
        if self._shared is not None:
            return self._shared.records
        if not readable(self._root):
            raise NotReadError
        return Records(self._root)

    @cached_property
    def run(self) -> Run:
        """Matches records; raises one of FAILURES."""
        written = self._shared.written if self._shared else None
        return (written or Written(self._root, self.records)).bind(self._root)

    @cached_property
    def _heads(self) -> Field:
        items = (branch.items() for branch in self._parsed)
        return field_tree.tree([{p: clause for p, clause in of if p in HEADS} for of in items])

    def chosen(self, source: Name, detail_type: Name) -> int:
        """Returns the branches that may match events of a kind."""
        found = self._heads.everything
        for (key,), value in ((SOURCE, source), (DETAIL_TYPE, detail_type)):
            head = self._heads.children.get(key)
            if head is not None and head.table is not None:
                table = head.table
                found &= table.absent if isinstance(value, UnsetType) else table.of(value)
        return found

    def only(self, chosen: int) -> "Block":
        """Returns a block of some of the branches with its own code."""
        branches = [named for bit, named in enumerate(self.branches) if chosen >> bit & 1]
        return Block(branches, self._shared and self._shared._replace(written=None))


class Kind(NamedTuple):
    """The block and branches for a kind of event; `run` needs records that all rules share."""

    block: Block
    chosen: int
    run: Run | None


class RuleSet:
    """Rules by name, matched together; results have the order of the rules."""

    def __init__(self, rules: Mapping[str, Pattern]) -> None:
        self._branches = [
            (name, branch) for name, pattern in rules.items() for branch in pattern.branches
        ]
        self._shared = shared([branch for _, branch in self._branches])
        self._split, self._block_of = _split(self._branches)
        self._blocks: dict[int, Block] = {}
        self._own_blocks: dict[tuple[int, int], Block] = {}
        self._kinds: dict[Name, dict[Name, Kind]] = {}
        self._kinds_known = 0
        # Shared records have the attributes of _Head too.
        decode: Any = self._shared.records.decode if self._shared else Decoder(_Head).decode
        self._decode: Callable[[bytes | str], _Head] = decode

    def match(self, event: Event) -> list[str]:
        """Returns the names of the rules that match; raises InvalidEventError."""
        if isinstance(event, _TEXT):
            try:
                if isinstance(event, bytes) and not event.isascii():
                    event.decode()  # the parser would skip bytes that are not UTF-8
                record = self._decode(event)
                kind = self._kinds.get(record.source, _NONE).get(record.detail_type)
                block, chosen, run = kind or self._kind(record.source, record.detail_type)
                if run is not None:
                    matching = run(record, chosen)
                elif chosen:
                    matching = block.run(block.records.decode(event), chosen)
                else:
                    return []
                return block.names(matching) if matching else []
            except FAILURES:
                pass  # read as a whole below, which reports what is wrong
        return self._match_object(event_object(event))

    def _match_object(self, event: Mapping[str, object]) -> list[str]:
        source, detail_type = event.get("source", UNSET), event.get("detail-type", UNSET)
        if isinstance(source, Name) and isinstance(detail_type, Name):
            block, chosen, _ = self._kind(source, detail_type)
            return block.names(block.program.matching(event, chosen)) if chosen else []
        return self._whole.names(self._whole.complete.matching(event))

    @cached_property
    def _whole(self) -> Block:
        """For events whose source or detail-type is not a string."""
        return Block(self._branches, None)

    def _kind(self, source: Name, detail_type: Name) -> Kind:
        kinds = self._kinds.get(source, _NONE)
        if detail_type not in kinds:
            self._kinds_known += 1
            if self._kinds_known > KINDS_MAX:
                self._kinds.clear()
                self._kinds_known = 1
            number = self._block_of.get((source, detail_type), 0)
            if number not in self._blocks:
                self._blocks[number] = Block(self._split[number], self._shared)
            block, chosen = self._own(number, self._blocks[number].chosen(source, detail_type))
            found = Kind(block, chosen, block.run if chosen and self._shared else None)
            if len(f"{source}{detail_type}") <= CHARACTERS_REMEMBERED_MAX:
                self._kinds.setdefault(source, {})[detail_type] = found
            return found
        return kinds[detail_type]

    def _own(self, number: int, chosen: int) -> tuple[Block, int]:
        """Returns a block of the chosen branches only, while there is room for more blocks."""
        block, key = self._blocks[number], (number, chosen)
        if not 0 < chosen.bit_count() <= OWN_BRANCHES_MAX or self._shared is None:
            return block, chosen
        if key not in self._own_blocks:
            if len(self._own_blocks) >= OWN_BLOCKS_MAX:
                return block, chosen
            self._own_blocks[key] = block.only(chosen)
        own = self._own_blocks[key]
        return own, (1 << len(own.branches)) - 1


_TEXT: Final = (bytes, str)
_NONE: Final[dict[Name, Kind]] = {}


def _split(branches: list[Named]) -> tuple[list[list[Named]], dict[tuple[Name, Name], int]]:
    """Returns the branches of each block, in order, and the block of each kind that rules name."""
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
    """Returns the strings that a clause matches; none if it matches anything else too."""
    found = [condition.text for condition in clause if isinstance(condition, Text)]
    return found if len(found) == len(clause) else []


def shared(branches: Sequence[Branch]) -> Shared | None:
    """Returns what all rules can share; None if records would be too large or impossible.

    Fields have the order in which rules name them, so that all processes are equally fast.
    """
    named = dict.fromkeys(path for branch in branches for path in branch)
    paths = tuple(path for path in named if path not in HEADS)
    root = field_tree.tree([], (*HEADS, *paths))
    keys = sum(1 + len(one.dotted) for _, one in [((), root), *root.below()])
    if keys > RECORD_KEYS_MAX or not readable(root):
        return None
    records = Records(root, heads={"source": "source", "detail-type": "detail_type"})
    written = Written(field_tree.part(field_tree.tree(branches), paths), records)
    return Shared(paths, records, written)

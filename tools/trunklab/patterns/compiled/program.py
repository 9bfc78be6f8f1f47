"""Branches made ready to be matched: events in, sets of branches out."""

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property

from msgspec import Struct

from trunklab.patterns import backtracking
from trunklab.patterns.compiled import code_writer, evaluate, event_reader, field_tree
from trunklab.patterns.compiled.field_tree import Field
from trunklab.patterns.errors import InvalidEventError
from trunklab.patterns.parse import Branch


class Program:
    """A set of branches is an integer with a bit for each, in their order.

    A program may look at a part of the fields only, where others are known to hold. Its records
    and its code are made if none are given.
    """

    def __init__(
        self,
        branches: Sequence[Branch],
        root: Field | None = None,
        records: event_reader.Records | None = None,
        written: code_writer.Written | None = None,
    ) -> None:
        self._branches = branches
        self._given_root = root
        self._given_records = records
        self._given_written = written

    @cached_property
    def _complete(self) -> Field:
        return field_tree.tree(self._branches)

    @property
    def _root(self) -> Field:
        return self._complete if self._given_root is None else self._given_root

    @cached_property
    def records(self) -> event_reader.Records:
        """What texts are read into; raises NotReadError where records cannot hold the fields."""
        if not event_reader.readable(self._root):
            raise event_reader.NotReadError
        return self._given_records or event_reader.Records(self._root)

    @cached_property
    def run(self) -> Callable[[Struct, int], int]:
        """From a record and some branches to those that match; raises one of `reader.FAILURES`."""
        written = self._given_written or code_writer.Written(self._root, self.records)
        return written.bind(self._root)

    def matching(self, event: Mapping[str, object], chosen: int = -1) -> int:
        """Those of the chosen branches that match; raises InvalidEventError."""
        try:
            return evaluate.matching(event, self._root) & chosen
        except evaluate.IrregularError:
            return backtracking.matching(event, self._complete, self._branches, chosen)
        except RecursionError as error:
            raise InvalidEventError("it is nested too deeply") from error

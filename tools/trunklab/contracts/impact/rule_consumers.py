"""Consumers of a contract: rules that match its events, with their handlers and recorded reads."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path as FilePath
from pathlib import PurePath, PurePosixPath
from typing import Any, Final

import yaml

from trunklab.contracts.compatibility.lifecycle import pattern_of
from trunklab.contracts.contract import Contract
from trunklab.contracts.errors import ReadsFileError
from trunklab.contracts.impact.field_paths import EVERYTHING, Path
from trunklab.patterns.pattern import Pattern
from trunklab.rules.verdict import admitted
from trunklab.templates.topology import Consumer, Handler, Rule, Topology

FILE: Final = "reads.yaml"

BYTES_MAX: Final = 1_000_000
"""Bytes of one file: a thousand handlers with twenty fields each need far less."""


_ALL: Final = frozenset({(EVERYTHING,)})


def recorded_reads(folder: FilePath, root: FilePath) -> dict[str, frozenset[Path]]:
    """Returns the recorded paths by handler; none without a file. Raises ReadsFileError."""
    path = folder / FILE
    shown = path.relative_to(root) if path.is_relative_to(root) else path
    if not path.exists():
        return {}
    try:
        text = path.read_text("utf-8")
        if len(text) > BYTES_MAX:
            raise ReadsFileError(shown, f"more than {BYTES_MAX} bytes")
        document = yaml.safe_load(text)
    except (OSError, ValueError, RecursionError) as error:
        raise ReadsFileError(shown, f"cannot be read ({type(error).__name__})") from error
    except yaml.YAMLError as error:
        raise ReadsFileError(shown, f"invalid YAML ({str(error).splitlines()[0]})") from error
    return _checked(shown, {} if document is None else document)


def _checked(shown: PurePath, document: Any) -> dict[str, frozenset[Path]]:
    if not isinstance(document, dict):
        raise ReadsFileError(shown, "not a map from handlers to paths")
    for name, paths in document.items():
        if not isinstance(name, str) or not isinstance(paths, list):
            raise ReadsFileError(shown, f"{name!r} has no list of paths")
        if not all(isinstance(path, str) and all(path.split(".")) for path in paths):
            raise ReadsFileError(shown, f"{name!r} has an invalid path")
    return {
        name: frozenset(tuple(path.split(".")) for path in paths)
        for name, paths in document.items()
    }


@dataclass(frozen=True)
class RuleConsumer:
    """One rule and one handler of the events that it matches."""

    rule: Rule
    pattern: Pattern | None
    """None if its value depends on the deployment."""
    handler: Handler | None
    reads: frozenset[Path]
    """Fields that the handler reads; all of them if that is unknown."""
    unknown: str = ""
    """Why the reads are unknown; empty if they are recorded."""

    @property
    def name(self) -> str:
        """`service.handler`; without a handler the rule's name."""
        return f"{self.rule.service}.{self.handler.name if self.handler else self.rule.logical_id}"

    @property
    def path(self) -> PurePosixPath:
        """The file that declares the handler, else the rule."""
        return self.handler.file if self.handler else self.rule.template

    @property
    def line(self) -> int:
        """The line of the declaration."""
        return self.handler.line if self.handler else self.rule.line


class RuleConsumers:
    """All consumers of a checkout."""

    def __init__(self, root: FilePath, topology: Topology) -> None:
        self._root = root
        self._topology = topology
        self.rules = [rule for rule in topology.rules if rule.receives_contracts]
        self._patterns = {rule.full_name: pattern_of(rule) for rule in self.rules}

    def of(self, contract: Contract, new: Contract) -> Iterator[RuleConsumer]:
        """Yields the consumers of a contract in the order of the templates.

        `new` is the changed contract: its handlers count too. Raises ReadsFileError.
        """
        paths = {contract.path, new.path}
        for rule in self.rules:
            pattern = self._patterns[rule.full_name]
            if pattern is not None and not admitted(pattern, [contract]):
                continue
            consumers = [entry for entry in self._topology.consumers if entry.rule is rule]
            for consumer in consumers:
                named = [one for one in consumer.handlers if one.contract_path in paths]
                yield from (self._recorded(consumer, pattern, handler) for handler in named)
                if not named and pattern is not None:
                    # The rule matches these events, so an undeclared handler receives them.
                    what = f"handler of {contract.detail_type}" if consumer.declares else "handler"
                    why = f"{consumer.function.logical_id} declares no {what}"
                    yield RuleConsumer(rule, pattern, None, _ALL, why)
            if not consumers and pattern is not None:
                why = "no function of its template is a target"
                yield RuleConsumer(rule, pattern, None, _ALL, why)

    def _recorded(
        self, consumer: Consumer, pattern: Pattern | None, handler: Handler
    ) -> RuleConsumer:
        folder = consumer.rule.template.parent
        reads = recorded_reads(self._root / folder, self._root).get(handler.name)
        why = f"{folder / FILE} has no entry for {handler.name}" if reads is None else ""
        return RuleConsumer(consumer.rule, pattern, handler, _ALL if reads is None else reads, why)

"""Which contract of the old state is which of the new one."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from trunklab.contracts.contract import Contract


@dataclass(frozen=True)
class Pairs:
    """The contracts of two states."""

    both: tuple[tuple[Contract, Contract], ...]
    added: tuple[Contract, ...]
    removed: tuple[Contract, ...]


def paired(old: Sequence[Contract], new: Sequence[Contract]) -> Pairs:
    """Pair contracts by name; one that was renamed is known by its file, or by its detail-type."""
    olds, news = ({one.name: one for one in state} for state in (old, new))
    both = [(olds.pop(name), news.pop(name)) for name in sorted(olds.keys() & news.keys())]
    for key in (_path, _detail_type):
        by_key = _unique(list(olds.values()), key)
        for found, one in _unique(list(news.values()), key).items():
            if found in by_key:
                both.append((olds.pop(by_key[found].name), news.pop(one.name)))
    return Pairs(tuple(both), tuple(news.values()), tuple(olds.values()))


def _path(contract: Contract) -> str:
    return contract.path.as_posix()


def _detail_type(contract: Contract) -> str:
    return contract.detail_type


def _unique(contracts: Iterable[Contract], key: Callable[[Contract], str]) -> dict[str, Contract]:
    """The contracts by a key, without those that share theirs."""
    found: dict[str, list[Contract]] = {}
    for one in contracts:
        found.setdefault(key(one), []).append(one)
    return {name: alike[0] for name, alike in found.items() if len(alike) == 1}

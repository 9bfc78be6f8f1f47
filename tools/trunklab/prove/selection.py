"""Which kinds of run, and which strikes of each, one proof tries: all, one kind, or a sample."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from trunklab.prove.point import When
from trunklab.prove.prover_limits import SAMPLE_SHARE
from trunklab.prove.scenario import Scenario
from trunklab.prove.trial import Trial

_Choice = TypeVar("_Choice")


@dataclass(frozen=True)
class Selection:
    """What was asked for; an empty string asks for everything."""

    run: str = ""
    strike: str = ""
    sample: str = ""
    """Any string, such as a commit id: the same string always selects the same part."""

    def trials(self, scenarios: Iterable[Scenario]) -> list[Trial]:
        """Returns a trial for each scenario of which a strike is selected, in their order."""
        pairs = [
            (scenario, when)
            for scenario in scenarios
            if self.run in ("", scenario.name)
            for when in scenario.strikes
            if self.strike in ("", when)
        ]
        if self.sample:
            pairs = sampled(pairs, self.sample, -(-len(pairs) // SAMPLE_SHARE))
        strikes: dict[int, tuple[Scenario, list[When]]] = {}
        for scenario, when in pairs:
            strikes.setdefault(id(scenario), (scenario, []))[1].append(when)
        return [Trial(scenario, whens) for scenario, whens in strikes.values()]


def sampled(choices: Sequence[_Choice], seed: str, count: int) -> list[_Choice]:
    """Returns that many of the choices, in their order; which ones depends on the seed alone."""

    def rank(index: int) -> bytes:
        return hashlib.sha256(f"{seed} {index}".encode()).digest()

    chosen = set(sorted(range(len(choices)), key=rank)[:count])
    return [choice for index, choice in enumerate(choices) if index in chosen]


def described(trials: Iterable[Trial]) -> list[str]:
    """Returns one line for each trial, with the strikes that are tried."""
    return [f"{one.scenario.full_name}: {', '.join(one.strikes)}" for one in trials]

"""How the figures are printed: for readers first, for scripts last."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, TextIO

TARGETS: Final = {
    "cold_start": "at most 0.60",
    "warm_cpu": "at most 0.45",
    "aws_calls": "at most 0.35",
    "publish_vs_single": "at least 5",
    "publish_vs_bare": "at most 1.3",
    "package_mb": "at most 5",
    "rules_100": "at least 0.60",
    "rules_1000": "at least 0.30",
    "rules_10000": "at least 0.12",
    "bus_1": "at most 0.6",
    "bus_100": "at most 0.3",
    "local_e2e": "at least 1.5",
    "burst_tail": "at least 0.8",
    "lint_growth": "at most 1.25",
}
"""Every ratio that is measured, in the order in which it is printed, and what was promised."""


@dataclass
class Report:
    """Prints as it goes, and keeps the ratios for the end."""

    stream: TextIO = field(default_factory=lambda: sys.stdout)
    ratios: dict[str, float] = field(default_factory=dict)

    def title(self, text: str) -> None:
        """The head of a benchmark."""
        self.say(f"\n{text}\n{'-' * len(text)}")

    def say(self, text: str) -> None:
        """One line."""
        self.stream.write(f"{text}\n")
        self.stream.flush()

    def table(self, head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        """Columns under their heads: the first to the left, numbers to the right."""
        cells = [list(head), *map(list, rows)]
        widths = [max(len(row[index]) for row in cells) for index in range(len(head))]
        for row in cells:
            first, *others = (
                text.ljust(width) if index == 0 else text.rjust(width)
                for index, (text, width) in enumerate(zip(row, widths, strict=True))
            )
            self.say("  ".join([first, *others]).rstrip())

    def keep(self, name: str, value: float) -> None:
        """A ratio, to be printed last."""
        if name not in TARGETS:
            raise ValueError(f"{name} is no ratio that anybody promised")
        self.ratios[name] = value

    def end(self) -> None:
        """The ratios beside their targets, then one line for each that scripts read."""
        self.title("Ratios")
        for name, target in TARGETS.items():
            if name in self.ratios:
                self.say(f"{name:<18} {self.ratios[name]:6.3f}  ({target})")
        self.say("")
        for name in TARGETS:
            if name in self.ratios:
                self.say(f"ratio {name} {self.ratios[name]:.3f}")

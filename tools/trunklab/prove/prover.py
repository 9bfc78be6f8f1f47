"""The prover: clean runs of each scenario, then a run for each selected crash point."""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from itertools import chain
from typing import Final, TypeVar, cast

from botocore.exceptions import BotoCoreError, ClientError

from trunklab import effects
from trunklab.prove import oracle
from trunklab.prove.crash_points import DEATHS, EVERYWHERE, Point, When
from trunklab.prove.handler_discovery import Handler, Missing
from trunklab.prove.handler_run import HandlerRun, Provider, RunError
from trunklab.prove.oracle import QUEUE, Difference, Judgement, Kind, Snapshot, Unstable
from trunklab.prove.scenarios import SWEPT, Scenario, put_items
from trunklab.testing.sandbox import Clients, Sandbox
from trunklab.testing.template_stack import Stack

TIMES_PER_POINT_MAX: Final = 5
"""Runs for a point that is not reached: a handler with threads may order its calls differently."""

_SAMPLE_SHARE: Final = 8
"""A sample has one of this many strikes."""

_Choice = TypeVar("_Choice")


@dataclass(frozen=True)
class Seen:
    """The state after one run."""

    snapshot: Snapshot
    calls: list[str]
    """The operations of the deliveries, without those of preparation and sweep."""
    failures: list[str]
    refused: int
    """Deliveries that failed and were repeated."""
    reached: bool


@dataclass(frozen=True)
class Tried:
    """One point, or the clean run (None), and its result."""

    point: Point | None
    judgement: Judgement
    refused: int = 0
    problem: str = ""
    """Why it could not be judged."""


@dataclass
class Trial:
    """A scenario and its results."""

    scenario: Scenario
    strikes: list[When] = field(default_factory=lambda: [*EVERYWHERE])
    calls: list[str] = field(default_factory=list)
    problem: str = ""
    """Why nothing is proved: a clean run fails."""
    ignored: Unstable = frozenset()
    tried: list[Tried] = field(default_factory=list)
    _expected: Sequence[Snapshot] = ()

    @property
    def points(self) -> list[Point]:
        """The points at which its delivery is struck."""
        return [] if self.problem else self.scenario.points(self.calls, self.strikes)

    def points_tried(self, kinds: AbstractSet[When]) -> int:
        """Returns the number of points tried with one of these strikes."""
        return sum(entry.point is not None and entry.point.when in kinds for entry in self.tried)

    @property
    def refused(self) -> int:
        """Deliveries that failed though they were not struck: they met the lease of a dead one."""
        return sum(entry.refused for entry in self.tried)

    @property
    def repeats(self) -> int:
        """Harmless repetitions."""
        return sum(entry.judgement.repeats for entry in self.tried)

    @property
    def differences(self) -> Sequence[tuple[Point | None, Difference]]:
        """All differences, by point."""
        return [(entry.point, each) for entry in self.tried for each in entry.judgement.differences]

    def count(self, kind: Kind) -> int:
        """Returns the number of differences of one kind."""
        return sum(each.kind is kind for _, each in self.differences)

    def learn(self, pairs: Sequence[tuple[Seen, Seen]], clean: Seen) -> None:
        """Learns the effects from pairs of equal clean runs, and the calls from one more."""
        self._expected = [first.snapshot for first, _ in pairs]
        self.ignored = frozenset().union(
            *(oracle.unstable(first.snapshot, second.snapshot) for first, second in pairs)
        )
        self.calls = clean.calls
        first, *others = self._expected
        problems = [self._problem_of(*pair) for pair in pairs]
        if any(not oracle.judge(first, other, self.ignored).differences for other in others):
            problems.append("what changes meanwhile changes nothing")
        # The queue may dead-letter a broken message without a call of the function.
        if not self.calls and not self.scenario.expects_dead_letters:
            problems.append("it makes no AWS call")
        self.problem = next(filter(None, problems), "")
        self.judge(None, clean)

    def _problem_of(self, first: Seen, second: Seen) -> str:
        """Returns why no run can be compared with these; empty if they are sound."""
        between = oracle.judge(first.snapshot, second.snapshot, self.ignored)
        letters = any(first.snapshot[where] for where in first.snapshot if where.startswith(QUEUE))
        if between.differences:
            return f"two clean runs differ: {between.differences[0].what}"
        if self.scenario.expects_dead_letters:
            return "" if letters else "a broken message leaves no dead letter: it is lost"
        if first.failures:
            return f"a clean run fails: {first.failures[0]}"
        return "in a clean run its message ends in a dead-letter queue" if letters else ""

    def judge(self, point: Point | None, seen: Seen | str) -> None:
        """Compares a run with the most similar clean run; a string says why it did not end."""
        if isinstance(seen, str):
            self.tried.append(Tried(point, Judgement(), problem=f"could not be judged: {seen}"))
            return
        judgement = min(
            (oracle.judge(expected, seen.snapshot, self.ignored) for expected in self._expected),
            key=lambda one: len(one.differences),
        )
        missed = f"could not be judged: none of {TIMES_PER_POINT_MAX} runs came to this call"
        # A broken message may fail until its queue dead-letters it.
        refused = 0 if self.scenario.expects_dead_letters else seen.refused
        self.tried.append(Tried(point, judgement, refused, "" if seen.reached else missed))


@dataclass(frozen=True)
class Runs:
    """Makes runs, each in a sandbox of its own."""

    clients: Clients
    platform: Stack

    def run(self, scenario: Scenario, point: Point | None) -> Seen:
        """Makes a run that is struck at that point; one that misses it is repeated more slowly."""
        seen = self.play(scenario, lambda run: scenario.play(run, point))
        for times in range(1, TIMES_PER_POINT_MAX):
            if not seen.reached:
                seen = self.play(scenario, lambda run: scenario.play(run, point), 2**times)
        return seen

    def play(
        self, scenario: Scenario, play: Callable[[HandlerRun], object], patience: int = 1
    ) -> Seen:
        """Makes a run; `patience` multiplies the time of struck invocations."""
        service = scenario.handler.service
        with Sandbox.of(self.clients, self.platform, service.stack) as sandbox:
            run = HandlerRun(
                sandbox,
                patience * service.proof.invocation_s,
                service.proof.environment,
                service.folders,
                Provider(keeps_keys=scenario.keeps_keys),
            )
            put_items(sandbox, service.proof.items)
            put_items(sandbox, scenario.handler.case.items)
            scenario.prepare(run)
            run.calls.clear()
            run.failures.clear()
            reached = bool(play(run))
            calls = list(run.calls)
            for function in service.sweeps:
                with run.invoked(function, SWEPT) as sweep:
                    if sweep.result() is None:
                        raise RunError("the sweep died by itself")
            seen = oracle.snapshot_of(run, service.stack)
            return Seen(seen, calls, run.failures, run.refused, reached)


def select(
    scenarios: Iterable[Scenario], run: str = "", strike: str = "", sample: str = ""
) -> list[Trial]:
    """Returns a trial for each scenario with a selected strike, in their order.

    An empty string selects all. The same sample, such as a commit id, selects the same strikes.
    """
    pairs = [
        (scenario, when)
        for scenario in scenarios
        if run in ("", scenario.name)
        for when in scenario.strikes
        if strike in ("", when)
    ]
    if sample:
        pairs = sampled(pairs, sample, -(-len(pairs) // _SAMPLE_SHARE))
    strikes: dict[int, Trial] = {}
    for scenario, when in pairs:
        strikes.setdefault(id(scenario), Trial(scenario, [])).strikes.append(when)
    return list(strikes.values())


def sampled(choices: Sequence[_Choice], seed: str, count: int) -> list[_Choice]:
    """Returns that many of the choices, in their order; the seed alone selects them."""

    def rank(index: int) -> bytes:
        return hashlib.sha256(f"{seed} {index}".encode()).digest()

    chosen = set(sorted(range(len(choices)), key=rank)[:count])
    return [choice for index, choice in enumerate(choices) if index in chosen]


_CLEAN_RUNS_APART_S: Final = 1.1
"""Seconds between two clean runs: values in whole seconds then differ."""

_RUNS_AT_ONCE: Final = 16
"""Runs side by side: most of them wait, for a lease or for the emulator."""

Progress = Callable[[int, int], None]
"""Receives the number of finished runs and of all runs."""


@dataclass(frozen=True)
class Proved:
    """The results of all handlers."""

    handlers: Sequence[Handler]
    trials: Sequence[Trial]
    missing: Sequence[Missing]
    sample: Sequence[str] = ()
    """The selected trials; empty without a sample."""

    @property
    def crash_points(self) -> int:
        """Deaths that were tried."""
        return sum(trial.points_tried(DEATHS) for trial in self.trials)

    def count(self, kind: Kind) -> int:
        """Returns the number of differences of one kind."""
        return sum(trial.count(kind) for trial in self.trials)

    @property
    def unproved(self) -> list[str]:
        """Handlers, scenarios and points that could not be judged, with the reason."""
        lines = [f"{missing.name}: {missing.problem}" for missing in self.missing]
        for trial in self.trials:
            name = trial.scenario.full_name
            if trial.problem:
                lines.append(f"{name}: {trial.problem}")
            lines += [f"{name}, {one.point}: {one.problem}" for one in trial.tried if one.problem]
        return lines

    @property
    def holds(self) -> bool:
        """True if every effect came exactly once at every point."""
        differences = any(trial.differences for trial in self.trials)
        return bool(self.trials) and not differences and not self.unproved

    @property
    def last_line(self) -> str:
        """The result in one line that scripts can read."""
        return (
            f"prove: {len(self.handlers)} handlers, {self.crash_points} crash points, "
            f"{self.count(Kind.DUPLICATE)} duplicates, {self.count(Kind.LOSS)} losses"
        )


def prove(
    trials: Sequence[Trial], runs: Runs, progress: Progress, *, stop_at_first: bool = False
) -> None:
    """Runs every trial, optionally only until the first difference is found."""
    with interruptible_pool(_RUNS_AT_ONCE) as pool:
        work = _Work(pool, progress)
        _run_clean(trials, runs, work)
        struck = [(trial, point) for trial in trials for point in trial.points]
        # In turns: runs that wait for leases proceed beside runs that do not.
        struck.sort(key=lambda pair: pair[1].number)
        results = work.each(partial(runs.run, trial.scenario, point) for trial, point in struck)
        for (trial, point), seen in zip(struck, results, strict=True):
            trial.judge(point, seen)
            if stop_at_first and any(each.differences for each in trials):
                return


@contextmanager
def interruptible_pool(threads: int) -> Iterator[ThreadPoolExecutor]:
    """Yields threads; an interrupt waits for the jobs that have begun, not for all."""
    pool = ThreadPoolExecutor(threads, "prove")
    try:
        yield pool
    finally:
        pool.shutdown(cancel_futures=True)


def _run_clean(trials: Sequence[Trial], runs: Runs, work: "_Work") -> None:
    """Makes the clean runs: two of each reference, and one to count the calls."""
    references = [
        (trial, partial(runs.play, trial.scenario, reference))
        for trial in trials
        for reference in trial.scenario.references
    ]
    first = list(work.each(run for _, run in references))
    effects.sleep(_CLEAN_RUNS_APART_S)
    second = list(work.each(run for _, run in references))
    clean = list(work.each(partial(runs.run, trial.scenario, None) for trial in trials))
    pairs = list(zip(references, first, second, strict=True))
    for trial, counted in zip(trials, clean, strict=True):
        own = [(one, other) for (owner, _), one, other in pairs if owner is trial]
        results = [*chain.from_iterable(own), counted]
        error = next((result for result in results if isinstance(result, str)), None)
        if error is None:
            trial.learn(cast("list[tuple[Seen, Seen]]", own), cast("Seen", counted))
        else:
            trial.problem = f"could not be judged: a clean run did not end: {error}"


@dataclass
class _Work:
    """Runs side by side, with the number of finished ones."""

    pool: ThreadPoolExecutor
    progress: Progress
    done: int = 0
    all: int = 0

    def each(self, runs: Iterable[Callable[[], Seen]]) -> Iterator[Seen | str]:
        """Yields what each run left, in their order, or why it did not end."""
        jobs = [self.pool.submit(run) for run in runs]
        self.all += len(jobs)
        for job in jobs:
            try:
                yield job.result()
            except (RunError, TimeoutError, BotoCoreError, ClientError) as error:
                yield str(error)
            self.done += 1
            self.progress(self.done, self.all)

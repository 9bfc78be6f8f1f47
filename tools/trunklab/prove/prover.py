"""The whole proof: every scenario of every handler, many runs side by side."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import TypeGuard

from botocore.exceptions import BotoCoreError, ClientError

from trunklab import effects
from trunklab.prove.arena import RunError
from trunklab.prove.discover import Handler, Missing
from trunklab.prove.oracle import Kind
from trunklab.prove.point import DEATHS, Point, When
from trunklab.prove.prover_limits import CLEAN_RUNS_APART_S, RUNS_AT_ONCE
from trunklab.prove.trial import Runs, Seen, Trial

Progress = Callable[[int, int], None]
"""Is told how many runs are done, and of how many."""


@dataclass(frozen=True)
class Proved:
    """What became of every handler."""

    handlers: Sequence[Handler]
    trials: Sequence[Trial]
    missing: Sequence[Missing]
    sample: Sequence[str] = ()
    """What a sample selected; empty where everything was asked for."""

    @property
    def crash_points(self) -> int:
        """How many deaths were tried."""
        return sum(crash_points(trial) for trial in self.trials)

    @property
    def duplicates(self) -> int:
        """How many effects came twice, or otherwise than in a clean run."""
        return sum(count(trial, Kind.DUPLICATE) for trial in self.trials)

    @property
    def losses(self) -> int:
        """How many effects did not come."""
        return sum(count(trial, Kind.LOSS) for trial in self.trials)

    @property
    def unproved(self) -> int:
        """How many handlers, scenarios and points could not be judged."""
        trials = sum(bool(trial.problem) for trial in self.trials)
        points = sum(bool(one.problem) for trial in self.trials for one in trial.tried)
        return len(self.missing) + trials + points

    @property
    def holds(self) -> bool:
        """Whether every effect came exactly once at every point."""
        return not (self.duplicates or self.losses or self.unproved) and bool(self.trials)

    @property
    def last_line(self) -> str:
        """Say it in one line that scripts can read."""
        return (
            f"prove: {len(self.handlers)} handlers, {self.crash_points} crash points, "
            f"{self.duplicates} duplicates, {self.losses} losses"
        )


def crash_points(trial: Trial) -> int:
    """How many deaths were tried."""
    return sum(one.point is not None and one.point.when in DEATHS for one in trial.tried)


def faults(trial: Trial) -> int:
    """Returns how many strikes were tried under which the process lives on and nothing waits."""
    return sum(one.point is not None for one in trial.tried) - crash_points(trial) - pauses(trial)


def pauses(trial: Trial) -> int:
    """How many times a delivery was held."""
    return sum(one.point is not None and one.point.when is When.HELD for one in trial.tried)


def count(trial: Trial, kind: Kind) -> int:
    """How many differences of one kind were found."""
    return sum(each.kind is kind for _, each in trial.differences)


def refusals(trial: Trial) -> int:
    """How often a delivery that nobody struck failed: what a lease of a dead one costs."""
    return sum(one.refused for one in trial.tried)


def repeats(trial: Trial) -> int:
    """How often something harmless came twice."""
    return sum(one.judgement.repeats for one in trial.tried)


def prove(
    trials: Sequence[Trial], runs: Runs, progress: Progress, *, stop_at_first: bool = False
) -> None:
    """Hold every trial; on demand only until the first difference is found."""
    with _pool() as pool:
        work = _Work(pool, progress)
        _run_clean(trials, runs, work)
        struck = [(trial, point) for trial in trials for point in trial.points]
        # In turns: runs that wait for leases go on beside runs that do not.
        struck.sort(key=lambda one: one[1].number)
        seen = work.each(partial(runs.run, trial.scenario, point) for trial, point in struck)
        for (trial, point), one in zip(struck, seen, strict=True):
            _judge(trial, point, one)
            if stop_at_first and any(each.differences for each in trials):
                return


def _judge(trial: Trial, point: Point, seen: Seen | str) -> None:
    if isinstance(seen, Seen):
        trial.judge(point, seen)
    else:
        trial.give_up(point, seen)


@contextmanager
def _pool() -> Iterator[ThreadPoolExecutor]:
    """Threads for runs; whoever interrupts them waits for those that have begun, not for all."""
    pool = ThreadPoolExecutor(RUNS_AT_ONCE, "prove")
    try:
        yield pool
    finally:
        pool.shutdown(cancel_futures=True)


def _run_clean(trials: Sequence[Trial], runs: Runs, work: "_Work") -> None:
    """Run everything without striking: twice as it must come out, once to count the calls."""
    references = [
        (trial, partial(runs.reference, trial.scenario, number))
        for trial in trials
        for number in range(len(trial.scenario.references))
    ]
    first = work.all(run for _, run in references)
    effects.sleep(CLEAN_RUNS_APART_S)
    second = work.all(run for _, run in references)
    clean = work.all(partial(runs.run, trial.scenario, None) for trial in trials)
    pairs = list(zip((trial for trial, _ in references), first, second, strict=True))
    for trial, counted in zip(trials, clean, strict=True):
        seen = [(one, other) for owner, one, other in pairs if owner is trial]
        ended = [(one, other) for one, other in seen if _has_ended(one) and _has_ended(other)]
        if len(ended) == len(seen) and _has_ended(counted):
            trial.expect(ended)
            trial.count(counted)
        else:
            said = [one for pair in (*seen, (counted,)) for one in pair if isinstance(one, str)]
            trial.problem = f"could not be judged: a clean run did not end: {said[0]}"


def _has_ended(seen: Seen | str) -> TypeGuard[Seen]:
    return isinstance(seen, Seen)


class _Work:
    """Runs side by side, and how many of them are done."""

    def __init__(self, pool: ThreadPoolExecutor, progress: Progress) -> None:
        self._pool = pool
        self._progress = progress
        self._done = 0
        self._of = 0

    def all(self, runs: Iterable[Callable[[], Seen]]) -> list[Seen | str]:
        """What each run saw, in their order, or why it came to no end."""
        return list(self.each(runs))

    def each(self, runs: Iterable[Callable[[], Seen]]) -> Iterator[Seen | str]:
        """The same, one by one as they are asked for."""
        begun = [self._pool.submit(run) for run in runs]
        self._of += len(begun)
        for job in begun:
            yield _result_of(job)
            self._done += 1
            self._progress(self._done, self._of)


def _result_of(job: Future[Seen]) -> Seen | str:
    try:
        return job.result()
    except (RunError, TimeoutError, BotoCoreError, ClientError) as error:
        return str(error)

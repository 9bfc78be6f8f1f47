"""One scenario on trial: clean runs first, then a run for every point of them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from trunklab.prove import oracle, snapshot
from trunklab.prove.arena import Arena, RunError
from trunklab.prove.oracle import Difference, Judgement, Unstable
from trunklab.prove.point import EVERYWHERE, Point, When
from trunklab.prove.prover_limits import TIMES_PER_POINT_MAX
from trunklab.prove.provider import Outside
from trunklab.prove.scenario import SWEPT, Scenario, put_items
from trunklab.prove.snapshot import QUEUE, Snapshot
from trunklab.testing.sandbox import Sandbox
from trunklab.testing.sandbox_clients import Clients
from trunklab.testing.template_stack import Stack


@dataclass(frozen=True)
class Seen:
    """What one run left."""

    snapshot: Snapshot
    calls: list[str]
    """The operations of the deliveries, without those of preparation and sweep."""
    failures: list[str]
    refused: int
    """How many of them failed, so that what they brought came again."""
    reached: bool


@dataclass(frozen=True)
class Tried:
    """One point, or the clean run (None), and what came of it."""

    point: Point | None
    judgement: Judgement
    refused: int = 0
    problem: str = ""
    """Why it could not be judged; empty where it was."""


@dataclass
class Trial:
    """A scenario and everything that is found out about it."""

    scenario: Scenario
    strikes: Sequence[When] = EVERYWHERE
    """Those of its scenario that are tried."""
    calls: list[str] = field(default_factory=list)
    """The operations of a clean run."""
    problem: str = ""
    """Why nothing is proved: what a clean run already fails at."""
    ignored: Unstable = frozenset()
    tried: list[Tried] = field(default_factory=list)
    _expected: Sequence[Snapshot] = ()

    @property
    def points(self) -> list[Point]:
        """Where its delivery is to be struck."""
        return [] if self.problem else self.scenario.points(self.calls, self.strikes)

    def expect(self, seen: Sequence[tuple[Seen, Seen]]) -> None:
        """Learn from clean runs, two of each kind, what must come of every run."""
        self._expected = [first.snapshot for first, _ in seen]
        self.ignored = frozenset().union(
            *(oracle.unstable(first.snapshot, second.snapshot) for first, second in seen)
        )
        self.problem = next(filter(None, (self._problem_of(*pair) for pair in seen)), "")
        first, *others = self._expected
        if any(not oracle.judge(first, other, self.ignored).differences for other in others):
            self.problem = self.problem or "what changes meanwhile changes nothing"

    def _problem_of(self, first: Seen, second: Seen) -> str:
        """Why a run cannot be compared with these; empty where it can."""
        between = oracle.judge(first.snapshot, second.snapshot, self.ignored)
        letters = any(first.snapshot[where] for where in first.snapshot if where.startswith(QUEUE))
        if between.differences:
            return f"two clean runs differ: {between.differences[0].what}"
        if self.scenario.expects_dead_letters:
            return "" if letters else "a broken message leaves no dead letter: it is lost"
        if first.failures:
            return f"a clean run fails: {first.failures[0]}"
        return "in a clean run its message ends in a dead-letter queue" if letters else ""

    def count(self, clean: Seen) -> None:
        """Learn the calls from a clean run, which is judged too."""
        self.calls = clean.calls
        # A broken message may be given up by its queue, with no call of the function.
        if not self.calls and not self.scenario.expects_dead_letters:
            self.problem = self.problem or "it makes no AWS call"
        self.judge(None, clean)

    def judge(self, point: Point | None, seen: Seen) -> None:
        """Compare a run with the clean ones, of which it must be like one."""
        judgement = min(
            (oracle.judge(one, seen.snapshot, self.ignored) for one in self._expected),
            key=lambda one: len(one.differences),
        )
        problem = (
            ""
            if seen.reached
            else f"could not be judged: none of {TIMES_PER_POINT_MAX} runs came to this call"
        )
        # A broken message may be refused until its queue gives it up.
        refused = 0 if self.scenario.expects_dead_letters else seen.refused
        self.tried.append(Tried(point, judgement, refused, problem))

    def give_up(self, point: Point | None, problem: str) -> None:
        """A run that could not be judged."""
        self.tried.append(Tried(point, Judgement((), 0), problem=f"could not be judged: {problem}"))

    @property
    def differences(self) -> Sequence[tuple[Point | None, Difference]]:
        """Everything that was found wrong, by point."""
        return [(one.point, each) for one in self.tried for each in one.judgement.differences]


class Runs:
    """Makes runs, each in a sandbox of its own."""

    def __init__(self, clients: Clients, platform: Stack) -> None:
        self._clients = clients
        self._platform = platform

    def reference(self, scenario: Scenario, number: int) -> Seen:
        """A run as nobody could object to."""

        def play(arena: Arena) -> bool:
            scenario.references[number](arena)
            return True

        return self._run(scenario, play)

    def run(self, scenario: Scenario, point: Point | None) -> Seen:
        """A run that is struck at that point.

        A run that does not come to it is tried again with twice the time: the machine may be busy.
        """

        def play(arena: Arena) -> bool:
            return scenario.play(arena, point)

        for times in range(TIMES_PER_POINT_MAX - 1):
            seen = self._run(scenario, play, 2**times)
            if seen.reached:
                return seen
        return self._run(scenario, play, 2 ** (TIMES_PER_POINT_MAX - 1))

    def _run(self, scenario: Scenario, play: Callable[[Arena], bool], patience: int = 1) -> Seen:
        service = scenario.handler.service
        with Sandbox.of(self._clients, self._platform, service.stack) as sandbox:
            arena = Arena(
                sandbox,
                patience * service.proof.invocation_s,
                service.proof.environment,
                service.folders,
                Outside(keeps_keys=scenario.keeps_keys),
            )
            put_items(sandbox, service.proof.items)
            put_items(sandbox, scenario.handler.case.items)
            scenario.prepare(arena)
            arena.calls.clear()
            arena.failures.clear()
            reached = play(arena)
            calls, refused = list(arena.calls), arena.refused
            for function in service.sweeps:
                with arena.started(function) as sweep:
                    arena.begin(sweep, function, SWEPT)
                    if sweep.outcome() is None:
                        raise RunError("the sweep died by itself")
            seen = snapshot.take(arena, service.stack)
            return Seen(seen, calls, list(arena.failures), refused, reached)

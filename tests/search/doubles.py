"""Deterministic stand-ins for what is slow: proposers that are functions of the state, evaluators without a
sandbox. The ledger and the search around them are the real ones."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from agentpar.candidate import Candidate, Proposal, content_id
from agentpar.evaluation.profile import Profile
from agentpar.events import Event
from agentpar.languages.fingerprint import fingerprint
from agentpar.ledger import Ledger
from agentpar.proposers.base import Proposer, SearchState, Thinker
from agentpar.search.base import Evaluator
from agentpar.search.budget import Stopper
from agentpar.search.loop import SearchResult, search
from agentpar.search.strategy import Team
from agentpar.task import Budget, Task
from agentpar.verdict import Measurement, Outcome, Ratio, Scaling, Stage, Verdict

SOURCE = """\
void scale(double* x, int n) {
    for (int i = 0; i < n; ++i) x[i] *= 2.0;
}
"""


def a_task(root: Path = Path("/nowhere"), **budget: Any) -> Task:
    return Task(
        name="scale",
        root=root,
        path=Path("scale.cpp"),
        source=SOURCE,
        entry="scale",
        budget=Budget(**budget),
        seed=7,
    )


def variant(mark: object) -> str:
    return f'const char* mark = "{mark}";\n{SOURCE}'


def proposal(mark: object, *, by: str = "list") -> Proposal:
    return Proposal(source=variant(mark), proposer=by, strategy=f"variant {mark}", pattern="parallel for")


def ok(speedup: float) -> Verdict:
    ratio = Ratio(median=speedup, low=speedup * 0.99, high=speedup * 1.01, pairs=20)
    point = Scaling(threads=2, ratio=ratio, baseline_ms=20.0, candidate_ms=20.0 / speedup, threads_seen=1.9)
    return Verdict(
        outcome=Outcome.OK,
        stage=Stage.MEASURE,
        measurement=Measurement(sizes={"n": 1000}, scaling=(point,), parallel_gain=ratio, noise_floor=0.02),
    )


def failed(outcome: Outcome = Outcome.WRONG_ANSWER) -> Verdict:
    return Verdict(outcome=outcome, stage=Stage.VERIFY, feedback="x[3] is 6, not 4")


def verdict_by_content(candidate: Candidate) -> Verdict:
    """A third fail; the others are 0.8 to 3.3 times as fast."""
    number = int(candidate.id, 16)
    return failed() if number % 3 == 0 else ok(0.8 + number % 1000 / 400)


async def varied_delay(candidate: Candidate) -> None:
    """0 to 12 ms, so that candidates overtake each other."""
    await asyncio.sleep(int(candidate.id, 16) % 7 / 500)


class Listed:
    """Offers a fixed list, in order, leaving out what was judged."""

    def __init__(self, proposals: Sequence[Proposal], name: str = "list") -> None:
        self.name = name
        self.proposals = proposals

    async def propose(self, state: SearchState, n: int) -> Sequence[Proposal]:
        judged = {candidate.id for candidate, _ in state.judged}
        return [each for each in self.proposals if content_id(each.source) not in judged][:n]


class Sensitive:
    """Never runs dry; every detail and the order of what was judged changes what it offers."""

    name = "sensitive"

    async def propose(self, state: SearchState, n: int) -> Sequence[Proposal]:
        digest = hashlib.sha256(str(state.seed).encode())
        for candidate, verdict in state.judged:
            digest.update(f"{candidate.id} {verdict.model_dump_json()}".encode())
        return [proposal(f"{digest.hexdigest()[:12]}-{place}", by=self.name) for place in range(n)]


class Judge:
    """Answers from `verdict`, after `delay`; remembers whom it met and how many were there at a time."""

    def __init__(
        self,
        verdict: Callable[[Candidate], Verdict] = verdict_by_content,
        delay: Callable[[Candidate], Awaitable[None]] = lambda candidate: asyncio.sleep(0),
        confirm: Callable[[Candidate], Verdict] | None = None,
    ) -> None:
        self.verdict = verdict
        self.delay = delay
        self.confirmation = confirm or verdict
        self.began: list[Candidate] = []
        self.confirmed: list[Candidate] = []
        self.stopped: list[Candidate] = []
        self.in_flight = 0
        self.most_in_flight = 0

    async def evaluate(self, candidate: Candidate) -> Verdict:
        self.began.append(candidate)
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)
        try:
            await self.delay(candidate)
        except asyncio.CancelledError:
            self.stopped.append(candidate)
            raise
        finally:
            self.in_flight -= 1
        return self.verdict(candidate)

    async def confirm(self, candidate: Candidate) -> Verdict:
        self.confirmed.append(candidate)
        return self.confirmation(candidate)


@dataclass(frozen=True)
class Work:
    """A session over a real ledger, with a stand-in for the sandbox."""

    ledger: Ledger
    evaluator: Evaluator
    team: Team
    workers: int = 2
    profiled: Profile | None = None
    parts: Mapping[str, Evaluator] = field(default_factory=dict)

    async def unreached(self) -> tuple[str, ...]:
        return ()

    async def profile(self, source: str = "") -> Profile | None:
        return self.profiled

    @asynccontextmanager
    async def open_part(self, task: Task) -> AsyncIterator[Evaluator]:
        yield self.parts.get(task.entry, self.evaluator)


class Replay(Judge):
    """Gives a ledger's verdicts in their recorded order."""

    def __init__(self, recorded: Ledger) -> None:
        super().__init__()
        self.order = {candidate.id: place for place, (candidate, _) in enumerate(recorded.judged())}
        self.verdicts = [verdict for _, verdict in recorded.judged()]
        self.given = 0

    async def evaluate(self, candidate: Candidate) -> Verdict:
        async with asyncio.timeout(10):
            while self.order[candidate.id] > self.given:
                await asyncio.sleep(0)
        self.given += 1
        return self.verdicts[self.given - 1]


async def run_search(
    ledger: Ledger,
    proposers: Sequence[Proposer],
    evaluator: Evaluator,
    *,
    candidates: int = 1000,
    seconds: float = 60.0,
    workers: int = 3,
    events: list[Event] | None = None,
    stoppers: Sequence[Stopper] = (),
    thinkers: Sequence[Thinker] = (),
    sees_verdicts: bool = True,
    **budget: Any,
) -> SearchResult:
    return await search(
        subtask="scale",
        source=SOURCE,
        entry="scale",
        target="openmp",
        team=Team(proposers, thinkers, sees_verdicts),
        evaluator=evaluator,
        ledger=ledger,
        budget=Budget(candidates=candidates, seconds=seconds, **budget),
        seed=7,
        workers=workers,
        emit=(events if events is not None else []).append,
        fingerprint=fingerprint,
        stoppers=stoppers,
    )


def best_id(result: SearchResult) -> str | None:
    best = result.archive.best()
    return best.candidate.id if best else None

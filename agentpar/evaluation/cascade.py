"""The evaluation cascade: screen → build → verify → measure → race; any stage may end it.

Watching for races takes longer than timing, so in a search it comes last, and only to what would lead.
"""

import math
import secrets
from collections.abc import Sequence
from functools import partial

from agentpar.candidate import Candidate
from agentpar.evaluation.attempt import (
    TOO_BUSY,
    Attempt,
    BaselineFailed,
    Lead,
    Progress,
    describe,
    noise_of_unchanged,
    timed_when_quiet,
    tried_again,
)
from agentpar.evaluation.case import Case
from agentpar.evaluation.coverage import Unreached
from agentpar.evaluation.judge import PutOff
from agentpar.evaluation.machine import ceiling
from agentpar.evaluation.measure import measure, sequential_looks
from agentpar.evaluation.profile import Profile
from agentpar.evaluation.race import RaceFinding
from agentpar.evaluation.session import Failed, Round
from agentpar.sandbox import lease
from agentpar.sandbox.base import Sandbox
from agentpar.sandbox.pool import Pool
from agentpar.sections import located
from agentpar.verdict import Measurement, Outcome, Stage, Team, Verdict

_SMALL_HANDOVER = 0.1
_SURPRISES = 2
_HANDOVER = (
    "work hidden off the clock cannot be excluded: the answer depends on sizes alone, and making room for it takes "
    "{:.0%} of the call's time, in which a hostile candidate could compute"
)
_LATER_CALLS = (
    "what a single call gains: a process's first came to {:.2g}×, and the figures count what it keeps for later ones"
)
_SLOWER = "races unchecked: it is not faster"
_BEHIND = "races unchecked: another version is faster"
_LATER = "races unchecked at larger sizes: that is for the re-test"


class Cascade:
    """Judges the candidates of one prepared task; implements the search's Evaluator.

    In a search, only a candidate that takes the lead is watched for races, and at the larger sizes when it is
    re-tested; one that is clearly behind what leads is not timed to the end.
    """

    def __init__(
        self,
        case: Case,
        pool: Pool,
        *,
        threads: tuple[int, ...],
        noise_floor: float,
        is_search: bool = False,
        pauses_s: Sequence[float] = (),
        put_off: PutOff = lambda candidate, words: None,
        believed: str = "",
    ) -> None:
        """`pauses_s` are the waits before a candidate is timed again that a busy machine kept from it; `put_off` hears.
        `believed` is said of all that is right: what a candidate could have made up.
        """
        self._case = case
        self._pool = pool
        self._threads = threads
        self._noise_floor = noise_floor
        self._is_search = is_search
        self._lead = Lead(is_search=is_search)
        self._pauses_s = pauses_s
        self._put_off = put_off
        self._believed = (believed,) if believed else ()
        self._unreached: Unreached | None = None

    async def evaluate(self, candidate: Candidate) -> Verdict:
        """Take a candidate through every stage until one ends it.

        A candidate that takes its sandbox down, or the baseline beside it, is tried again; see `tried_again`.

        Raises:
            SandboxError: no sandbox can be had, or they do not work any more.
        """
        problem = self._case.screen(candidate.source)
        if problem:
            return Verdict(outcome=Outcome.SCREENED, stage=Stage.SCREEN, feedback=problem)
        return self._lead.follow(candidate, await self._tried(candidate, self._judge))

    async def confirm(self, candidate: Candidate) -> Verdict:
        """Judge a champion afresh: built again, verified again, timed again with all pairs at one look.

        Raises:
            SandboxError: no sandbox can be had, or they do not work any more.
        """
        allowed = await ceiling(self._pool, self._threads[-1])

        async def again(sandbox: Sandbox, candidate: Candidate, progress: Progress) -> Verdict:
            verdict = await self._judge(sandbox, candidate, progress, is_last=True)
            if verdict.measurement is None:
                return verdict
            async with lease.working():
                counted = await self._case.count_instructions(sandbox)
            measured = verdict.measurement.model_copy(update={"ceiling": allowed, "instructions": counted})
            return verdict.model_copy(update={"measurement": measured})

        verdict = await self._tried(candidate, again)
        if verdict.outcome is not Outcome.OK:
            return verdict
        return verdict.model_copy(update={"unchecked": (*verdict.unchecked, *await self.unreached())})

    async def unreached(self) -> tuple[str, ...]:
        """What of the serial code no drawn input reaches, in words; see `evaluation.coverage`.

        Raises:
            SandboxError: the sandbox failed.
        """
        if self._unreached is None:
            async with self._pool.sandbox() as sandbox, lease.working():
                self._unreached = await self._case.unreached(sandbox)
        source = self._case.task.source
        words = located(self._unreached.described(source), source)
        return (words,) if words else ()

    async def check(self, candidate: Candidate) -> Verdict:
        """Judge values and races alone, these up to the size of timed runs; nothing is timed.

        Raises:
            SandboxError: no sandbox can be had, or they do not work any more.
        """

        async def untimed(sandbox: Sandbox, candidate: Candidate, progress: Progress) -> Verdict:
            failed = await self._build_and_verify(sandbox, candidate, progress)
            if failed is not None:
                return progress.end(failed)
            found = await self._watch(sandbox, candidate, progress, as_timed=True)
            unchecked = (found.unchecked,) if found.unchecked else ()
            return progress.verdict(
                found.outcome or Outcome.OK, found.feedback or "right; not timed", unchecked=unchecked
            )

        return await self._tried(candidate, untimed)

    async def _tried(self, candidate: Candidate, attempt: Attempt) -> Verdict:
        """The verdict of an attempt; of several files lines are told by their names."""
        verdict = await tried_again(self._pool, candidate, attempt, self._judge_identity)
        told = partial(located, source=candidate.source)
        return verdict.model_copy(
            update={"feedback": told(verdict.feedback), "unchecked": tuple(map(told, verdict.unchecked))}
        )

    async def profile(self, source: str = "") -> Profile | None:
        """Where the serial code, or another source of the user's, spends its instructions; see `evaluation.profile`.

        Raises:
            SandboxError: the sandbox failed.
        """
        async with self._pool.sandbox() as sandbox, lease.working():
            return await self._case.profile(sandbox, source or self._case.task.source)

    async def _judge(
        self, sandbox: Sandbox, candidate: Candidate, progress: Progress, is_last: bool = False
    ) -> Verdict:
        failed = await self._build_and_verify(sandbox, candidate, progress)
        if failed is not None:
            return progress.end(failed)

        measured = await self._measure(sandbox, candidate, progress, is_last)
        if isinstance(measured, Failed):
            return progress.end(measured)
        unchecked = self._believed
        if measured is None:
            unchecked = (*unchecked, TOO_BUSY)
        elif measured.handover > _SMALL_HANDOVER and not self._case.sizes.answers_vary:
            unchecked = (*unchecked, _HANDOVER.format(measured.handover))
        if measured is not None and measured.gains_later:
            unchecked = (*unchecked, _LATER_CALLS.format(measured.first_call))

        is_whole = is_last or not self._is_search or not self._case.is_watched
        if not is_whole and measured is not None and not measured.is_improvement:
            unchecked = (_SLOWER, *unchecked)
        elif not is_whole and measured is not None and measured.speedup < self._lead.over(candidate):
            unchecked = (_BEHIND, *unchecked)
        else:
            found = await self._watch(sandbox, candidate, progress, as_timed=is_whole)
            if found.outcome is not None:
                return progress.verdict(found.outcome, found.feedback)
            gap = found.unchecked or ("" if is_whole else _LATER)
            unchecked = (gap, *unchecked) if gap else unchecked
        return progress.verdict(Outcome.OK, describe(measured), measurement=measured, unchecked=unchecked)

    async def _build_and_verify(self, sandbox: Sandbox, candidate: Candidate, progress: Progress) -> Failed | None:
        async with lease.working():
            with progress.enter(Stage.BUILD):
                failed = await self._case.build(sandbox, candidate.source)
        if failed is not None:
            return failed
        async with lease.working():
            with progress.enter(Stage.VERIFY):
                return await self._verify(sandbox)

    async def _watch(
        self, sandbox: Sandbox, candidate: Candidate, progress: Progress, *, as_timed: bool
    ) -> RaceFinding:
        async with lease.working():
            with progress.enter(Stage.RACE):
                return await self._case.find_races(sandbox, candidate.source, threads=self._threads, as_timed=as_timed)

    async def _judge_identity(self, sandbox: Sandbox) -> Failed | None:
        sizes = self._case.sizes
        large_ms = int(5000 + 10 * sizes.baseline_ms)
        rounds = [Round(dims=dims, candidate_ms=large_ms) for dims in (*sizes.generic, sizes.benchmark)]
        return (await self._case.judge_identity(sandbox, rounds)).failed

    async def _verify(self, sandbox: Sandbox) -> Failed | None:
        case = self._case
        judged = await case.verify(sandbox, verification_rounds(case, self._threads))
        if judged.failed is not None and judged.failed.culprit != "candidate":
            raise BaselineFailed(judged.failed.feedback)
        return judged.failed

    async def _measure(
        self, sandbox: Sandbox, candidate: Candidate, progress: Progress, is_last: bool
    ) -> Measurement | Failed | None:
        """Time it; on a busy machine again later, anew: what was taken before is not used."""
        pairs = self._case.task.measure.pairs

        async def once() -> Measurement | Failed | None:
            return await measure(
                sandbox,
                self._case,
                candidate=self._case.candidate,
                looks=(pairs,) if is_last else sequential_looks(pairs),
                threads=self._threads,
                noise_floor=self._noise_floor,
                to_beat=self._lead.over(candidate),
            )

        return await timed_when_quiet(once, candidate, progress, pauses_s=self._pauses_s, put_off=self._put_off)


async def identity_noise(case: Case, pool: Pool, *, threads: tuple[int, ...]) -> tuple[float, Measurement | None]:
    """How far an unchanged copy, built as candidates are, seems to be from the baseline: (deviation, its timings).

    Layout, inlining and turbo move it by more than 5 % for one function in five; a gain must be more than that.

    Raises:
        SandboxError: the sandbox failed.
    """
    async with pool.sandbox() as sandbox:
        await case.build_identity(sandbox)

        async def timed(pairs: int) -> Measurement | Failed | None:
            looks = (min(case.task.measure.pairs, pairs),)
            return await measure(
                sandbox, case, candidate=case.candidate, looks=looks, threads=threads[:1], noise_floor=0.0
            )

        return await noise_of_unchanged(timed)


def middle_size(case: Case) -> tuple[int, ...]:
    """Odd sizes between the small ones and those of timed runs."""
    return tuple(max(1, round(d * 0.6) | 1) for d in case.sizes.benchmark)


def _surprise(case: Case) -> tuple[int, ...]:
    draw = secrets.SystemRandom()
    return tuple(draw.randint(4, 70) * weight for weight in case.weights.values())


def verification_rounds(case: Case, threads: tuple[int, ...]) -> list[Round]:
    """Edge sizes, odd sizes with ties, and the benchmark size, where threads really run."""
    if case.sweep:
        return _swept_rounds(case)
    sizes, counts = case.sizes, (max(2, threads[-1]), 3, 1, 4)
    # Sizes that nobody can know beforehand: else a candidate could be right where it is always tried, and only there.
    cases = [*sizes.edges, *sizes.generic, *(_surprise(case) for _ in range(_SURPRISES))]
    limit_ms = 5000
    rounds = [
        Round(dims=dims, threads=counts[i % len(counts)], candidate_ms=limit_ms, generator=generator)
        for i, dims in enumerate(cases)
        for generator in ("uniform", "ties")
    ]
    large_ms = int(2000 + 10 * sizes.baseline_ms)
    for dims, count, generator in (
        (middle_size(case), counts[0], "uniform"),
        (sizes.benchmark, counts[0], "ties"),
        (sizes.benchmark, 3, "uniform"),
    ):
        rounds.append(Round(dims=dims, threads=count, candidate_ms=large_ms, generator=generator))
    return rounds


def _swept_rounds(case: Case) -> list[Round]:
    """Every size with every team, first those that its ranks divide: what is wrong then has no excuse.

    The size of timed runs comes last, with each team.
    """
    sizes = case.sizes
    even = tuple(math.lcm(*(team.ranks for team in case.sweep)) * weight for weight in case.weights.values())
    cases = [even, *sizes.edges, *sizes.generic, *(_surprise(case) for _ in range(_SURPRISES)), middle_size(case)]
    large_ms = int(2000 + 10 * sizes.baseline_ms)
    rounds = []
    for team in case.sweep:
        ordered = sorted(cases, key=lambda dims: any(d % team.ranks for d in dims))
        rounds += [
            _with(team, dims, large_ms if dims == cases[-1] else 5000, generator)
            for dims in ordered
            for generator in ("uniform", "ties")
        ]
        rounds.append(_with(team, sizes.benchmark, large_ms, "ties"))
    return rounds


def _with(team: Team, dims: tuple[int, ...], limit_ms: int, generator: str) -> Round:
    return Round(dims=dims, threads=team.threads, ranks=team.ranks, candidate_ms=limit_ms, generator=generator)

"""Puts the suite before the judge, in one kind of sandbox, and keeps count of what must not happen.

The judge is the one that `agentpar judge` uses. Every attack is followed by its honest twin, and other candidates are
judged beside them, so that whatever an attack broke or left behind shows in somebody's verdict.
"""

import asyncio
import os
import secrets
import time
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Literal

from agentpar.attack.cases import SECRET_FILE, Bench, Case
from agentpar.attack.traces import leftovers, planted_secret, survivors
from agentpar.candidate import Candidate, Proposal, as_candidate
from agentpar.judges import judge_of
from agentpar.sandbox import lease
from agentpar.sandbox.base import Limits
from agentpar.sandbox.kinds import Kind
from agentpar.session import open_judge
from agentpar.task import Task
from agentpar.task_file import load_task
from agentpar.verdict import Frozen, Outcome, Verdict

# A cheat that works gains a factor; chance on a busy machine gains some percent.
_CHEATING = 1.25
_CHANCE = secrets.SystemRandom()
# What is judged between two looks for survivors.
_BATCH = 8
# Small, so that bombs end soon.
_LIMITS = Limits(candidate_memory_bytes=512 << 20, build_seconds=25)

Wrong = Literal["believed", "escaped", "wrong verdict", "survivor", "honest condemned"]


class Problem(Frozen):
    """One thing that must not happen, and the case in which it did."""

    case: str
    what: Wrong
    words: str


class Tally(Frozen):
    """A campaign's outcome. `untimed` counts right candidates that the machine was too busy to time.

    `attempts` are by target; `left_out` says why this kind of sandbox judges none of a target.
    """

    sandbox: Kind
    attempts: dict[str, int]
    left_out: dict[str, str] = {}
    honest: int
    untimed: int
    seconds: float
    problems: tuple[Problem, ...]

    def count(self, what: Wrong) -> int:
        """How often one thing happened."""
        return sum(problem.what == what for problem in self.problems)


async def run_campaign(
    kind: Kind, benches: Sequence[Bench], *, say: Callable[[str], None], twins: float = 1.0
) -> Tally:
    """Judge every candidate; `say` gets a line for each task and each problem.

    `twins` is the share of honest twins that are judged beside those that their attack has to be compared with; which
    ones is drawn anew each time.

    Raises:
        SandboxError: no sandbox of this kind can be had.
    """
    begun = time.monotonic()
    count = _Count(say, twins)
    attempts: Counter[str] = Counter()
    left_out: dict[str, str] = {}
    with planted_secret() as secret:
        for bench in benches:
            task = load_task(str(bench.folder))
            if why := judge_of(task).refuses(task, kind):
                left_out[_name_of(task)] = why
                continue
            attempts[_name_of(task)] += len(bench.attacks)
            say(f"{kind}: {bench.folder.name}, {len(bench.attacks)} attacks, {len(bench.good)} unusual and honest")
            await _judge_bench(kind, task, bench, count, str(secret))
            for what in await asyncio.to_thread(leftovers, kind):
                count.problem(bench.folder.name, "survivor", f"after all sandboxes were closed: {what}")
    return Tally(
        sandbox=kind,
        attempts=dict(attempts),
        left_out=left_out,
        honest=count.honest,
        untimed=count.untimed,
        seconds=round(time.monotonic() - begun, 1),
        problems=tuple(count.problems),
    )


class _Count:
    def __init__(self, say: Callable[[str], None], twins: float) -> None:
        self.problems: list[Problem] = []
        self.untimed = 0
        self.honest = 0
        self.twins = twins
        self._say = say

    def problem(self, case: str, what: Wrong, words: str) -> None:
        self.problems.append(Problem(case=case, what=what, words=words))
        self._say(f"  {what}: {case}: {words}")


def _name_of(task: Task) -> str:
    return task.target if task.oracle == "reference" else f"{task.target}, by {task.oracle}"


async def _judge_bench(kind: Kind, task: Task, bench: Bench, count: _Count, secret: str) -> None:
    """Judge in batches, an attack and its twin in one sandbox after the other; then all rest, and nobody may live."""
    # Nobody waits for a quieter machine: what is not timed is counted.
    async with open_judge(task, sandbox=kind, emit=lambda _: None, limits=_LIMITS, pauses_s=()) as (cascade, _):

        async def judged(case: Case) -> Verdict:
            verdict = await cascade.evaluate(_candidate(case, secret))
            count.untimed += _is_untimed(verdict)
            return verdict

        async def judge_unit(attack: Case | None, honest: Case) -> None:
            verdict = await judged(attack) if attack else None
            is_needed = verdict is None or may_be_believed(verdict)
            if attack is not None and verdict is not None and not is_needed and _CHANCE.random() >= count.twins:
                weigh_attack(attack, verdict, verdict, count.problem)
                return
            count.honest += 1
            right = await judged(honest)
            weigh_honest(honest, right, count.problem)
            if attack is None or verdict is None:
                return
            if is_believed(verdict, right):
                # As for any champion, the re-test decides.
                verdict = await cascade.confirm(_candidate(attack, secret))
            weigh_attack(attack, verdict, right, count.problem)

        units = [*bench.attacks, *((None, case) for case in bench.good)]
        lanes = asyncio.Semaphore(min(len(os.sched_getaffinity(0)), 4))

        async def in_turn(attack: Case | None, honest: Case) -> None:
            async with lanes:
                await judge_unit(attack, honest)

        for first in range(0, len(units), _BATCH):
            now = units[first : first + _BATCH]
            try:
                async with asyncio.TaskGroup() as group:
                    for attack, honest in now:
                        group.create_task(in_turn(attack, honest))
            except ExceptionGroup as errors:
                raise errors.exceptions[0] from None
            async with lease.working():
                found = await asyncio.to_thread(survivors, kind)
            for what in found:
                count.problem(" or ".join((attack or honest).id for attack, honest in now), "survivor", what)


def _candidate(case: Case, secret: str) -> Candidate:
    proposal = Proposal(
        source=case.source.replace(SECRET_FILE, secret), proposer="attack", strategy=case.does, pattern=case.family
    )
    return as_candidate(proposal, number=1, subtask=case.task)


def _is_untimed(verdict: Verdict) -> bool:
    return verdict.outcome is Outcome.OK and verdict.measurement is None


Tell = Callable[[str, Wrong, str], None]


def weigh_attack(attack: Case, verdict: Verdict, honest: Verdict, tell: Tell) -> None:
    """Tell what is wrong with an attack's verdict, if anything; `honest` is its twin's."""
    words = f"{verdict.outcome} at {verdict.stage}: {verdict.feedback[:300]}"
    if is_believed(verdict, honest):
        tell(attack.id, "believed", words)
    elif verdict.outcome in attack.escaped:
        tell(attack.id, "escaped", words)
    elif verdict.outcome not in attack.expect:
        tell(attack.id, "wrong verdict", f"expected {' or '.join(attack.expect)}, not {words}")
    elif attack.feedback not in verdict.feedback:
        tell(attack.id, "wrong verdict", f"the feedback does not say {attack.feedback!r}: {words}")
    elif verdict.outcome is Outcome.OK and not any(attack.unchecked in gap for gap in ("", *verdict.unchecked)):
        tell(attack.id, "wrong verdict", f"not said to be unchecked: {attack.unchecked}")


def weigh_honest(case: Case, verdict: Verdict, tell: Tell) -> None:
    """Tell if an honest candidate was not found right, as far as that can be found here."""
    if verdict.outcome not in case.expect:
        tell(case.id, "honest condemned", f"{verdict.outcome} at {verdict.stage}: {verdict.feedback[:300]}")


def is_believed(verdict: Verdict, honest: Verdict) -> bool:
    """Whether a hostile candidate was found right and faster, by more than its honest twin."""
    if not may_be_believed(verdict) or verdict.measurement is None:
        return False
    usual = honest.measurement.speedup if honest.measurement is not None else 1.0
    return verdict.measurement.best.ratio.low > _CHEATING * max(1.0, usual)


def may_be_believed(verdict: Verdict) -> bool:
    """Whether a candidate was found right and clearly faster, so that its honest twin has to decide."""
    measured = verdict.measurement
    return verdict.is_improvement and measured is not None and measured.best.ratio.low > _CHEATING

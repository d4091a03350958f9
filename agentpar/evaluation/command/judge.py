"""Judges the candidates of a project that is built, tested and timed by its own commands."""

import secrets
import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

from agentpar.candidate import Candidate
from agentpar.errors import TaskError
from agentpar.evaluation.attempt import (
    TOO_BUSY,
    Lead,
    Progress,
    describe,
    noise_of_unchanged,
    timed_when_quiet,
    tried_again,
)
from agentpar.evaluation.command.metric import require_metric
from agentpar.evaluation.command.tree import Tree, read_tree
from agentpar.evaluation.command.workshop import BASELINE, CANDIDATE, Durations, Run, Side, Workshop, require_sound
from agentpar.evaluation.judge import Setting
from agentpar.evaluation.machine import busy_s, ceiling, machine_evidence
from agentpar.evaluation.measure import Look, experiment, sequential_looks
from agentpar.evaluation.profile import Profile
from agentpar.evaluation.session import Failed
from agentpar.evaluation.statistics import Pair
from agentpar.languages.cpp import require_function
from agentpar.sandbox import lease
from agentpar.sandbox.base import Sandbox
from agentpar.sections import files_of, texts_of
from agentpar.task import SUFFIXES, Task
from agentpar.verdict import Measurement, Outcome, Stage, Team, Verdict

TRUST = (
    "the project's own commands were believed: its tests say what is right, its bench command does the work that is "
    "timed, and a hostile candidate could mislead both"
)
RACES = "races unchecked: the project's own build is not instrumented; its tests ran at {} threads"
_LEAST_BUILD_S = 60.0
# CPU time that starting a command takes and that is in nobody's account: 0.8 ms in Docker, 1.5 ms in bubblewrap, where
# the kernel takes namespaces down. The kernel counts a machine's work in hundredths of a second.
_STARTING_S, _GRAIN_S = 0.002, 0.02


def understand(task: Task) -> Tree:
    """Read the project's tree, and check what can be checked of a task without running anything.

    Raises:
        TaskError: the function is not there, the metric cannot be looked for, or the tree is too large.
    """
    assert task.commands is not None
    if task.commands.metric:
        require_metric(task.commands.metric)
    if task.path.suffix in SUFFIXES and task.entry:
        names = ", ".join(path.name for path in files_of(task)) if task.others else str(task.path)
        require_function(task.source, task.entry, path=Path(names))
    return read_tree(task)


async def open_commands(setting: Setting) -> tuple["CommandJudge", dict[str, Any]]:
    """The judge of a project, and the evidence that goes with its verdicts; see `JudgeKind`.

    Raises:
        TaskError: the project does not build, or changed since the run began.
        ReferenceFailed: its tests or its bench command fail as it is.
        SandboxError: the sandbox failed.
    """
    tree: Tree = setting.subject
    task, known = setting.task, setting.known
    if known and known["tree"]["digest"] != tree.digest:
        raise TaskError(
            f"{task.root} changed since this run began, so its verdicts do not hold for it: "
            "restore the files (`git stash`), or begin a new run"
        )
    shop = Workshop(task, tree, setting.pool.kind)
    setting.say(f"project: {tree.files} files, {tree.size / 1e6:.1f} MB; building it as it is")
    async with setting.pool.sandbox() as sandbox, lease.working():
        build_s = await shop.make_ready(sandbox)
        durations = Durations.model_validate(known["durations"]) if known else await _tried(shop, sandbox, build_s)
        if known is None and task.path.suffix in SUFFIXES and task.commands and task.commands.build:
            # Versions that a person wrote may have other means.
            await shop.require_evolved(sandbox, is_search=setting.is_search)
    shop.limits = Durations(
        build=max(_LEAST_BUILD_S, 4 * durations.build), test=5 + 10 * durations.test, bench=2 + 10 * durations.bench
    )
    judge = CommandJudge(shop, setting, noise_floor=known["noise_floor"] if known else 0.0)
    if known is None:
        setting.say("measuring this machine's noise")
        noise, identity = await judge.measure_noise()
        known = _evidence(setting, tree, durations, noise, identity)
        judge = CommandJudge(shop, setting, noise_floor=noise)
    return judge, known


async def _tried(shop: Workshop, sandbox: Sandbox, build_s: float) -> Durations:
    """How long the commands take as the project is, once its tests have passed twice."""
    for threads in (1, 2):
        failed, test_s = await shop.test(sandbox, BASELINE, threads)
        require_sound(failed, "test command")
    ran = await shop.bench(sandbox, BASELINE, 1)
    if isinstance(ran, Failed):
        require_sound(ran, "bench command")
        raise AssertionError("unreachable")
    return Durations(build=build_s, test=test_s, bench=ran.wall_s)


def _evidence(
    setting: Setting, tree: Tree, durations: Durations, noise: float, identity: Measurement | None
) -> dict[str, Any]:
    assert setting.task.commands is not None
    return {
        "commands": setting.task.commands.model_dump(mode="json"),
        "trust": TRUST,
        "tree": tree.model_dump(mode="json", exclude={"archive"}),
        "durations": durations.model_dump(mode="json"),
        "threads": list(setting.threads),
        "noise_floor": noise,
        "identity": identity.model_dump(mode="json") if identity else None,
        **machine_evidence(setting.pool),
        "race_gate": _races(setting.threads),
    }


def _races(threads: Sequence[int]) -> str:
    return RACES.format(" and ".join(map(str, _test_counts(threads))))


def _test_counts(threads: Sequence[int]) -> tuple[int, ...]:
    """The thread counts that tests run at: the most that are timed, and one that divides few sizes."""
    return tuple(dict.fromkeys((max(2, threads[-1]), 3)))


class CommandJudge:
    """Judges by a project's own commands; see `Judge`."""

    def __init__(self, shop: Workshop, setting: Setting, *, noise_floor: float) -> None:
        self._shop = shop
        self._setting = setting
        self._noise_floor = noise_floor
        self._lead = Lead(is_search=setting.is_search)

    async def evaluate(self, candidate: Candidate) -> Verdict:
        """See Judge."""
        try:
            texts_of(self._setting.task, candidate.source)
        except TaskError as error:
            return Verdict(outcome=Outcome.SCREENED, stage=Stage.SCREEN, feedback=str(error))
        return self._lead.follow(
            candidate, await tried_again(self._setting.pool, candidate, self._judge, self._judge_identity)
        )

    async def confirm(self, candidate: Candidate) -> Verdict:
        """See Judge."""
        allowed = await ceiling(self._setting.pool, self._setting.threads[-1])
        again = partial(self._judge, is_last=True)
        verdict = await tried_again(self._setting.pool, candidate, again, self._judge_identity)
        if verdict.measurement is None:
            return verdict
        measured = verdict.measurement.model_copy(update={"ceiling": allowed})
        return verdict.model_copy(update={"measurement": measured})

    async def unreached(self) -> tuple[str, ...]:
        """What a project's tests reach is the project's affair."""
        return ()

    async def profile(self, source: str = "") -> Profile | None:
        """A project's functions are not told apart."""
        return None

    async def measure_noise(self) -> tuple[float, Measurement | None]:
        """How far an unchanged copy, built as candidates are, seems to be from the baseline: (deviation, its timings).

        Raises:
            SandboxError: the sandbox failed.
            AgentparError: another process keeps the lease.
        """
        teams, most = [Team(self._setting.threads[0])], self._setting.task.measure.pairs
        async with self._setting.pool.sandbox() as sandbox:
            async with lease.working():
                await self._shop.make_ready(sandbox)
                await self._shop.begin(sandbox, self._setting.task.source)
                require_sound(await self._shop.build(sandbox), "build command, run again,")
            take = _Take(self._shop, sandbox)

            async def timed(pairs: int) -> Measurement | Failed | None:
                return await experiment(take, teams=teams, looks=(min(most, pairs),), noise_floor=0.0, sizes={})

            return await noise_of_unchanged(timed)

    async def _judge(
        self, sandbox: Sandbox, candidate: Candidate, progress: Progress, is_last: bool = False
    ) -> Verdict:
        shop, setting = self._shop, self._setting
        async with lease.working():
            await shop.make_ready(sandbox)
            with progress.enter(Stage.BUILD):
                await shop.begin(sandbox, candidate.source)
                problem = await shop.build(sandbox)
        if problem is not None:
            return progress.end(problem)

        async with lease.working():
            with progress.enter(Stage.VERIFY):
                for threads in _test_counts(setting.threads):
                    problem, _ = await shop.test(sandbox, CANDIDATE, threads)
                    if problem is not None:
                        words = f"{problem.feedback}\n(with OMP_NUM_THREADS={threads})"
                        return progress.end(problem.model_copy(update={"feedback": words}))
                await shop.end_strays(sandbox)

        pairs = setting.task.measure.pairs
        looks = (pairs,) if is_last else sequential_looks(pairs)

        async def once() -> Measurement | Failed | None:
            return await experiment(
                _Take(shop, sandbox),
                teams=[Team(n) for n in setting.threads],
                looks=looks,
                noise_floor=self._noise_floor,
                sizes={},
                to_beat=self._lead.over(candidate),
            )

        pauses_s, put_off = setting.pauses_s, setting.put_off
        measured = await timed_when_quiet(once, candidate, progress, pauses_s=pauses_s, put_off=put_off)
        if isinstance(measured, Failed):
            return progress.end(measured)
        unchecked = (TRUST, _races(setting.threads), *((TOO_BUSY,) if measured is None else ()))
        return progress.verdict(Outcome.OK, describe(measured), measurement=measured, unchecked=unchecked)

    async def _judge_identity(self, sandbox: Sandbox) -> Failed | None:
        shop = self._shop
        await shop.make_ready(sandbox)
        await shop.begin(sandbox, self._setting.task.source)
        if problem := await shop.build(sandbox):
            return problem
        failed, _ = await shop.test(sandbox, CANDIDATE, 1)
        ran = failed or await shop.bench(sandbox, CANDIDATE, 1)
        return ran if isinstance(ran, Failed) else None


class _Take:
    """Takes pairs: baseline and candidate one after the other, whoever is first by chance."""

    def __init__(self, shop: Workshop, sandbox: Sandbox) -> None:
        self._shop = shop
        self._sandbox = sandbox
        self._wall_s = self._foreign_s = 0.0

    async def __call__(self, pairs: int, teams: Sequence[Team]) -> Look:
        draw = secrets.SystemRandom()
        counts = [team.threads for _ in range(pairs) for team in teams]
        draw.shuffle(counts)
        self._wall_s = self._foreign_s = 0.0
        taken: list[Pair] = []
        # The first pair warms caches and pages, and is not counted.
        for number, count in enumerate([teams[-1].threads, *counts]):
            runs: dict[str, Run] = {}
            for side in draw.sample((BASELINE, CANDIDATE), 2):
                ran = await self._watched(side, count)
                if isinstance(ran, Failed):
                    return Look(failed=ran, foreign_load=self._foreign_load())
                runs[side.who] = ran
                if side is CANDIDATE:
                    await self._shop.end_strays(self._sandbox)
            if number:
                taken.append(self._pair(runs[BASELINE.who], runs[CANDIDATE.who], count))
        return Look(pairs=tuple(taken), foreign_load=self._foreign_load())

    def _foreign_load(self) -> float:
        """Cores that other processes kept busy, over the runs that ended well; what others used is not known."""
        return max(0.0, self._foreign_s - _GRAIN_S) / max(self._wall_s, 1e-9)

    async def _watched(self, side: Side, threads: int) -> Run | Failed:
        """Run once, and count what other processes did meanwhile, this one not being among them."""
        busy, own = busy_s(), time.process_time()
        ran = await self._shop.bench(self._sandbox, side, threads)
        if isinstance(ran, Run):
            self._wall_s += ran.wall_s
            self._foreign_s += busy_s() - busy - ran.cpu_s - (time.process_time() - own) - _STARTING_S
        return ran

    def _pair(self, baseline: Run, candidate: Run, threads: int) -> Pair:
        commands = self._shop.commands
        gain = None
        if commands.metric:
            gain = baseline.value / candidate.value
            gain = gain if commands.direction == "smaller" else 1.0 / gain
        return Pair(
            threads=threads,
            baseline_ns=round(baseline.wall_s * 1e9),
            candidate_ns=round(candidate.wall_s * 1e9),
            cpu_ns=round(candidate.cpu_s * 1e9),
            wall_ns=round(candidate.wall_s * 1e9),
            delay_ns=0,
            gain=gain,
        )

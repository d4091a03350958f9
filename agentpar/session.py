"""One working session on a run: the ledger, warm sandboxes, the prepared judge, and who makes proposals."""

import asyncio
import os
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from agentpar.errors import NotWritten, ReferenceFailed, TaskError
from agentpar.evaluation.judge import Judge, Setting
from agentpar.evaluation.machine import default_threads
from agentpar.evaluation.profile import Profile
from agentpar.evaluation.trial import Trial
from agentpar.events import Event, put_off_event
from agentpar.judges import JudgeKind, judge_of
from agentpar.ledger import Ledger
from agentpar.ledger_file import LEDGER
from agentpar.models.base import Pausable, Sampler
from agentpar.models.gpus import gpu_memories
from agentpar.models.open import Model, open_model
from agentpar.planning.author import Author
from agentpar.planning.board import DESIGN
from agentpar.planning.drafting import draft
from agentpar.reporting.files import withdraw, write_file
from agentpar.sandbox import lease
from agentpar.sandbox.base import Limits
from agentpar.sandbox.image import image_exists, require_image
from agentpar.sandbox.kinds import choose, reap
from agentpar.sandbox.pool import Pool
from agentpar.search import targets
from agentpar.search.base import Emit, Evaluator, noted
from agentpar.search.replies import Remembered
from agentpar.search.strategy import Team, assemble, require_proposers
from agentpar.sections import located
from agentpar.task import Budget, Task

_DRAFTS = "drafts"
"""The ledger's note of how many draftings came to nothing."""
_HOT_LINES = "hot lines"
_LONGEST_PROFILED_MS = 100.0
"""Under callgrind a call takes some fifty times as long, and the search waits for it."""
# Other candidates go on meanwhile, and what disturbs a timing is often short.
PAUSES_S = (5.0, 15.0)


@dataclass(frozen=True)
class Session:
    """What the search works with; belongs to the event loop it was opened in."""

    ledger: Ledger
    evaluator: Judge
    team: Team
    workers: int
    open_part: Callable[[Task], AbstractAsyncContextManager[Evaluator]]

    async def profile(self, source: str = "") -> Profile | None:
        """See the search's Session."""
        return await self.evaluator.profile(source)


def thread_counts(task: Task) -> tuple[int, ...]:
    """How many threads a task's candidates are timed with, in turn."""
    if task.target == "cuda":
        return (1,)  # the host's threads say nothing about a device: one calls it
    return task.measure.threads or default_threads(len(os.sched_getaffinity(0)))


@asynccontextmanager
async def open_judge(
    task: Task,
    *,
    sandbox: str,
    emit: Emit,
    limits: Limits | None = None,
    known: dict[str, Any] | None = None,
    is_search: bool = False,
    pauses_s: Sequence[float] | None = None,
    is_timed: bool = True,
) -> AsyncIterator[tuple[Judge, dict[str, Any]]]:
    """The judge of a task, and the evidence that goes with its verdicts. `known` is an earlier session's evidence.
    In a search, what does not lead is not checked to the end. Where nothing is to be timed (`is_timed`), this machine's
    noise is not measured.

    `pauses_s` are the waits before a candidate is timed again that a busy machine kept from it, if not `PAUSES_S`.

    Raises:
        TaskError: the task is wrong.
        ReferenceFailed: the reference cannot be an oracle.
        SandboxError: no sandbox can be had.
    """
    judges = judge_of(task)
    subject = judges.understand(task)
    threads = thread_counts(task)
    bounds = (limits or judges.limits or Limits()).with_room_for(max(threads))
    async with _open_pool(judges, sandbox, noted(emit), bounds) as pool:
        setting = Setting(
            task=task,
            subject=subject,
            pool=pool,
            threads=threads,
            known=known,
            is_search=is_search,
            pauses_s=PAUSES_S if pauses_s is None else pauses_s,
            say=noted(emit),
            put_off=lambda candidate, words: emit(put_off_event(candidate, words)),
            is_timed=is_timed,
        )
        yield await judges.open(setting)


@asynccontextmanager
async def _open_pool(
    judges: JudgeKind, sandbox: str, say: Callable[[str], None], limits: Limits | None = None
) -> AsyncIterator[Pool]:
    kind = choose(sandbox)
    reap(kind)
    if kind == "docker":
        await asyncio.to_thread(require_image, judges.image, say)
    size = min(len(os.sched_getaffinity(0)), judges.most_sandboxes)
    pool = Pool(kind, size=size, limits=limits or judges.limits, image=judges.image)
    try:
        yield pool
    finally:
        await pool.close()


@asynccontextmanager
async def open_session(
    task: Task, *, run_dir: Path, sandbox: str, emit: Emit, model: Model | None = None
) -> AsyncIterator[Session]:
    """Open a session on a run whose ledger exists; see the search's OpenSession. `model` replaces the task's.

    A run whose task turns out to be wrong before it has a candidate is removed: there is nothing to go on with.

    Raises:
        LedgerError: the ledger is damaged or in use.
        ModelError: the model cannot be had; nothing else was opened then.
        AgentparError: as `open_judge`.
    """
    with Ledger.open(run_dir / LEDGER) as ledger, _discarding(ledger):
        emit = _keeping(emit, ledger)
        require_proposers(task, has_model=_spec(task, model) != "none")

        @asynccontextmanager
        async def open_part(part: Task) -> AsyncIterator[Evaluator]:
            def tell(event: Event) -> None:
                emit(event.model_copy(update={"subtask": part.entry, "message": f"{part.entry}: {event.message}"}))

            note = f"evidence of {part.entry}"
            known = ledger.notes().get(note)
            async with open_judge(part, sandbox=sandbox, emit=tell, known=known, is_search=True) as (judge, evidence):
                if known is None:
                    ledger.note(note, evidence)
                yield judge

        known = ledger.notes().get("evidence")
        async with (
            open_model(_spec(task, model), run_dir=run_dir, say=noted(emit)) as sampler,
            open_judge(task, sandbox=sandbox, emit=emit, known=known, is_search=True) as (judge, evidence),
        ):
            if known is None:
                ledger.note("evidence", evidence)
            hot_lines = ""
            if sampler is not None:
                ledger.note("model", sampler.name)
                hot_lines = await _hot_lines(task, judge, ledger, say=noted(emit))
            with lease.hushing(quiet(sampler)):
                yield Session(
                    ledger=ledger,
                    evaluator=judge,
                    team=assemble(task, Remembered(sampler, ledger) if sampler else None, hot_lines=hot_lines),
                    workers=min(len(os.sched_getaffinity(0)), 8),
                    open_part=open_part,
                )


def _keeping(emit: Emit, ledger: Ledger) -> Emit:
    """Also keeps what is told of candidates that are put off: the run may end before they have a verdict."""

    def keep(event: Event) -> None:
        if event.puts_off:
            ledger.record_event(event)
        emit(event)

    return keep


def _spec(task: Task, model: Model | None) -> Model:
    return task.model.name if model is None else model


async def _hot_lines(task: Task, judge: Judge, ledger: Ledger, *, say: Callable[[str], None]) -> str:
    """Where the serial code spends its instructions, found once in a run: it is part of what a model is asked."""
    known = ledger.notes().get(_HOT_LINES)
    if known is None:
        sizes = ledger.notes().get("evidence", {}).get("sizes", {})
        is_shown = task.search.strategy != "best-of-n" and sizes.get("baseline_ms", 0) <= _LONGEST_PROFILED_MS
        if is_shown:
            say("looking for hot lines")
        profile = await judge.profile() if is_shown else None
        known = located(profile.hot_lines(task.source), task.source) if profile else ""
        ledger.note(_HOT_LINES, known)
    return str(known)


async def settle_source(
    run_dir: Path,
    *,
    sandbox: str,
    emit: Emit,
    model: Model | None = None,
    limited: Callable[[Budget], Budget] = lambda budget: budget,
) -> Task:
    """The run's task; where it is a specification, with the serial code that a model wrote under its tests.

    The code is kept in the ledger, and beside it as `reference.cpp`. A drafting that was cut off goes on with the
    replies that are there; one that came to nothing begins anew. `limited` gives the run's budget new limits.

    Raises:
        TaskError: no model is named, or the tests do not declare the entry.
        ModelError: the model cannot be had, or wrote nothing that passes (`NotWritten`); or the seconds are over.
        AgentparError: as `open_judge`.
    """
    with Ledger.read(run_dir / LEDGER) as ledger:
        if not ledger.task.is_unwritten:
            return ledger.task
    with Ledger.open(run_dir / LEDGER) as ledger:
        task, judges, say = ledger.task, judge_of(ledger.task), noted(emit)
        ledger.begin(limited(ledger.budget))
        withdraw(run_dir)
        async with (
            open_model(_spec(task, model), run_dir=run_dir, say=say) as sampler,
            _open_pool(judges, sandbox, say) as pool,
        ):
            if sampler is None:
                raise TaskError(f"{task.path}: there is no code, and no model to write it; name one with --model")
            number = ledger.notes().get(_DRAFTS, 0)
            author = Author(Remembered(sampler, ledger), ledger, round=number)
            trial = Trial(task, pool, require=author.require_seconds)
            try:
                design, source = await draft(task, author=author, trial=trial, understand=judges.understand, say=say)
            except NotWritten:
                ledger.note(_DRAFTS, number + 1)
                raise
        write_file(run_dir / f"reference{task.path.suffix}", source)
        ledger.note(DESIGN, design.model_dump(mode="json"))
        ledger.settle(task.model_copy(update={"source": source}))
        author.require_seconds("when the code was written: it passes its tests, and nothing was searched")
        return ledger.task


async def settle_target(
    run_dir: Path,
    *,
    sandbox: str,
    emit: Emit,
    model: Model | None = None,
    limited: Callable[[Budget], Budget] = lambda budget: budget,
) -> Task:
    """The run's task; where its target was left open, with the one that measures best. `limited`: see above.

    Raises:
        TaskError: none of the targets can be had.
        ModelError: the model cannot be had. None is needed here, but the search would find out only later.
        AgentparError: as `open_judge`.
    """

    def open_probe(
        part: Task, tell: Emit, known: dict[str, Any] | None
    ) -> AbstractAsyncContextManager[tuple[Judge, dict[str, Any]]]:
        return open_judge(part, sandbox=sandbox, emit=tell, known=known, is_search=True)

    def lacking(part: Task) -> str:
        if part.target == "cuda" and not gpu_memories():
            return "there is no NVIDIA device here"
        image = judge_of(part).image
        # One that takes long to make is not made for a try.
        if image != "cpp" and choose(sandbox) == "docker" and not image_exists(image):
            return f"its image is not built; `agentpar sandbox build --image {image}`"
        return ""

    with Ledger.open(run_dir / LEDGER) as ledger, _discarding(ledger):
        emit = _keeping(emit, ledger)
        if ledger.task.targets:
            ledger.begin(limited(ledger.budget))
            withdraw(run_dir)
            async with open_model(_spec(ledger.task, model), run_dir=run_dir, say=noted(emit)):
                """It works. Closed again: a server of our own would compute beside what is timed."""
            workers = min(len(os.sched_getaffinity(0)), 8)
            await targets.settle_target(ledger, open_probe=open_probe, workers=workers, emit=emit, lacking=lacking)
        return ledger.task


def quiet(sampler: Sampler | None) -> lease.Hush:
    """Holds the model's server where it can be held, so that it does not compute on what is being timed."""

    @asynccontextmanager
    async def hush() -> AsyncIterator[None]:
        is_held = isinstance(sampler, Pausable)
        try:
            # Where this is interrupted, the server may be held already.
            is_held = isinstance(sampler, Pausable) and await sampler.pause()
            yield
        finally:
            if is_held and isinstance(sampler, Pausable):
                await sampler.resume()

    return hush


@contextmanager
def _discarding(ledger: Ledger) -> Iterator[None]:
    try:
        yield
    except TaskError as error:
        # A task that was prepared once is not what is wrong: a model that is asked for now may be.
        was_prepared = "evidence" in ledger.notes() and not isinstance(error, ReferenceFailed)
        if was_prepared or ledger.candidates():
            raise
        if ledger.task.tests:  # the code that a model wrote is no oracle; resumed, it writes another
            ledger.note(_DRAFTS, ledger.notes().get(_DRAFTS, 0) + 1)
            ledger.settle(ledger.task.model_copy(update={"source": ""}))
        else:
            ledger.discard()
        raise

"""One working session on a run: the ledger, warm sandboxes, the prepared judge, and who makes proposals."""

import os
import platform
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from agentpar.errors import TaskError
from agentpar.evaluation.cascade import Cascade, identity_noise
from agentpar.evaluation.machine import cpu_model
from agentpar.evaluation.prepare import Prepared, Sizes, Subject, default_threads, prepare
from agentpar.evaluation.profile import Profile
from agentpar.evaluation.race import RACE_GATES
from agentpar.evaluation.toolchain import TARGET_FLAGS
from agentpar.events import Event
from agentpar.languages.cpp import find_function
from agentpar.languages.fingerprint import fingerprint
from agentpar.languages.inputs import InputPlan, merge_sizes
from agentpar.languages.sizes import infer_inputs
from agentpar.ledger import Ledger
from agentpar.ledger_file import LEDGER
from agentpar.models.base import Pausable, Sampler
from agentpar.models.open import Model, open_model
from agentpar.sandbox import lease
from agentpar.sandbox.base import Limits
from agentpar.sandbox.kinds import Kind, choose, reap
from agentpar.sandbox.pool import Pool
from agentpar.search.base import Emit, Evaluator, noted
from agentpar.search.replies import Remembered
from agentpar.search.strategy import Team, assemble
from agentpar.task import Task, describe_build

# Other candidates go on meanwhile, and what disturbs a timing is often short.
_PAUSES_S = (5.0, 15.0)


@dataclass(frozen=True)
class Session:
    """What the search works with; belongs to the event loop it was opened in."""

    ledger: Ledger
    evaluator: Cascade
    team: Team
    workers: int
    open_part: Callable[[Task], AbstractAsyncContextManager[Evaluator]]
    fingerprint: Callable[[str], str] = fingerprint

    async def profile(self) -> Profile | None:
        """See the search's Session."""
        return await self.evaluator.profile()


def understand(task: Task) -> Subject:
    """Find the entry and how its inputs are made, without running anything.

    Raises:
        TaskError: the function cannot be found or carried, or its sizes cannot be inferred.
    """
    function = find_function(task.source, task.entry, path=task.path)
    given = task.inputs
    if given.code and given.benchmark:
        # The user's own code makes the inputs; the dimensions are those it is called with.
        smallest = min(given.benchmark.values())
        dims = {name: max(1, size // max(1, smallest)) for name, size in given.benchmark.items()}
        return Subject(task=task, function=function, inputs=InputPlan(dims=dims))
    plan = None
    try:
        plan = infer_inputs(task.source, function)
    except TaskError as error:
        if not given.sizes:
            raise TaskError(f"{task.path}:{function.line}: {error}") from error
    inputs = merge_sizes(plan, function, given.sizes, given.ranges, given.generators)
    for name in given.ranges:
        if name in inputs.scalars:
            raise TaskError(
                f"{task.path}: {name} is a size, not a value; set it with --benchmark {name}=… or tie it in --sizes"
            )
    if not inputs.dims:
        raise TaskError(
            f"{task.path}:{function.line}: no input of {function.name} can be made larger: nothing to parallelise"
        )
    if given.benchmark and (unfit := sorted(set(given.benchmark) ^ set(inputs.dims))):
        raise TaskError(
            f"{task.path}: benchmark sizes must name each of {', '.join(inputs.dims)} and nothing else; "
            f"see {', '.join(unfit)}"
        )
    return Subject(task=task, function=function, inputs=inputs)


@asynccontextmanager
async def open_judge(
    task: Task,
    *,
    sandbox: str,
    emit: Emit,
    limits: Limits | None = None,
    known: dict[str, Any] | None = None,
    is_search: bool = False,
    pauses_s: Sequence[float] = _PAUSES_S,
) -> AsyncIterator[tuple[Cascade, dict[str, Any]]]:
    """The cascade for a task, and the evidence that goes with its verdicts. `known` is an earlier session's evidence.
    In a search, what does not lead is not checked to the end.

    `pauses_s` are the waits before a candidate is timed again that a busy machine kept from it.

    Raises:
        TaskError: the task is wrong.
        ReferenceFailed: the reference cannot be an oracle.
        SandboxError: no sandbox can be had.
    """
    subject = understand(task)
    kind = choose(sandbox)
    reap(kind)
    cores = len(os.sched_getaffinity(0))
    threads = task.measure.threads or default_threads(cores)
    pool = Pool(kind, size=min(cores, 8), limits=limits)

    def say(message: str) -> None:
        emit(Event(kind="note", seconds=0.0, message=message))

    try:
        if task.build_origin:
            say(f"build: {describe_build(task)}")
        say(f"sizes: {describe_inputs(subject)}")
        sizes = Sizes.model_validate(known["sizes"]) if known else None
        prepared = await prepare(subject, pool, known=sizes, say=say)
        if known is None:
            say("measuring this machine's noise")
            known = await _machine_evidence(prepared, pool, kind, threads)
        noise = known["noise_floor"]
        yield (
            Cascade(
                prepared,
                pool,
                threads=threads,
                noise_floor=noise,
                is_search=is_search,
                pauses_s=pauses_s,
                say=say,
            ),
            known,
        )
    finally:
        await pool.close()


async def _machine_evidence(prepared: Prepared, pool: Pool, kind: Kind, threads: tuple[int, ...]) -> dict[str, Any]:
    noise, identity = await identity_noise(prepared, pool, threads=threads)
    task, sizes = prepared.subject.task, prepared.sizes
    return {
        "sizes": sizes.model_dump(mode="json"),
        "dims": list(prepared.subject.dim_names),
        "inputs": prepared.subject.inputs.model_dump(mode="json"),
        "threads": list(threads),
        "noise_floor": noise,
        "identity": identity.model_dump(mode="json") if identity else None,
        "tolerance": task.compare.model_dump(mode="json", exclude={"code"}),
        "compiler": prepared.compiler,
        "baseline_flags": [f"-std={task.build.standard}", *task.build.flags],
        "build_origin": task.build_origin,
        "candidate_flags": [
            f"-std={task.build.standard}",
            *task.build.flags,
            *TARGET_FLAGS[task.target],
        ],
        "cpu": cpu_model(),
        "cores": len(os.sched_getaffinity(0)),
        "system": f"{platform.system()} {platform.release()}",
        "sandbox": kind,
        "limits": pool.limits.model_dump(mode="json"),
        "race_gate": prepared.race_unchecked or RACE_GATES[task.target],
    }


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
    spec = task.model.name if model is None else model
    with Ledger.open(run_dir / LEDGER) as ledger, _discarding(ledger):

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
            open_model(spec, run_dir=run_dir, say=noted(emit)) as sampler,
            open_judge(task, sandbox=sandbox, emit=emit, known=known, is_search=True) as (cascade, evidence),
        ):
            if known is None:
                ledger.note("evidence", evidence)
            if sampler is not None:
                ledger.note("model", sampler.name)
            with lease.hushing(quiet(sampler)):
                yield Session(
                    ledger=ledger,
                    evaluator=cascade,
                    team=assemble(task, Remembered(sampler, ledger) if sampler else None),
                    workers=min(len(os.sched_getaffinity(0)), 8),
                    open_part=open_part,
                )


def quiet(sampler: Sampler | None) -> lease.Hush:
    """Holds the model's server where it can be held, so that it does not compute on what is being timed."""

    @asynccontextmanager
    async def hush() -> AsyncIterator[None]:
        is_held = isinstance(sampler, Pausable) and await sampler.pause()
        try:
            yield
        finally:
            if is_held and isinstance(sampler, Pausable):
                await sampler.resume()

    return hush


@contextmanager
def _discarding(ledger: Ledger) -> Iterator[None]:
    try:
        yield
    except TaskError:
        if not ledger.candidates():
            ledger.discard()
        raise


def describe_inputs(subject: Subject) -> str:
    """The sizes in force, as `--sizes` takes them."""
    lengths = [f"{name}={';'.join(e)}" for name, e in subject.inputs.lengths.items()]
    ranges = [f"{name} in [{low}, {high}]" for name, (low, high) in subject.inputs.ranges.items()]
    made = f"made by {subject.task.inputs.code} from {', '.join(subject.dim_names)}"
    return made if subject.task.inputs.code else ", ".join([*lengths, *ranges]) or ", ".join(subject.inputs.scalars)

"""What happens once per task, before any candidate: builds, sizes confirmed, reference checked, machine measured."""

import asyncio
import shlex
from collections.abc import Callable, Sequence
from functools import partial
from statistics import mean

from agentpar.errors import SandboxError, TaskError, ToolMissing
from agentpar.evaluation import device, driver, kept_builds, race
from agentpar.evaluation.benchmark_size import Timed, find_benchmark_size
from agentpar.evaluation.case import Sizes
from agentpar.evaluation.kept_builds import Built
from agentpar.evaluation.prepared import IDENTITY, Prepared, Subject, first_errors
from agentpar.evaluation.project import project_headers
from agentpar.evaluation.ranks import WORKER_RANKS, HybridCase, RanksCase, require_mpi
from agentpar.evaluation.refusals import (
    goes_out_of_bounds,
    require_deterministic,
    require_sane,
    require_within_bounds,
)
from agentpar.evaluation.session import BASELINE, WORKER, Judged, Round, drawn_rounds, judge
from agentpar.evaluation.tbb import MEND, has_tbb
from agentpar.evaluation.toolchain import (
    CLANG,
    PRIVATE,
    PUBLIC,
    SANITIZE,
    SANITIZER_ENVIRONMENT,
    SHARED,
    Toolchain,
    precompiled_header_source,
    toolchain_of,
)
from agentpar.evaluation.tried_sizes import edge_sizes, generic_sizes, lopsided_sizes, may_be_too_short
from agentpar.languages.inputs import is_sized
from agentpar.resources import resource
from agentpar.sandbox.base import Identity, Sandbox
from agentpar.sandbox.kinds import identify_system
from agentpar.sandbox.lease import working
from agentpar.sandbox.pool import Pool
from agentpar.sections import built_as_one, located
from agentpar.task import HYBRID, Target, Task

Files = dict[tuple[Identity, str], tuple[bytes, int]]

_CASES: dict[Target, type[Prepared]] = {"mpi": RanksCase, HYBRID: HybridCase}
_PRECOMPILED: tuple[Identity, str] = ("keeper", f"{PUBLIC}/pch.hpp.gch")
_SANITIZED = f"{PRIVATE}/sanitized.so"
_SANITIZED_WORKER = f"{PUBLIC}/worker-sanitized"
_MOST_INPUT_BYTES = 32 << 20
_BUILD_S = 120.0
_TOO_SMALL = "; if sizes of 1, 2 and 3 are not meant for it, give the same with --sizes"
_CLASH = "several files are built as one source: give what each has for itself under one name names of their own"
_ABSENT = "name the files that define these, too"
_MOST_SCALE = 1 << 27
_CONSTANT = "always the same: {}; an error in what would change it is not seen; other --ranges may reach more"
_ALIKE = "at the same sizes and scalars all answers were the same, whatever {} held; other --ranges may reach more"


async def prepare(subject: Subject, pool: Pool, *, known: Sizes | None, say: Callable[[str], None]) -> Prepared:
    """Build the harness, confirm sizes and reference, choose the benchmark size.

    `known` are the sizes of an earlier session of the same run: they are not searched again.

    Raises:
        TaskError: the source does not build, or the sizes that were inferred or given are wrong.
        ReferenceFailed: the reference crashes, hangs, or is not deterministic.
        SandboxError: the sandbox failed.
    """
    task = subject.task
    headers = await asyncio.to_thread(project_headers, task)
    toolchain = toolchain_of(task, headers.include)
    if task.target == "cuda":
        toolchain = await asyncio.to_thread(device.with_nvcc, toolchain, task, pool.kind)
    sources = await asyncio.to_thread(_sources, subject, headers.files)
    await pool.install(sources)
    async with pool.sandbox() as sandbox:
        compiler = await _version(sandbox, toolchain)
        if task.target == "stdpar" and not await has_tbb(sandbox):
            raise ToolMissing(MEND)
        if toolchain.has_ranks:
            await require_mpi(sandbox)
        system = await asyncio.to_thread(identify_system, pool.kind, pool.image)
        whole, key = (
            kept_builds.key_of(sources, repr(_commands(toolchain, sanitized)), compiler, *system)
            for sanitized in (True, known is None)
        )
    built = await asyncio.to_thread(kept_builds.find, whole) or await asyncio.to_thread(kept_builds.find, key)
    if built is None:
        say("building judge and baseline")
        built = await _build(pool, subject, toolchain, system, sanitized=known is None)
        if not built.race_unchecked:  # else the user may mend it
            await asyncio.to_thread(kept_builds.keep, key, built)
    await pool.install(built.files)
    race_unchecked = built.race_unchecked
    # Ranks are watched by their own worker, and a device's checker is tried where there is a device.
    if task.target not in ("mpi", "cuda") and not race_unchecked:
        async with pool.sandbox() as sandbox, working():
            race_unchecked = await race.self_test(sandbox, task.target)
    prepared = _CASES.get(task.target, Prepared)(
        subject=subject,
        toolchain=toolchain.model_copy(update={"has_precompiled_header": _PRECOMPILED in built.files}),
        tolerance=driver.tolerance_line(task.compare),
        trampoline=driver.trampoline(task, subject.function, built.layouts),
        sizes=known or Sizes(edges=(), refused=(), generic=(), benchmark=(), baseline_ms=0),
        race_unchecked=race_unchecked,
        compiler=compiler,
        evolved=headers.evolved,
        units=headers.units,
    )
    if known is None:
        say("checking sizes and reference")
        async with pool.sandbox() as sandbox, working():
            if headers.units and (failed := await prepared.apart(sandbox, task.source)):
                mend = f"\n{_ABSENT}" if "undefined reference" in failed.feedback else ""
                raise TaskError(f"the source does not build as it is: {failed.feedback.rstrip()}{mend}")
            prepared = prepared.model_copy(update={"sizes": await _find_sizes(sandbox, prepared)})
        given = [p.name for p in subject.function.parameters if is_sized(p) and not p.is_output]
        if given and not prepared.sizes.answers_vary:
            say(_ALIKE.format(" and ".join(given)))
        elif prepared.sizes.constant_outputs:
            say(_CONSTANT.format(" and ".join(prepared.sizes.constant_outputs)))
    return prepared


def _sources(subject: Subject, headers: dict[str, bytes]) -> Files:
    """The harness and what is generated for this task."""
    task = subject.task
    text = driver.subject(
        task,
        subject.function,
        subject.inputs,
        inputs_code=_code(task, task.inputs.code),
        compare_code=_code(task, task.compare.code),
    )
    suffix = ".c" if task.path.suffix == ".c" else ".cpp"
    generated = {
        f"{PUBLIC}/prelude.hpp": driver.prelude(task),
        f"{PUBLIC}/function.hpp": driver.function_header(task, subject.function),
        f"{PUBLIC}/subject.hpp": text,
        f"{PUBLIC}/worker.cpp": driver.worker(task),
        f"{PUBLIC}/worker-ranks.cpp": driver.ranks_worker(task),
        f"{PUBLIC}/count.cpp": driver.count(task),
        **(device.programs(task) if task.target == "cuda" else {}),
        f"{PUBLIC}/pch.hpp": precompiled_header_source(task),
        f"{PRIVATE}/judge.cpp": driver.JUDGE,
        f"{PRIVATE}/reference{suffix}": built_as_one(task.source) + driver.trampoline(task, subject.function),
    }
    harness = sorted(resource("sandboxes", "harness").glob("*.?pp"))
    files = {
        **headers,
        **{f"{PUBLIC}/harness/{header.name}": header.read_bytes() for header in harness},
        **{path: content.encode() for path, content in generated.items()},
    }
    return {("keeper", path): (content, 0o644) for path, content in files.items()}


def _code(task: Task, name: str) -> str:
    if not name:
        return ""
    path = task.root / name
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise TaskError(f"{path}: cannot be read ({error}); it is named in the task") from error


async def _version(sandbox: Sandbox, toolchain: Toolchain) -> str:
    asked = await sandbox.run("builder", [toolchain.compiler, "--version"], timeout_s=20)
    if not asked.succeeded:
        said = asked.stderr.strip().partition("\n")[0][:200]
        raise TaskError(
            f"the compiler {toolchain.compiler!r} cannot be run in the {sandbox.name} sandbox"
            f"{f' ({said})' if said else ''}; name another with build.compiler in a task.toml"
        )
    version = asked.stdout.partition("\n")[0]
    return f"{version}, {await device.nvcc_version(sandbox, toolchain)}" if toolchain.cuda_root else version


_JUDGE_LINK = ("-static-libstdc++", "-static-libgcc")


def _commands(toolchain: Toolchain, sanitized: bool) -> list[list[str]]:
    """All that is run to build what is kept."""
    return [
        toolchain.baseline(),
        toolchain.identity(),
        toolchain.program("judge", *_JUDGE_LINK),
        toolchain.precompiled_header(),
        toolchain.worker_object(),
        *([toolchain.ranks_worker_object(), toolchain.ranks_worker("worker-ranks")] if toolchain.has_ranks else []),
        *([] if toolchain.target == "mpi" else [_race_worker(toolchain)]),
        *([toolchain.device_program("device")] if toolchain.cuda_root else []),
        *([[*toolchain.sanitized_reference(), *SANITIZE]] if sanitized else []),
    ]


def _race_worker(toolchain: Toolchain) -> list[str]:
    link = toolchain.ranks_worker if toolchain.has_ranks else toolchain.worker
    return link("worker-race", *race.WORKER_LINK, compiler=CLANG)


async def _build(
    pool: Pool, subject: Subject, toolchain: Toolchain, system: tuple[str, ...], *, sanitized: bool
) -> Built:
    """Two lanes in two sandboxes: most of the wait is our own compilers."""
    try:
        async with asyncio.TaskGroup() as group:
            first = group.create_task(_build_objects(pool, subject, toolchain))
            second = group.create_task(_build_workers(pool, subject, toolchain, system, sanitized))
    except ExceptionGroup as errors:
        # Both lanes may fail for the same reason; the first says it.
        raise errors.exceptions[0] from None
    (layouts, objects), (race_unchecked, workers) = first.result(), second.result()
    return Built(files={**objects, **workers}, layouts=layouts, race_unchecked=race_unchecked)


async def _build_objects(pool: Pool, subject: Subject, toolchain: Toolchain) -> tuple[str, Files]:
    """The structs' layouts; the reference in its builds, judge and precompiled header."""
    async with pool.sandbox() as sandbox, working():
        build_program = partial(_build_program, sandbox, subject, toolchain)
        # The reference first: its errors are the user's to mend.
        await _build_reference(sandbox, subject, toolchain.baseline())
        await _build_reference(sandbox, subject, toolchain.identity())
        # The judge loads nothing, so it carries its own library: that halves the time it takes to start.
        await build_program(PRIVATE, toolchain.program("judge", *_JUDGE_LINK))
        asked = await sandbox.run("keeper", ["./judge", "layouts"], directory=PRIVATE, timeout_s=20)
        if not asked.succeeded:
            raise SandboxError(f"the judge cannot tell how structs are laid out: {asked.stderr[:400]}")
        header = await sandbox.run(
            "keeper", toolchain.precompiled_header(), directory=PUBLIC, timeout_s=60, bounded=False
        )
        names = [f"{PRIVATE}/judge", BASELINE, IDENTITY, *([_PRECOMPILED[1]] if header.succeeded else [])]
        return asked.stdout, await _collect(sandbox, names)


async def _build_workers(
    pool: Pool, subject: Subject, toolchain: Toolchain, system: tuple[str, ...], sanitized: bool
) -> tuple[str, Files]:
    """The worker, plain and with each sanitizer, and the reference for one; and why races cannot be checked, if so."""
    async with pool.sandbox() as sandbox, working():
        build_program = partial(_build_program, sandbox, subject, toolchain)
        await build_program(PUBLIC, toolchain.worker_object())
        await build_program(PUBLIC, toolchain.worker("worker"))
        names = [WORKER]
        if sanitized:
            await build_program(PUBLIC, toolchain.worker("worker-sanitized", *SANITIZE[1:]))
            await _build_reference(sandbox, subject, toolchain.sanitized_reference())
            names += [_SANITIZED_WORKER, _SANITIZED]
        if toolchain.has_ranks:
            await build_program(PUBLIC, toolchain.ranks_worker_object())
            await build_program(PUBLIC, toolchain.ranks_worker("worker-ranks"))
            names.append(WORKER_RANKS)
        if toolchain.target == "mpi":
            return "", await _collect(sandbox, names)
        if toolchain.cuda_root:
            for program in (device.WORKER, device.CALL):
                await build_program(PUBLIC, toolchain.program(program.rpartition("/")[2]))
            await device.build_probe(sandbox, toolchain)
            return "", await _collect(sandbox, [*names, device.WORKER, device.CALL, device.PROBE])
        tools = await _race_tools(sandbox, system)
        if tools is None:
            return race.CANNOT_BUILD, await _collect(sandbox, names)
        await build_program(PUBLIC, _race_worker(toolchain))
        return "", {**tools, **await _collect(sandbox, [*names, race.WORKER_RACE])}


async def _race_tools(sandbox: Sandbox, system: tuple[str, ...]) -> Files | None:
    """The race gate's own programs, the same for every task, so built once; None where they cannot be built."""
    key = kept_builds.key_of(race.tool_sources(), repr(race.tool_commands()), *system)
    kept = await asyncio.to_thread(kept_builds.find, key)
    if kept is not None:
        for (identity, path), (content, mode) in kept.files.items():
            await sandbox.put(identity, path, content, mode)
        return kept.files
    if not await race.build_tools(sandbox):
        return None
    built = Built(files=await _collect(sandbox, race.TOOLS), layouts="", race_unchecked="")
    await asyncio.to_thread(kept_builds.keep, key, built)
    return built.files


async def _build_reference(sandbox: Sandbox, subject: Subject, command: list[str]) -> None:
    built = await sandbox.run("keeper", command, directory=PRIVATE, timeout_s=120, bounded=False)
    if not built.succeeded:
        errors = first_errors(built.stderr) or built.stderr[:800]
        name, task = command[command.index("-o") + 2], subject.task
        errors = located(errors, task.source, file=name).replace(name, task.path.name)
        if task.others and "redefinition" in errors:
            errors += f"\n{_CLASH}"
        raise TaskError(f"the source does not build with `{_as_users_write(command, subject.task)}`:\n{errors}")


def _as_users_write(command: Sequence[str], task: Task) -> str:
    """A compiler's command line without what only the sandbox knows: its folders, and the kind and names of files."""
    before = command[: command.index("-o") - len(SHARED)]
    flags = [word for word in before if not word.startswith(("-I../", "-include../"))]
    return shlex.join([*flags, *(f"-I{folder}" for folder in task.build.include)])


async def _build_program(
    sandbox: Sandbox, subject: Subject, toolchain: Toolchain, directory: str, command: list[str]
) -> None:
    built = await sandbox.run("keeper", command, directory=directory, timeout_s=_BUILD_S, bounded=False)
    if not built.succeeded:
        # A source that does not build as it is explains itself, and better.
        await _build_reference(sandbox, subject, toolchain.baseline())
        if built.timed_out:
            raise SandboxError(f"building the harness takes more than {_BUILD_S:g} s: this machine is too busy")
        raise TaskError(
            "the harness does not build for this function; its parameter types may be beyond what agentpar "
            f"carries:\n{first_errors(built.stderr) or built.stderr[:800]}"
        )


async def _collect(sandbox: Sandbox, names: Sequence[str]) -> Files:
    """The built files, to be put into every sandbox instead of being built in each."""
    return {("keeper", name): (await sandbox.get("keeper", name), 0o755) for name in names}


async def _find_sizes(sandbox: Sandbox, prepared: Prepared) -> Sizes:
    subject = prepared.subject
    task, inputs = subject.task, subject.inputs
    weights = inputs.dims.values()
    generic, edges = generic_sizes(weights), edge_sizes(weights)
    place = located(f"{task.path}:{subject.function.line}", task.source, file=str(task.path))
    told = subject.function.name, inputs, place
    require_sane(await under_sanitizers(sandbox, prepared, generic), *told)
    tried = [await under_sanitizers(sandbox, prepared, [case]) for case in edges]
    accepted = [case for case, judged in zip(edges, tried, strict=True) if judged.failed is None]
    if may_be_too_short(inputs, task.inputs.sizes):
        if all(map(goes_out_of_bounds, tried[1:])):
            require_within_bounds(tried[-1], *told, mend=_TOO_SMALL)
        for case in lopsided_sizes(weights):
            require_within_bounds(await under_sanitizers(sandbox, prepared, [case]), *told)
    await _expose(sandbox, BASELINE)
    rounds = [
        Round(dims=dims, generator=generator, extra_calls=i % 2)
        for i, dims in enumerate((*accepted, *generic))
        for generator in ("uniform", "ties")
    ]
    require_deterministic(await _against_itself(sandbox, prepared, rounds), inputs)
    drawn = await _against_itself(sandbox, prepared, drawn_rounds(accepted, generic[1]))
    require_deterministic(drawn, inputs)
    benchmark, baseline_ms = await _benchmark_size(sandbox, prepared)
    return Sizes(
        edges=tuple(accepted),
        refused=tuple(case for case in edges if case not in accepted),
        generic=generic,
        benchmark=benchmark,
        baseline_ms=baseline_ms,
        answers_vary=bool(inputs.lengths) and drawn.answers_vary(generic[1]),
        constant_outputs=drawn.constant_outputs(generic[1]) if inputs.lengths else (),
    )


async def under_sanitizers(sandbox: Sandbox, prepared: Prepared, cases: Sequence[tuple[int, ...]]) -> Judged:
    """What the serial code does at some sizes when it is built with sanitizers: two rounds for each.

    For a task that was prepared without known sizes; no candidate may have run in this sandbox.

    Raises:
        SandboxError: the sandbox failed.
    """
    await _expose(sandbox, _SANITIZED)
    return await judge(
        sandbox,
        [Round(dims=dims, generator=generator) for dims in cases for generator in ("uniform", "ties")],
        tolerance=prepared.tolerance,
        candidate="work/object.so",
        dim_names=prepared.subject.dim_names,
        candidate_worker=_SANITIZED_WORKER,
        environment=SANITIZER_ENVIRONMENT,
        bounded=False,
    )


async def _expose(sandbox: Sandbox, path: str) -> None:
    """Put a private object where the candidate's worker can load it. No candidate has run in this sandbox yet, and the
    sandbox is wiped before one does.
    """
    await sandbox.put("builder", "work/object.so", await sandbox.get("keeper", path), 0o755)


async def _against_itself(sandbox: Sandbox, prepared: Prepared, rounds: Sequence[Round]) -> Judged:
    names, tolerance = prepared.subject.dim_names, prepared.tolerance
    return await judge(sandbox, rounds, tolerance=tolerance, candidate="work/object.so", dim_names=names)


async def _benchmark_size(sandbox: Sandbox, prepared: Prepared) -> tuple[tuple[int, ...], float]:
    """The sizes of timed runs, and milliseconds of the baseline there."""
    subject = prepared.subject
    given = subject.task.inputs.benchmark
    timed = partial(_time, sandbox, prepared)
    if given:
        dims = tuple(given[name] for name in subject.inputs.dims)
        return dims, (await timed(dims)).ms
    return await find_benchmark_size(
        subject.scaled,
        timed,
        target_ms=subject.task.measure.target_ms,
        most_scale=_MOST_SCALE,
        most_bytes=_MOST_INPUT_BYTES,
    )


async def _time(sandbox: Sandbox, prepared: Prepared, dims: tuple[int, ...], calls: int = 2) -> Timed:
    judged = await _against_itself(sandbox, prepared, [Round(dims=dims)] * (1 + calls))
    require_deterministic(judged, prepared.subject.inputs)
    # The first round warms caches and pages. What stands in the candidate's place is the baseline too, and its CPU time
    # is told: the machine's other work cannot make that seem slow, and choose a size that is too small.
    ms = mean(int(r["cpu_ns"]) / 1e6 for r in judged.rounds[1:])
    return Timed(ms, int(judged.rounds[-1]["input_bytes"]))

"""What happens once for a Python task: inputs understood, sizes found, the reference checked, the machine measured."""

import json
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from statistics import mean
from typing import Any

from agentpar.errors import ReferenceFailed, SandboxError, TaskError
from agentpar.evaluation.benchmark_size import Timed, find_benchmark_size
from agentpar.evaluation.cascade import Cascade, identity_noise
from agentpar.evaluation.case import Sizes
from agentpar.evaluation.driver import tolerance_line
from agentpar.evaluation.judge import Setting
from agentpar.evaluation.machine import machine_evidence
from agentpar.evaluation.python.case import (
    CANDIDATE,
    PRIVATE,
    PUBLIC,
    RACE_GATE,
    REFERENCE,
    TESTER,
    PythonCase,
    PythonSubject,
)
from agentpar.evaluation.python.interpreter import Interpreter, interpreter_for, packages_for
from agentpar.evaluation.python.ranks import PythonRanksCase, install_ranks, require_owners
from agentpar.evaluation.python.tests import files_inside, files_of_tests, trust, with_tests
from agentpar.evaluation.race import RACE_GATES
from agentpar.evaluation.session import JUDGE, WORKER, Judged, Round, drawn_rounds
from agentpar.languages.inputs import require_benchmark
from agentpar.languages.python import PythonFunction, find_python_function, module_of, reached_modules
from agentpar.languages.python_inputs import Call, PythonInputs, example_call, infer_python_inputs
from agentpar.resources import resource
from agentpar.sandbox.base import Identity, Sandbox
from agentpar.sandbox.kinds import Kind
from agentpar.sandbox.lease import working
from agentpar.sandbox.pool import Pool
from agentpar.task import RANKS_TARGETS, Task
from agentpar.task_file import read_source
from agentpar.verdict import Outcome

_EDGES = (0, 1, 2, 3)
_GENERIC = ((7, 11, 13, 5, 17, 3), (31, 17, 23, 29, 19, 9), (64, 61, 33, 48, 40, 20))
_MOST_SCALE = 1 << 24
_LEAST_LENGTH = 8
"""With shorter lengths, a call says less than types do."""
_MOST_INPUT_BYTES = 64 << 20
_HARNESS = {
    "judge.py": JUDGE,
    "worker.py": WORKER,
    **{f"agentpar_{name}.py": f"{PUBLIC}/agentpar_{name}.py" for name in ("report", "wire", "worker")},
    **{
        f"agentpar_{name}.py": f"{PRIVATE}/agentpar_{name}.py"
        for name in ("call", "compare", "inputs", "memory", "owners", "peer", "processes", "team")
    },
}
_KEPT = ("sizes", "passing", "modules", "inside_s", "call")
"""What a resumed run takes from its evidence; runs of earlier versions lack some."""
_UNBOUNDED = (
    "{} starts processes, and bubblewrap cannot bound their memory together or stop them as one; use --sandbox docker, "
    "or --sandbox process for code you trust"
)


def understand(task: Task) -> PythonSubject:
    """Find the entry and how its inputs are made, without running anything.

    Raises:
        TaskError: the function cannot be found, its inputs cannot be made, or ranks are to own what is none.
    """
    subject = _understood(task)
    require_owners(subject)
    return subject


def _understood(task: Task) -> PythonSubject:
    function = find_python_function(task.source, task.entry, task.path)
    given = task.inputs
    if given.code and given.benchmark:
        # The user's own code makes the inputs; the dimensions are those it is called with.
        smallest = min(given.benchmark.values())
        dims = {name: max(1, size // smallest) for name, size in given.benchmark.items()}
        return PythonSubject(task=task, function=function, inputs=PythonInputs(dims=dims, parameters=()))
    if given.code:
        raise TaskError(f"{task.path}: inputs.code needs inputs.benchmark, which names the dimensions")
    try:
        inputs = _inferred(task, function)
    except TaskError:
        if given.example or not task.test_files:
            raise
        inputs = PythonInputs(dims={}, parameters=())  # what the tests call will tell
    return PythonSubject(task=task, function=function, inputs=inputs)


def _inferred(task: Task, function: PythonFunction, call: Call | None = None, least: int = 0) -> PythonInputs:
    given = task.inputs
    inputs = infer_python_inputs(
        task.source,
        function,
        path=task.path,
        example=given.example,
        call=call,
        least=least,
        sizes=given.sizes,
        ranges=given.ranges,
        generators=given.generators,
    )
    require_benchmark(given.benchmark, inputs.dims, str(task.path))
    return inputs


def _as_tested(subject: PythonSubject, call: Call | None) -> PythonSubject:
    """The subject with inputs like those of the tests' largest call, where nothing says more.

    Raises:
        TaskError: nothing says what inputs are.
    """
    task, function, is_known = subject.task, subject.function, bool(subject.inputs.dims)
    if task.inputs.example or task.inputs.code:
        return subject
    try:
        inputs = _inferred(task, function, call, least=_LEAST_LENGTH if is_known else 0)
    except TaskError:
        if not is_known:
            raise
        return subject
    return subject.model_copy(update={"inputs": inputs})


def refusal(task: Task, kind: Kind) -> str:
    """See `JudgeKind.refuses`. A rank is one process, and bounded as a worker of C++ is."""
    is_unbounded = kind == "bubblewrap" and task.target not in RANKS_TARGETS
    return _UNBOUNDED.format(task.target) if is_unbounded else ""


async def open_python(setting: Setting) -> tuple[Cascade, dict[str, Any]]:
    """The cascade for a Python task, and the evidence that goes with its verdicts; see `JudgeKind`.

    Raises:
        TaskError: the task is wrong.
        ReferenceFailed: the reference cannot be an oracle.
        SandboxError: the sandbox failed, cannot bound processes, or lacks Python or numpy.
    """
    known = setting.known
    case = await prepare_python(setting.subject, setting.pool, known=known, say=setting.say)
    if known is None:
        setting.say("measuring this machine's noise")
        known = await _evidence(case, setting)
    cascade = Cascade(
        case,
        setting.pool,
        threads=setting.threads,
        noise_floor=known["noise_floor"],
        is_search=setting.is_search,
        pauses_s=setting.pauses_s,
        put_off=setting.put_off,
        believed=trust(case) if case.inside_s else "",
    )
    return cascade, known


async def prepare_python(
    subject: PythonSubject, pool: Pool, *, known: dict[str, Any] | None, say: Callable[[str], None]
) -> PythonCase:
    """Put the harness in place, confirm the reference, choose the sizes; those of `known` evidence are kept.

    Raises:
        AgentparError: as `open_python`.
    """
    task = subject.task
    has_ranks = task.target in RANKS_TARGETS
    if problem := refusal(task, pool.kind):
        raise SandboxError(problem)
    python = interpreter_for(task, pool.kind)
    await pool.install(_files(subject, python))
    if has_ranks:
        await install_ranks(pool, python)
    async with pool.sandbox() as sandbox, working():
        case = PythonCase(
            subject=subject,
            sizes=Sizes(edges=(), refused=(), generic=(), benchmark=(), baseline_ms=0),
            tolerance=tolerance_line(task.compare),
            interpreter=await _interpreter(sandbox, task, python),
            python=python,
        )
    if known:
        case = PythonCase.model_validate({**dict(case), **{key: known[key] for key in _KEPT if key in known}})
        case = case.model_copy(update={"tolerance": known["plan_head"]})
    if task.test_files:
        case = await _with_what_tests_say(case, pool, is_known=bool(known), say=say)
    say(f"inputs: {case.subject.inputs.described() or 'made by ' + task.inputs.code}")
    if not known:
        say("checking sizes and reference")
        async with pool.sandbox() as sandbox, working():
            case = await _with_sizes(sandbox, case)
    return PythonRanksCase(**dict(case)) if has_ranks else case


async def _with_what_tests_say(
    case: PythonCase, pool: Pool, *, is_known: bool, say: Callable[[str], None]
) -> PythonCase:
    """The case with the tests that the code passes, where they run, and inputs like those that they call it with."""
    if not is_known:
        say("running the tests with the code as it is")
        case = await with_tests(case, pool, say)
    elif case.inside_s:
        await pool.install(files_inside(case))
    subject = _as_tested(case.subject, case.call)
    if subject != case.subject:
        await pool.install(_files(subject, case.python))
    return case.model_copy(update={"subject": subject})


async def _evidence(case: PythonCase, setting: Setting) -> dict[str, Any]:
    noise, identity = await identity_noise(case, setting.pool, threads=setting.threads)
    return {
        "sizes": case.sizes.model_dump(mode="json"),
        "plan_head": case.tolerance,
        "passing": list(case.passing),
        "modules": list(case.modules),
        "inside_s": case.inside_s,
        "call": case.call.model_dump(mode="json") if case.call else None,
        "dims": list(case.weights),
        "inputs": _told(case.subject.inputs),
        "threads": list(setting.threads),
        "noise_floor": noise,
        "identity": identity.model_dump(mode="json") if identity else None,
        "tolerance": case.task.compare.model_dump(mode="json", exclude={"code"}),
        "compiler": case.interpreter,
        "baseline_flags": [],
        "build_origin": "",
        "candidate_flags": [],
        **machine_evidence(setting.pool),
        "race_gate": RACE_GATES["mpi"] if case.task.target in RANKS_TARGETS else RACE_GATE,
        **({"trust": trust(case)} if case.task.test_files else {}),
    }


def _told(inputs: PythonInputs) -> dict[str, Any]:
    """How inputs are made, in the words of the report."""
    ranged = [each for each in inputs.parameters if not each.size and not each.shape.is_text]
    return {
        "lengths": {each.name: each.lengths or (each.size,) for each in inputs.parameters if each.lengths or each.size},
        "ranges": {each.name: (each.low, each.high) for each in ranged},
    }


def _files(subject: PythonSubject, python: Interpreter) -> dict[tuple[Identity, str], tuple[bytes, int]]:
    """The harness, the project's other modules, and what this task's harness is told."""
    task = subject.task
    module, _ = module_of(task.path)
    plan = {
        "entry": task.entry,
        "dims": list(subject.inputs.dims),
        "parameters": [each.model_dump(mode="json") for each in subject.inputs.parameters]
        or [{"name": each.name} for each in subject.function.parameters],
        "owners": task.owners,
    }
    files: dict[str, bytes] = {
        place: resource("sandboxes", "python", name).read_bytes() for name, place in _HARNESS.items()
    }
    others = reached_modules(task.path, task.source)
    files |= {f"{PUBLIC}/project/{name}": content for name, content in others.items()}
    files[f"{PUBLIC}/subject.json"] = json.dumps({"module": module, "entry": task.entry}).encode()
    files[f"{PRIVATE}/inputs.json"] = json.dumps(plan).encode()
    files[REFERENCE] = task.source.encode()
    if task.test_files:
        files |= files_of_tests(subject)
    for name, code in (("inputs", task.inputs.code), ("compare", task.compare.code)):
        if code:
            files[f"{PRIVATE}/task/{name}.py"] = read_source(task.root / code).encode()
    programs = (JUDGE, WORKER, TESTER)
    files |= {path: python.script(files[path]) for path in programs if path in files}
    return {("keeper", path): (content, 0o755 if path in programs else 0o644) for path, content in files.items()}


async def _interpreter(sandbox: Sandbox, task: Task, python: Interpreter) -> str:
    needed = packages_for(task)
    script = (
        f"import sys, {', '.join(needed)}; print('Python', sys.version.split()[0], 'with numpy', numpy.__version__)"
    )
    asked = await sandbox.run("builder", [python.path, "-IBc", script], timeout_s=30)
    if not asked.succeeded:
        raise SandboxError(
            f"the {sandbox.name} sandbox has no {python.path} with {' and '.join(needed)}: "
            f"apt-get install {' '.join(f'python3-{each}' for each in needed)}, or for --sandbox process "
            f"pip install {' '.join(needed)} beside agentpar; for Docker, agentpar sandbox build --image python"
        )
    return asked.stdout.strip()


# Sizes


async def _with_sizes(sandbox: Sandbox, case: PythonCase) -> PythonCase:
    """The case with the sizes that its reference takes, and what is known of how it answers."""
    await case.build_identity(sandbox)
    weights = case.weights.values()
    generic = tuple(tuple(row[i % len(row)] * weight for i, weight in enumerate(weights)) for row in _GENERIC)
    edges = [tuple(edge for _ in weights) for edge in _EDGES]
    judged = await _against_itself(sandbox, case, generic)
    _require_fit(judged, case)
    accepted = [edge for edge in edges if (await _against_itself(sandbox, case, [edge])).failed is None]
    changes = sum(1 << i for i in {i for each in judged.rounds for i in each["changed"]})
    case = case.model_copy(update={"tolerance": f"{case.tolerance}changes {changes}\n"})
    drawn = await case.judge(sandbox, drawn_rounds(accepted, generic[1]), candidate=CANDIDATE)
    _require_fit(drawn, case)
    benchmark, baseline_ms = await _benchmark_size(sandbox, case)
    return case.model_copy(
        update={
            "sizes": Sizes(
                edges=tuple(accepted),
                refused=tuple(edge for edge in edges if edge not in accepted),
                generic=generic,
                benchmark=benchmark,
                baseline_ms=baseline_ms,
                answers_vary=drawn.answers_vary(generic[1]),
            )
        }
    )


async def _against_itself(sandbox: Sandbox, case: PythonCase, cases: Sequence[tuple[int, ...]]) -> Judged:
    rounds = [
        Round(dims=dims, generator=generator, extra_calls=i % 2)
        for i, dims in enumerate(cases)
        for generator in ("uniform", "ties")
    ]
    return await case.judge(sandbox, rounds, candidate=CANDIDATE)


def _require_fit(judged: Judged, case: PythonCase) -> None:
    """Refuse a reference that fails on these inputs, or that answers the same ones in two ways."""
    failed, task = judged.failed, case.task
    if failed is None:
        return
    if failed.outcome is Outcome.WRONG_ANSWER:
        raise ReferenceFailed(
            f"the reference is not deterministic: the same inputs gave two answers: {failed.feedback}; "
            "remove its dependence on time, randomness, addresses or state kept between calls"
        )
    if failed.outcome is Outcome.BUILD_ERROR:
        raise TaskError(f"{task.path}: the module cannot be imported in the sandbox: {failed.feedback}")
    raise ReferenceFailed(
        f"{task.path}:{case.subject.function.line}: {task.entry} fails on generated inputs: {failed.of_the_reference}; "
        f"they are {case.subject.inputs.described()}. If it is not made for those, add an example call, such as "
        f"--example '{example_call(case.subject.function)}', say how long each axis is with "
        "--sizes 'NAME=n;3', or bound values with --ranges NAME=LOW:HIGH"
    )


async def _benchmark_size(sandbox: Sandbox, case: PythonCase) -> tuple[tuple[int, ...], float]:
    """The sizes of timed runs, and milliseconds of the baseline there."""
    given, measure = case.task.inputs.benchmark, case.task.measure
    timed = partial(_time, sandbox, case)
    if given:
        dims = tuple(given[name] for name in case.weights)
        return dims, (await timed(dims)).ms

    def scaled(scale: float) -> tuple[int, ...]:
        return tuple(max(1, round(scale * weight)) for weight in case.weights.values())

    return await find_benchmark_size(
        scaled, timed, target_ms=measure.target_ms, most_scale=_MOST_SCALE, most_bytes=_MOST_INPUT_BYTES
    )


async def _time(sandbox: Sandbox, case: PythonCase, dims: tuple[int, ...], calls: int = 2) -> Timed:
    judged = await case.judge(sandbox, [Round(dims=dims)] * (1 + calls), candidate=CANDIDATE)
    _require_fit(judged, case)
    return Timed(undisturbed_ms(judged.rounds), int(judged.rounds[-1]["input_bytes"]))


def undisturbed_ms(rounds: Sequence[Mapping[str, Any]]) -> float:
    """Milliseconds that a call of the baseline takes by itself, also on a busy machine: the mean of the calls', without
    the time in which it was ready and other work had its CPU. CPU time would not count what a function waits for.

    The first round is left out: it warms caches and pages.
    """
    return mean(max(0, int(each["baseline_ns"]) - int(each["delay_ns"])) / 1e6 for each in rounds[1:])

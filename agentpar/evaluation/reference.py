"""The oracle `reference`: the serial C or C++ function itself says what is right."""

from typing import Any

from agentpar.errors import TaskError
from agentpar.evaluation.cascade import Cascade, identity_noise
from agentpar.evaluation.case import Sizes
from agentpar.evaluation.judge import Setting
from agentpar.evaluation.machine import machine_evidence
from agentpar.evaluation.prepare import prepare
from agentpar.evaluation.prepared import Prepared, Subject
from agentpar.evaluation.race import RACE_GATES
from agentpar.evaluation.toolchain import TARGET_FLAGS
from agentpar.languages.cpp import Function, find_function
from agentpar.languages.inputs import InputPlan, merge_sizes, require_benchmark
from agentpar.languages.sizes import infer_inputs
from agentpar.task import Task, describe_build


def understand(task: Task) -> Subject:
    """Find the entry and how its inputs are made, without running anything.

    Raises:
        TaskError: the function cannot be found or carried, or its sizes cannot be inferred.
    """
    if task.is_unwritten:
        raise TaskError(f"{task.path}: there is no code yet; `agentpar solve` with --model writes it under the tests")
    function = find_function(task.source, task.entry, path=task.path)
    _require_owners(task, function)
    given = task.inputs
    if given.code and given.benchmark:
        # The user's own code makes the inputs; the dimensions are those it is called with.
        smallest = min(given.benchmark.values())
        dims = {name: max(1, size // max(1, smallest)) for name, size in given.benchmark.items()}
        return Subject(task=task, function=function, inputs=InputPlan(dims=dims))
    plan = None
    try:
        plan = infer_inputs(task.source, function, given.sizes)
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
    require_benchmark(given.benchmark, inputs.dims, str(task.path))
    return Subject(task=task, function=function, inputs=inputs)


def _require_owners(task: Task, function: Function) -> None:
    depths = {parameter.name: parameter.depth for parameter in function.parameters}
    values = {each.name for each in function.parameters if not each.depth and not each.is_reference}
    depths["return"] = function.result_depth
    for name, owner in task.owners.items():
        if name not in depths:
            raise TaskError(f"{task.path}: owners: {function.name} has no parameter {name}; known: {', '.join(depths)}")
        if owner == "blocks" and not depths[name]:
            raise TaskError(f"{task.path}: owners.{name}: only arrays and containers can be owned in blocks")
        if owner == "root" and name in values:
            raise TaskError(f"{task.path}: owners.{name}: a plain value is given to every rank; leave it out")


async def open_reference(setting: Setting) -> tuple[Cascade, dict[str, Any]]:
    """The cascade for a task, and the evidence that goes with its verdicts; see `JudgeKind`.

    Raises:
        TaskError: the task is wrong.
        ReferenceFailed: the reference cannot be an oracle.
        SandboxError: the sandbox failed.
    """
    prepared, known = await prepare_measured(setting)
    return Cascade(prepared, setting.pool, **search_options(setting, known)), known


def search_options(setting: Setting, known: dict[str, Any]) -> dict[str, Any]:
    """What a cascade is told besides the task and its sandboxes."""
    return {
        "threads": setting.threads,
        "noise_floor": known["noise_floor"],
        "is_search": setting.is_search,
        "pauses_s": setting.pauses_s,
        "put_off": setting.put_off,
    }


async def prepare_measured(setting: Setting) -> tuple[Prepared, dict[str, Any]]:
    """The task made ready, and the evidence: that of an earlier session, or what is found now.

    Raises:
        AgentparError: as `open_reference`.
    """
    task, known = setting.task, setting.known
    subject: Subject = setting.subject
    if task.build_origin:
        setting.say(f"build: {describe_build(task)}")
    setting.say(f"sizes: {describe_inputs(subject)}")
    sizes = Sizes.model_validate(known["sizes"]) if known else None
    prepared = await prepare(subject, setting.pool, known=sizes, say=setting.say)
    if known is None:
        known = await _evidence(prepared, setting)
    return prepared, known


async def _evidence(prepared: Prepared, setting: Setting) -> dict[str, Any]:
    noise, identity = 0.0, None
    if setting.is_timed:
        setting.say("measuring this machine's noise")
        noise, identity = await identity_noise(prepared, setting.pool, threads=setting.threads)
    task, sizes = prepared.subject.task, prepared.sizes
    return {
        "sizes": sizes.model_dump(mode="json"),
        "dims": list(prepared.subject.dim_names),
        "inputs": prepared.subject.inputs.model_dump(mode="json"),
        "threads": list(setting.threads),
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
        **machine_evidence(setting.pool),
        "race_gate": prepared.race_unchecked or RACE_GATES[task.target],
    }


def describe_inputs(subject: Subject) -> str:
    """The sizes in force, as `--sizes` takes them."""
    lengths = [f"{name}={';'.join(e)}" for name, e in subject.inputs.lengths.items()]
    arranged = {name: f" ({generator})" for name, generator in subject.inputs.generators.items()}
    bounds = subject.inputs.ranges.items()
    ranges = [f"{name} in [{low}, {high}]{arranged.get(name, '')}" for name, (low, high) in bounds]
    ranges += [f"integers of {name} in [{low}, {high}]" for name, (low, high) in subject.inputs.integers.items()]
    made = f"made by {subject.task.inputs.code} from {', '.join(subject.dim_names)}"
    return made if subject.task.inputs.code else ", ".join([*lengths, *ranges]) or ", ".join(subject.inputs.scalars)

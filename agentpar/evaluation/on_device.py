"""The oracle `reference` for the target `cuda`: the serial function on the host says what is right on the device."""

from collections.abc import Sequence
from typing import Any

from agentpar.candidate import Candidate
from agentpar.errors import SandboxError, TaskError
from agentpar.evaluation import device, reference
from agentpar.evaluation.attempt import Progress
from agentpar.evaluation.cascade import Cascade
from agentpar.evaluation.device import Device
from agentpar.evaluation.judge import Setting
from agentpar.evaluation.prepared import Prepared, Subject
from agentpar.evaluation.race import RaceFinding
from agentpar.evaluation.session import Failed, Judged, Round, judge
from agentpar.sandbox import lease
from agentpar.sandbox.base import Sandbox
from agentpar.sandbox.cuda import toolkit_inside
from agentpar.sandbox.kinds import Kind
from agentpar.sandbox.pool import Pool
from agentpar.task import Task
from agentpar.verdict import Measurement, Outcome

_ABSENT = "there is no NVIDIA device here, so nothing was checked; it builds for {}, and its kernels need:"
_ON_HOST = (
    "it computes on the host: its answers are right where it can see no device; launch kernels, and leave out what "
    "does their work where there is no device"
)
_GOES_ON = "work hidden off the clock cannot be excluded: a device computes on while its process is stopped"
_COPIED = "the candidate's own process copies inputs to the device before the clock starts"
_HIDDEN = {"CUDA_VISIBLE_DEVICES": "-1"}


class PreparedForDevice(Prepared):
    """A task whose candidates run on a device; without one they are built, and no more."""

    device: Device | None = None

    async def build(self, sandbox: Sandbox, source: str) -> Failed | None:
        """See Case; also says what computes on the host, and what there is no device for."""
        failed, messages = await self.compiled(sandbox, source)
        if failed is not None:
            return failed
        if await self._computes_on_host(sandbox):
            return Failed(culprit="candidate", outcome=Outcome.SCREENED, feedback=_ON_HOST)
        if self.device is not None:
            return None
        needs = await device.resources(sandbox, messages)
        feedback = f"{_ABSENT.format(self.toolchain.architecture)}\n{needs}"
        return Failed(culprit="candidate", outcome=Outcome.NO_DEVICE, feedback=feedback)

    async def _computes_on_host(self, sandbox: Sandbox) -> bool:
        """Whether answers are right where devices are hidden from the candidate.

        Wrong ones show that the answers need a device to be there. Code that asks for one and errs on purpose passes;
        it gains nothing by that, since its time is taken as it is.
        """
        rounds = [Round(dims=dims, generator=g) for dims in self.sizes.generic for g in ("uniform", "ties")]
        return (await self._session(sandbox, rounds, _HIDDEN)).failed is None

    async def judge_identity(self, sandbox: Sandbox, rounds: Sequence[Round]) -> Judged:
        """See Case. On the host, where the untouched source belongs."""
        await self.build_identity(sandbox)
        return await super().judge(sandbox, rounds, candidate=self.candidate)

    async def judge(self, sandbox: Sandbox, rounds: Sequence[Round], *, candidate: str) -> Judged:
        """See Case."""
        return await self._session(sandbox, rounds, {})

    async def _session(self, sandbox: Sandbox, rounds: Sequence[Round], environment: dict[str, str]) -> Judged:
        return await judge(
            sandbox,
            rounds,
            tolerance=self.tolerance,
            candidate=self.candidate,
            dim_names=self.subject.dim_names,
            candidate_worker=device.WORKER,
            environment={**(self.device.environment if self.device else {}), **environment},
        )

    async def find_races(
        self, sandbox: Sandbox, source: str, *, threads: tuple[int, ...], as_timed: bool
    ) -> RaceFinding:
        """See Case."""
        assert self.device is not None
        cases = [*self.sizes.generic[1:], *([self.sizes.benchmark] if as_timed else [])]
        found = await device.watch(sandbox, self.toolchain, self.device, cases)
        if found.outcome is not None:
            return found
        copied = (_COPIED,) if self.task.cuda.pointers == "device" else ()
        return found.model_copy(update={"unchecked": "; ".join((found.unchecked, _GOES_ON, *copied))})


class DeviceCascade(Cascade):
    """The cascade whose measurements say what they were taken on."""

    def __init__(self, case: PreparedForDevice, *arguments: Any, **named: Any) -> None:
        super().__init__(case, *arguments, **named)
        self._device = case.device

    async def _measure(
        self, sandbox: Sandbox, candidate: Candidate, progress: Progress, is_last: bool
    ) -> Measurement | Failed | None:
        measured = await super()._measure(sandbox, candidate, progress, is_last)
        if isinstance(measured, Measurement) and self._device is not None:
            return measured.model_copy(update={"device": self._device.name})
        return measured


def understand(task: Task) -> Subject:
    """As for the host, where pointers are the host's.

    Raises:
        TaskError: as for the host, or an argument cannot be copied to a device.
    """
    subject = reference.understand(task)
    for parameter in subject.function.parameters if task.cuda.pointers == "device" else ():
        is_pointer = "*" in parameter.type or "[" in parameter.type
        if parameter.is_reference or (parameter.depth and not is_pointer):
            raise TaskError(
                f'{task.path}:{parameter.line}: with cuda.pointers = "device", {parameter.name} must be a pointer or '
                f'a plain value, not {parameter.type}; give it as a pointer, or take "host"'
            )
    return subject


def refusal(task: Task, kind: Kind) -> str:
    """See `JudgeKind.refuses`. Docker's image brings the compiler."""
    try:
        toolkit_inside(is_container=kind == "docker")
    except SandboxError as error:
        return str(error)
    return ""


async def open_on_device(setting: Setting) -> tuple[Cascade, dict[str, Any]]:
    """The cascade for a task, and the evidence that goes with its verdicts; see `JudgeKind`.

    Raises:
        AgentparError: as for the host; SandboxError where NVIDIA's compiler is missing or its device cannot be used.
    """
    prepared, known = await reference.prepare_measured(setting)
    case = await for_device(prepared, setting.pool)
    told = {"device": str(case.device or "none"), "pointers": setting.task.cuda.pointers}
    return DeviceCascade(case, setting.pool, **reference.search_options(setting, known)), {**known, **told}


async def for_device(prepared: Prepared, pool: Pool) -> PreparedForDevice:
    """A prepared task with the device that is here, if one is.

    Raises:
        SandboxError: there is one, and it cannot be used.
    """
    async with pool.sandbox() as sandbox, lease.working():
        found = await device.find_device(sandbox, prepared.toolchain, pool.kind)
    toolchain = prepared.toolchain
    if found is not None and not prepared.task.cuda.architecture:
        toolchain = toolchain.model_copy(update={"architecture": found.architecture})
    facts = {name: getattr(prepared, name) for name in Prepared.model_fields}
    return PreparedForDevice(**{**facts, "toolchain": toolchain}, device=found)

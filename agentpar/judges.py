"""Which judge a task has: by what says what is right, and by the parallel model."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from agentpar.errors import TaskError
from agentpar.evaluation import command, on_device, python, reference
from agentpar.evaluation.judge import Judge, Setting
from agentpar.sandbox.base import Limits
from agentpar.sandbox.image import Image
from agentpar.sandbox.kinds import Kind
from agentpar.sections import located
from agentpar.task import HYBRID, PYTHON_TARGETS, Task


@dataclass(frozen=True)
class JudgeKind:
    """How one kind of task is understood without running anything, and how its judge is opened.

    `understand` raises a TaskError for what is wrong with a task; what it returns is `Setting.subject`. `open` returns
    the judge and the evidence that goes with its verdicts, which a later session of the run gets as `Setting.known`.
    `image` is what its Docker sandboxes are made of. At most `most_sandboxes` are open at a time, one a core; `limits`
    are theirs, if not the usual ones. `refuses` says why a task cannot be judged in a kind of sandbox, or nothing.
    """

    understand: Callable[[Task], object]
    open: Callable[[Setting], Awaitable[tuple[Judge, dict[str, Any]]]]
    image: Image = "cpp"
    most_sandboxes: int = 8
    limits: Limits | None = None
    refuses: Callable[[Task, Kind], str] = lambda task, kind: ""


_CUDA = JudgeKind(on_device.understand, on_device.open_on_device, image="cuda", refuses=on_device.refusal)
_REFERENCE = JudgeKind(reference.understand, reference.open_reference)
_RANKS = JudgeKind(reference.understand, reference.open_reference, image="mpi")
# A project's own build uses the cores, and its tree lies in memory, twice.
_COMMAND = JudgeKind(
    command.understand, command.open_commands, image="project", most_sandboxes=1, limits=Limits(work_bytes=2 << 30)
)
_PYTHON = JudgeKind(python.understand, python.open_python, image="python", refuses=python.refusal)
_PYTHON_RANKS = JudgeKind(python.understand, python.open_python, image="mpi4py", refuses=python.refusal)


def judge_of(task: Task) -> JudgeKind:
    """The kind of judge for a task."""
    if task.oracle == "command":
        return _COMMAND
    if task.target in PYTHON_TARGETS:
        return _PYTHON_RANKS if task.target == "mpi4py" else _PYTHON
    return {"mpi": _RANKS, HYBRID: _RANKS, "cuda": _CUDA}.get(task.target, _REFERENCE)


def understand(task: Task) -> object:
    """What the task's kind of judge makes of it, without running anything.

    Raises:
        TaskError: the function cannot be found or carried, or its inputs cannot be made.
    """
    try:
        return judge_of(task).understand(task)
    except TaskError as error:
        if not task.others:
            raise
        raise TaskError(located(str(error), task.source, file=str(task.path))) from error

"""Whether times can be trusted on this machine: candidates of known speed before the same judge as any other."""

from collections.abc import AsyncIterator, Sequence

from agentpar.candidate import Proposal, as_candidate
from agentpar.errors import SandboxError
from agentpar.resources import resource
from agentpar.sandbox.kinds import Kind
from agentpar.session import open_judge
from agentpar.task_file import load_task
from agentpar.verdict import Frozen, Outcome, Ratio

# How often the serial work is done; nearly every ratio is a whole number of times less.
_REPEATS = 220
# Where the same work lies in memory makes two builds differ by a percent or so.
_PLACEMENT = 0.02


class Reading(Frozen):
    """A known ratio, and what was measured; `measured` is None where the machine was too busy to time anything."""

    truth: float
    measured: Ratio | None

    @property
    def is_wrong(self) -> bool:
        """Whether the interval misses the truth by more than 2 %; a machine too busy to say anything is not wrong."""
        if self.measured is None:
            return False
        return not self.measured.low * (1 - _PLACEMENT) <= self.truth <= self.measured.high * (1 + _PLACEMENT)

    @property
    def finds_gain(self) -> bool:
        """Whether the interval lies above 1."""
        return self.measured is not None and self.measured.low > 1.0


async def readings(kind: Kind, truths: Sequence[float]) -> AsyncIterator[Reading]:
    """Measure work that is known to be so many times less than the baseline's. An unchanged copy has 1.

    Raises:
        SandboxError: the sandbox failed, or the known work was not judged right.
    """
    path = resource("sandboxes", "selftest", "speed.cpp")
    task = load_task(f"{path}::sum_again", {"threads": (1,)})
    async with open_judge(task, sandbox=kind, emit=lambda _: None, pauses_s=()) as (cascade, _):
        for number, truth in enumerate(truths, 1):
            repeats = round(_REPEATS / truth)
            source = task.source.replace(f"REPEATS {_REPEATS}", f"REPEATS {repeats}")
            proposal = Proposal(source=source, proposer="calibration", strategy="", pattern="")
            verdict = await cascade.evaluate(as_candidate(proposal, number=number, subtask=task.name))
            if verdict.outcome is not Outcome.OK:
                raise SandboxError(f"known work of {truth:.2f}× is judged {verdict.outcome}: {verdict.feedback}")
            measured = verdict.measurement
            yield Reading(truth=_REPEATS / repeats, measured=measured.scaling[0].ratio if measured else None)

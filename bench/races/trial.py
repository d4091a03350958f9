"""One kernel before the judge: what comparing values says, and what the race gate says whatever that was."""

import time
from dataclasses import dataclass

from agentpar.evaluation.cascade import verification_rounds
from agentpar.evaluation.prepared import Prepared
from agentpar.evaluation.race import RaceFinding, race_gate
from agentpar.evaluation.session import judge
from agentpar.sandbox.pool import Pool
from bench.races.labelled import Kernel

THREADS = (1, 2)


@dataclass(frozen=True)
class Trial:
    """`values` is `right`, or what comparing outputs ended with."""

    kernel: Kernel
    values: str
    finding: RaceFinding
    seconds: float

    @property
    def is_believed(self) -> bool:
        """Whether nothing speaks against the kernel."""
        return self.values == "right" and self.finding.outcome is None

    @property
    def is_condemned(self) -> bool:
        """Whether the gate says that it is wrong."""
        return self.finding.outcome is not None


async def try_kernel(pool: Pool, prepared: Prepared, kernel: Kernel, *, compare: bool = True) -> Trial:
    """Judge a kernel in a sandbox of its own; `compare` false leaves the values out."""
    async with pool.sandbox() as sandbox:
        text = kernel.source + prepared.trampoline
        await sandbox.put("builder", f"work/candidate{prepared.toolchain.suffix}", text.encode())
        built = await sandbox.run("builder", prepared.toolchain.candidate(), timeout_s=sandbox.limits.build_seconds)
        assert built.succeeded, f"{kernel.task}/{kernel.name}: {built.stderr}"
        values = "not compared"
        if compare:
            judged = await judge(
                sandbox,
                verification_rounds(prepared, THREADS),
                tolerance=prepared.tolerance,
                candidate="work/candidate.so",
                dim_names=prepared.subject.dim_names,
            )
            values = judged.failed.outcome.value if judged.failed else "right"
        begun = time.monotonic()
        finding = await race_gate(
            sandbox,
            prepared.toolchain,
            source=kernel.source,
            original=prepared.subject.task.source,
            tolerance=prepared.tolerance,
            cases=prepared.sizes.generic[1:],
            large=prepared.sizes.benchmark,
            dim_names=prepared.subject.dim_names,
            threads=THREADS,
        )
        return Trial(kernel=kernel, values=values, finding=finding, seconds=time.monotonic() - begun)

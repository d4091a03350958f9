"""What compilers make of the untouched source by themselves, timed by agentpar's judge against the same baseline."""

import os
from dataclasses import dataclass
from typing import Any

from agentpar.evaluation.cascade import verification_rounds
from agentpar.evaluation.case import Sizes
from agentpar.evaluation.measure import measure, sequential_looks
from agentpar.evaluation.prepare import prepare
from agentpar.evaluation.prepared import Prepared
from agentpar.evaluation.reference import understand
from agentpar.evaluation.session import Failed, judge
from agentpar.evaluation.toolchain import CLANG, CLANG_C, PRIVATE
from agentpar.sandbox import lease
from agentpar.sandbox.base import Sandbox
from agentpar.sandbox.kinds import choose
from agentpar.sandbox.pool import Pool
from agentpar.task import Task

THREADED = 1.2
"""CPU time over wall time from which on a second thread is believed to have worked."""
_OBJECT = "work/candidate.so"
_PAIRS = 12


@dataclass(frozen=True)
class Comparator:
    """A compiler and what it is told beyond the user's own flags."""

    name: str
    is_clang: bool
    flags: tuple[str, ...]

    def command(self, prepared: Prepared) -> list[str]:
        """Builds the untouched source, in task/private."""
        toolchain = prepared.toolchain
        clang = CLANG if toolchain.is_cpp else CLANG_C
        gcc = "g++" if toolchain.is_cpp else "gcc"
        options = (f"-std={toolchain.standard}", *toolchain.flags, *self.flags, "-fPIC", "-shared")
        source = f"reference{toolchain.suffix}"
        # Polly calls GCC's OpenMP runtime and does not ask for it by itself.
        library = ("-lgomp",) if self.is_clang else ()
        return [clang if self.is_clang else gcc, *options, "-o", "compared.so", source, *library]


def comparators(threads: int) -> tuple[Comparator, ...]:
    """GCC's and LLVM's automatic parallelisers, and GCC without one."""
    polly = ("-mllvm", "-polly", "-mllvm", "-polly-parallel")
    return (
        Comparator("gcc -O3", False, ("-O3",)),
        Comparator("gcc autopar", False, ("-O3", f"-ftree-parallelize-loops={threads}")),
        Comparator("clang polly", True, ("-O3", *polly)),
    )


async def compare(task: Task, known_sizes: dict[str, Any], *, sandbox: str, noise_floor: float) -> dict[str, Any]:
    """Each comparator's name to what was measured of it, at the sizes that agentpar measured its candidates at.

    Raises:
        AgentparError: the sandbox or the judge cannot be had.
    """
    threads = len(os.sched_getaffinity(0))
    pool = Pool(choose(sandbox), size=1)
    try:
        prepared = await prepare(
            understand(task), pool, known=Sizes.model_validate(known_sizes), say=lambda message: None
        )
        found = {}
        for comparator in comparators(threads):
            async with pool.sandbox() as box:
                found[comparator.name] = await _judged(box, prepared, comparator, threads, noise_floor)
        return found
    finally:
        await pool.close()


async def _judged(
    box: Sandbox, prepared: Prepared, comparator: Comparator, threads: int, noise_floor: float
) -> dict[str, Any]:
    if comparator.is_clang and not await _has_polly(box):
        return {"status": "not available"}
    async with lease.working():
        command = comparator.command(prepared)
        built = await box.run("keeper", command, directory=PRIVATE, timeout_s=120, bounded=False)
        if not built.succeeded:
            return {"status": "build_error", "why": built.stderr[-300:]}
        built_object = await box.get("keeper", f"{PRIVATE}/compared.so")
        await box.put("builder", _OBJECT, built_object, 0o755)
        checked = await judge(
            box,
            verification_rounds(prepared, (1, threads)),
            tolerance=prepared.tolerance,
            candidate=_OBJECT,
            dim_names=prepared.subject.dim_names,
        )
    if checked.failed is not None:
        return {"status": str(checked.failed.outcome), "why": checked.failed.feedback[:300]}
    # Both parallelisers call GCC's runtime.
    is_parallel = b"GOMP_parallel" in built_object
    # One thread is not timed: GCC's number of threads is fixed when it compiles.
    async with lease.timing():
        measured = await measure(
            box,
            prepared,
            candidate=_OBJECT,
            threads=(threads,),
            noise_floor=noise_floor,
            looks=sequential_looks(_PAIRS),
        )
    if measured is None:
        return {"status": "too busy to time", "parallel": is_parallel}
    if isinstance(measured, Failed):
        return {"status": str(measured.outcome), "why": measured.feedback[:300]}
    return {
        "status": "ok",
        "parallel": is_parallel,
        "ratio": measured.best.ratio.model_dump(),
        "threads_seen": measured.best.threads_seen,
        "threaded": measured.best.threads_seen >= THREADED,
    }


async def _has_polly(box: Sandbox) -> bool:
    """Whether this clang knows Polly's options; many are built without it."""
    await box.put("keeper", f"{PRIVATE}/probe.c", b"int probe(void) { return 0; }\n")
    command = [CLANG_C, "-O3", "-mllvm", "-polly", "-mllvm", "-polly-parallel", "-c", "-o", "probe.o", "probe.c"]
    return (await box.run("keeper", command, directory=PRIVATE, timeout_s=30, bounded=False)).succeeded

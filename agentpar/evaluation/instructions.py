"""How many instructions one serial call takes: a witness beside the clock, which no other work on the machine disturbs.

It is a witness, not a judge: what a candidate prints could pass for the tool's words, so no decision rests on it.
"""

import re
import secrets
from collections.abc import Sequence

from agentpar.evaluation.session import BASELINE
from agentpar.evaluation.toolchain import PUBLIC, Toolchain
from agentpar.sandbox.base import Identity, Sandbox
from agentpar.verdict import Instructions

_COLLECTED = re.compile(r"^==\d+== Collected : (\d+)$", re.MULTILINE)
TOOL = ("valgrind", "--tool=callgrind", "--toggle-collect=agentpar_counted")
"""Counts while the `count` program is in the call that counts."""
UNIFORM, TIES = "0", "1"
"""Generators that the `count` program may use, see generate.hpp."""
_LONGEST_S = 120.0


async def count_instructions(sandbox: Sandbox, toolchain: Toolchain, benchmark: Sequence[int]) -> Instructions | None:
    """Count `work/candidate.so` against the baseline: one call on the same inputs, at one thread and benchmark size.

    None where valgrind is missing, or does not know an instruction that the user's flags allow; also for threads: code
    that is allowed one may start it all the same, and only the caller's instructions would be counted; for MPI, which
    the tool's program does not start; and on a device.

    Raises:
        SandboxError: the sandbox failed.
    """
    if toolchain.target in ("threads", "cuda") or toolchain.has_ranks:
        return None
    if not await has_counter(sandbox, toolchain):
        return None
    seed = str(secrets.randbits(63))
    sizes = [str(size) for size in benchmark]
    counts = []
    objects: tuple[tuple[Identity, str], ...] = (("baseline", f"../{BASELINE}"), ("candidate", "./candidate.so"))
    for identity, path in objects:
        ran = await sandbox.run(
            identity,
            [*TOOL, "--callgrind-out-file=/dev/null", f"../{PUBLIC}/count", path, seed, UNIFORM, *sizes],
            timeout_s=_LONGEST_S,
            # The tool keeps a few small files while it runs, and no other folder is writable for all.
            environment={"OMP_NUM_THREADS": "1", "TMPDIR": "/dev/shm"},
        )
        found = _COLLECTED.findall(ran.stderr)
        if not ran.succeeded or not found:
            return None
        counts.append(int(found[-1]))
    return Instructions(baseline=counts[0], candidate=counts[1])


async def has_counter(sandbox: Sandbox, toolchain: Toolchain) -> bool:
    """Whether a sandbox that has the task's files has the `count` program, too: it is built there when first needed.

    Raises:
        SandboxError: the sandbox failed.
    """
    command = ["sh", "-c", 'test -x count || exec "$@"', "sh", *toolchain.program("count", runs_candidates=True)]
    return (await sandbox.run("keeper", command, directory=PUBLIC, timeout_s=120, bounded=False)).succeeded

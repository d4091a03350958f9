"""What this machine is and allows: its CPU, and the ceiling of any parallel gain on it."""

import asyncio
import os
import platform
import time
from pathlib import Path
from typing import Any

import psutil

from agentpar.errors import SandboxError
from agentpar.resources import resource
from agentpar.sandbox import lease
from agentpar.sandbox.base import Sandbox
from agentpar.sandbox.pool import Pool
from agentpar.verdict import Ceiling

_PATIENCE = 4


def cpu_model() -> str:
    """The CPU's name as the kernel gives it."""
    try:
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.machine()


def default_threads(cores: int) -> tuple[int, ...]:
    """1, powers of two below the cores, and the cores."""
    powers = [1]
    while powers[-1] * 2 < cores:
        powers.append(powers[-1] * 2)
    return tuple(dict.fromkeys([*powers, cores]))


def machine_evidence(pool: Pool) -> dict[str, Any]:
    """The conditions of every verdict that do not depend on the task."""
    return {
        "cpu": cpu_model(),
        "cores": len(os.sched_getaffinity(0)),
        "system": f"{platform.system()} {platform.release()}",
        "sandbox": pool.kind,
        "limits": pool.limits.model_dump(mode="json"),
    }


async def ceiling(pool: Pool, threads: int) -> Ceiling | None:
    """How many times faster `threads` threads do fixed work than one: dependent multiply-adds, and a STREAM-like triad
    (McCalpin 1995); medians of five, measured now in a sandbox of its own, so that nobody answers for its failure.

    None when the probe does not build or its sandbox breaks, or other work kept the machine busy.

    Raises:
        SandboxError: no sandbox can be had.
    """
    async with pool.sandbox() as sandbox:
        try:
            return await _ceiling_in(sandbox, threads)
        except SandboxError:
            return None


async def _ceiling_in(sandbox: Sandbox, threads: int) -> Ceiling | None:
    source = resource("sandboxes", "selftest", "ceiling.cpp").read_bytes()
    await sandbox.put("builder", "work/ceiling.cpp", source)
    async with lease.working():
        built = await sandbox.run("builder", ["g++", "-O2", "-pthread", "-o", "ceiling", "ceiling.cpp"], timeout_s=60)
    if not built.succeeded:
        return None
    async with lease.timing():
        for _ in range(_PATIENCE):
            before, begun = busy_s(), time.monotonic()
            ran = await sandbox.run("builder", ["./ceiling", str(threads)], timeout_s=60, bounded=False)
            foreign = busy_s() - before - ran.cpu_s
            words = ran.stdout.split()
            if not ran.succeeded or len(words) != 3:
                return None
            if foreign < 0.12 * (time.monotonic() - begun):
                return Ceiling(threads=int(words[0]), arithmetic=float(words[1]), memory=float(words[2]))
            await asyncio.sleep(1)
    return None


def busy_s() -> float:
    """CPU seconds that all processes of this machine have used so far."""
    times = psutil.cpu_times()
    return float(sum(times) - times.idle - times.iowait - getattr(times, "guest", 0.0))

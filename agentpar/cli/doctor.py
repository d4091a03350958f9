"""What works on this machine: sandboxes, compilers, the race gate; and how to mend what does not."""

import shutil
import sys
from typing import Literal

from rich.console import Console
from rich.table import Table

from agentpar.calibration import readings
from agentpar.errors import AgentparError, SandboxError, TaskError
from agentpar.evaluation import race
from agentpar.evaluation.ranks import require_mpi
from agentpar.evaluation.tbb import MEND, has_tbb
from agentpar.models.gpus import gpu_memories
from agentpar.models.nearby import models_nearby
from agentpar.models.settings import load_settings
from agentpar.sandbox import cuda, docker
from agentpar.sandbox.base import Limits, Sandbox
from agentpar.sandbox.image import image_exists, image_tag
from agentpar.sandbox.kinds import Kind, choose, open_sandbox
from agentpar.verdict import Frozen


class Finding(Frozen):
    """One thing that works or not; `detail` says what was found, or the mend."""

    name: str
    works: bool
    detail: str


async def examine() -> list[Finding]:
    """Try everything for real: sandboxes are opened, and the race gate must catch a known race in each."""
    findings = [_python(), _docker_image()]
    for kind in ("docker", "bubblewrap"):
        findings += await _sandbox(kind)
    compilers = [_program("g++", "apt-get install g++", "host compiler"), _nvcc()]
    return [*findings, *compilers, _gpus(), await _models()]


async def examine_clock() -> list[Finding]:
    """Time an unchanged copy, which must not seem to differ, and work that is a tenth less, which must be noticed."""
    findings = []
    async for reading in readings(choose("auto"), (1.0, 1.1)):
        name = f"known ratio {reading.truth:.2f}"
        if reading.measured is None:
            detail = "not measurable here: other work keeps this machine busy; try again when it is quiet"
        else:
            ratio = reading.measured
            detail = f"measured {ratio.median:.3f} (95 %: {ratio.low:.3f}–{ratio.high:.3f}, {ratio.pairs} pairs)"
        is_noticed = reading.truth == 1.0 or reading.finds_gain
        works = reading.measured is not None and not reading.is_wrong and is_noticed
        findings.append(Finding(name=name, works=works, detail=detail))
    return findings


def _nvcc() -> Finding:
    try:
        return Finding(name="nvcc", works=True, detail=str(cuda.find_toolkit() / "bin" / "nvcc"))
    except AgentparError as error:
        return Finding(name="nvcc", works=False, detail=str(error))


def _python() -> Finding:
    version = ".".join(map(str, sys.version_info[:3]))
    return Finding(name="python", works=sys.version_info >= (3, 11), detail=version)


def _docker_image() -> Finding:
    try:
        docker.connect().close()
        exists = image_exists()
    except AgentparError as error:
        return Finding(name="docker image", works=False, detail=str(error))
    detail = image_tag() if exists else "run `agentpar sandbox build`"
    return Finding(name="docker image", works=exists, detail=detail)


async def _sandbox(kind: Kind) -> list[Finding]:
    try:
        sandbox = await open_sandbox(kind, f"doctor-{kind}", Limits())
    except AgentparError as error:
        return [Finding(name=kind, works=False, detail=str(error))]
    try:
        compiler = await sandbox.run("builder", ["g++", "--version"], timeout_s=20)
        works = compiler.succeeded
        detail = compiler.stdout.partition("\n")[0] if works else f"no compiler inside: {compiler.stderr[:200]}"
        findings = [Finding(name=kind, works=works, detail=detail)]
        if works:
            unchecked = await race.self_test(sandbox) if await race.build_tools(sandbox) else race.CANNOT_BUILD
            gate = unchecked or "ThreadSanitizer with Archer catches a known race"
            findings.append(Finding(name=f"race gate in {kind}", works=not unchecked, detail=gate))
            found = await has_tbb(sandbox)
            detail = "TBB runs the standard parallel algorithms" if found else MEND
            findings.append(Finding(name=f"stdpar in {kind}", works=found, detail=detail))
            findings.append(await _mpi(kind, sandbox))
            if kind == "docker":  # the other kind takes no Python
                findings.append(_in_image("mpi4py"))
        return findings
    except AgentparError as error:
        return [Finding(name=kind, works=False, detail=str(error))]
    finally:
        await sandbox.close()


async def _mpi(kind: Kind, sandbox: Sandbox) -> Finding:
    name = f"mpi in {kind}"
    if kind == "docker":
        return _in_image("mpi")
    try:
        await require_mpi(sandbox)
    except SandboxError as error:
        return Finding(name=name, works=False, detail=str(error))
    return Finding(name=name, works=True, detail="mpicxx and mpirun are there")


def _in_image(image: Literal["mpi", "mpi4py"]) -> Finding:
    """Of what Docker has in an image of its own."""
    mend = f"built when first asked for, or by `agentpar sandbox build --image {image}`"
    return Finding(name=f"{image} in docker", works=True, detail=image_tag(image) if image_exists(image) else mend)


def _program(program: str, mend: str, name: str) -> Finding:
    path = shutil.which(program)
    return Finding(name=name, works=path is not None, detail=path or mend)


def _gpus() -> Finding:
    sizes = [f"{memory >> 30} GiB" for memory in gpu_memories()]
    return Finding(name="GPU", works=bool(sizes), detail=", ".join(sizes) or "no NVIDIA GPU; rewrites need none")


async def _models() -> Finding:
    try:
        found = await models_nearby(load_settings())
    except TaskError as error:
        return Finding(name="model", works=False, detail=str(error))
    mend = "no server answers on this machine; `agentpar model serve NAME` starts one, and rewrites need none"
    return Finding(name="model", works=bool(found), detail="; ".join(found) or mend)


def print_findings(findings: list[Finding]) -> None:
    """A table on standard output."""
    table = Table(show_header=False, box=None)
    for finding in findings:
        table.add_row("[green]yes[/green]" if finding.works else "[red]no[/red]", finding.name, finding.detail)
    Console(highlight=False).print(table)

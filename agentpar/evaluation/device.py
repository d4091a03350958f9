"""The target `cuda`: which device is here, what its compiler says, and what its checker sees."""

import re
import secrets
from collections.abc import Mapping, Sequence

from agentpar.errors import SandboxError
from agentpar.evaluation import driver
from agentpar.evaluation.race import RaceFinding
from agentpar.evaluation.toolchain import PUBLIC, Toolchain
from agentpar.resources import resource
from agentpar.sandbox import cuda
from agentpar.sandbox.base import Exit, Sandbox
from agentpar.sandbox.kinds import Kind
from agentpar.task import Task
from agentpar.verdict import Frozen, Outcome

WORKER = f"{PUBLIC}/worker-device"
CALL = f"{PUBLIC}/call-device"
PROBE = f"{PUBLIC}/device"
DEFAULT_ARCHITECTURE = "sm_80"
NO_GLOBAL_RACES = (
    "races in the device's global memory are not looked for: compute-sanitizer sees those in shared memory"
)
_LONGEST_S = 120.0
_TOOLS = ("memcheck", "racecheck")
_FOUND = 66
# The tool's own last word. Where it never got hold of its target, it may still exit with 0.
_NOTHING_FOUND = re.compile(r"^=+ (?:ERROR|RACECHECK) SUMMARY: 0 (?:errors|hazards)\b", re.MULTILINE)
# In a folder that gets its name when the program begins.
_LOGGED = 'log=$(mktemp -d)/log; "$0" --log-file "$log" "$@" >/dev/null; ended=$?; cat "$log"; exit $ended'
_KERNEL = re.compile(r"Compiling entry function '(\w+)'")
_USED = re.compile(r"Used (\d+) registers(?:.*?(\d+) bytes smem)?")
_SPILLED = re.compile(r"(\d+) bytes stack frame, (\d+) bytes spill stores, (\d+) bytes spill loads")
_AT = re.compile(r"\S*candidate\.c\w*:(\d+)")


class Device(Frozen):
    """The device that candidates run on. `gate_unchecked` says why its checker cannot be used, if so."""

    name: str
    architecture: str
    driver: str
    cache_bytes: int
    memory_bytes: int
    environment: dict[str, str]
    gate_unchecked: str = ""

    def __str__(self) -> str:
        return f"{self.name} ({self.architecture}), driver for CUDA {self.driver}"


def with_nvcc(toolchain: Toolchain, task: Task, kind: Kind) -> Toolchain:
    """The toolchain with NVIDIA's compiler.

    Raises:
        SandboxError: there is none.
    """
    root = cuda.toolkit_inside(is_container=kind == "docker")
    architecture = task.cuda.architecture or DEFAULT_ARCHITECTURE
    return toolchain.model_copy(update={"cuda_root": str(root), "architecture": architecture})


async def nvcc_version(sandbox: Sandbox, toolchain: Toolchain) -> str:
    """`nvcc 13.0.88`.

    Raises:
        SandboxError: it does not run.
    """
    asked = await sandbox.run("builder", [f"{toolchain.cuda_root}/bin/nvcc", "--version"], timeout_s=20)
    found = re.search(r"release [\d.]+, V([\d.]+)", asked.stdout)
    if found is None:
        raise SandboxError(f"{toolchain.cuda_root}/bin/nvcc does not run in the {sandbox.name} sandbox; {cuda.MEND}")
    return f"nvcc {found[1]}"


def programs(task: Task) -> dict[str, str]:
    """The sources of the programs that call candidates: one for the judge, one for the checker."""
    return {f"{WORKER}.cpp": driver.device_worker(task), f"{CALL}.cpp": driver.device_call(task)}


async def build_probe(sandbox: Sandbox, toolchain: Toolchain) -> None:
    """Build the program that tells the device, which also shows that the compiler works.

    Raises:
        SandboxError: it does not.
    """
    await sandbox.put("keeper", f"{PROBE}.cu", resource("sandboxes", "selftest", "device.cu").read_bytes())
    command = toolchain.device_program("device")
    built = await sandbox.run("keeper", command, directory=PUBLIC, timeout_s=120, bounded=False)
    if not built.succeeded:
        said = (built.stderr or built.stdout).strip()[:600] or f"it exits with {built.status}"
        raise SandboxError(f"{command[0]} cannot build a program in the {sandbox.name} sandbox: {said}")


async def find_device(sandbox: Sandbox, toolchain: Toolchain, kind: Kind) -> Device | None:
    """The device as a candidate would see it; None where there is none, or none is to be seen.

    Raises:
        SandboxError: the sandbox failed, or the device cannot be used there: the driver may be older than the toolkit.
    """
    if not cuda.has_device():
        return None
    environment = cuda.driver_environment(is_container=kind == "docker")
    asked = await sandbox.run("candidate", [f"../{PROBE}"], timeout_s=60, environment=environment, bounded=False)
    if not asked.succeeded:
        raise SandboxError(
            f"an NVIDIA driver is here, but no device can be used in the {sandbox.name} sandbox: "
            f"{asked.stderr.strip()[:300]}; a toolkit that this driver runs can be named in CUDA_HOME"
        )
    name, capability, driver, cache, memory = asked.stdout.strip().split("|")
    device = Device(
        name=name,
        architecture=f"sm_{capability}",
        driver=driver,
        cache_bytes=int(cache),
        memory_bytes=int(memory),
        environment=environment,
    )
    return device.model_copy(update={"gate_unchecked": await _self_test(sandbox, toolchain, environment)})


async def _self_test(sandbox: Sandbox, toolchain: Toolchain, environment: Mapping[str, str]) -> str:
    """Empty when the checker finds a known race and a known overrun, and nothing in a clean program."""
    for mode, tool, wanted in (
        ("clean", "memcheck", 0),
        ("racy", "racecheck", _FOUND),
        ("overrun", "memcheck", _FOUND),
    ):
        ran = await _watched(sandbox, toolchain, tool, [f"../{PROBE}", mode], environment)
        if ran.status != wanted or (wanted == 0 and not _NOTHING_FOUND.search(ran.stdout)):
            said = " ".join((ran.stdout + ran.stderr).split())[:200]
            return f"races unchecked: compute-sanitizer misjudges a known {mode} program here: {said}"
    return ""


async def _watched(
    sandbox: Sandbox, toolchain: Toolchain, tool: str, command: Sequence[str], environment: Mapping[str, str]
) -> Exit:
    """Run a program under one of the checker's tools. The output is the tool's alone, and nothing that the program
    printed.
    """
    line = ["sh", "-c", _LOGGED, f"{toolchain.cuda_root}/bin/compute-sanitizer"]
    line += ["--tool", tool, "--error-exitcode", str(_FOUND), "--print-limit", "4", *command]
    # The tool talks to its target through files, and no other folder is writable for all.
    scratch = {"TMPDIR": "/dev/shm", **environment}
    return await sandbox.run("candidate", line, timeout_s=_LONGEST_S, environment=scratch, bounded=False)


async def watch(
    sandbox: Sandbox, toolchain: Toolchain, device: Device, cases: Sequence[tuple[int, ...]]
) -> RaceFinding:
    """One call of `work/candidate.so` for each size, under each of the checker's tools.

    Raises:
        SandboxError: the sandbox failed.
    """
    if device.gate_unchecked:
        return RaceFinding(unchecked=device.gate_unchecked)
    for dims in cases:
        seed = str(secrets.randbits(63))
        command = [f"../{CALL}", "./candidate.so", seed, *map(str, dims)]
        for tool in _TOOLS:
            ran = await _watched(sandbox, toolchain, tool, command, device.environment)
            if ran.timed_out:
                return RaceFinding(
                    unchecked=f"races unchecked at larger sizes: {tool} takes more than {_LONGEST_S:g} s"
                )
            if ran.status == _FOUND:
                outcome = Outcome.RACE if tool == "racecheck" else Outcome.CRASH
                return RaceFinding(outcome=outcome, feedback=f"compute-sanitizer ({tool}): {_said(ran.stdout)}")
            if ran.status != 0 or not _NOTHING_FOUND.search(ran.stdout):
                return RaceFinding(unchecked=f"races unchecked: {tool} ended with {ran.status}: {_said(ran.stdout)}")
    return RaceFinding(unchecked=NO_GLOBAL_RACES)


def _said(output: str) -> str:
    """The checker's words without its frame, and the candidate's lines by their numbers."""
    lines = [line.lstrip("= ").rstrip() for line in output.splitlines() if line.startswith("=========")]
    told = [line for line in lines if line and not line.startswith(("COMPUTE-SANITIZER", "Host Frame", "Saved host"))]
    return _AT.sub(lambda at: f"line {at[1]}", "; ".join(told[:4]))[:500]


async def resources(sandbox: Sandbox, messages: str) -> str:
    """What the compiler says each kernel needs, in a line each, from the messages of a build."""
    found: dict[str, str] = {}
    name = spilled = ""
    for line in messages.splitlines():
        if entry := _KERNEL.search(line):
            name, spilled = entry[1], ""
        elif stack := _SPILLED.search(line):
            frame, stores, loads = map(int, stack.groups())
            spilled = f"{stores + loads} bytes spilled" if stores + loads else "no spills"
            spilled += f", {frame} bytes of stack" if frame else ""
        elif name and (used := _USED.search(line)):
            found[name] = f"{used[1]} registers, {spilled}, {used[2] or 0} bytes of shared memory"
            name = ""
    plain = await _plain_names(sandbox, list(found))
    return "\n".join(f"{kernel}: {needs}" for kernel, needs in zip(plain, found.values(), strict=True))


async def _plain_names(sandbox: Sandbox, mangled: Sequence[str]) -> list[str]:
    """Kernels' names as they are written, without parameters."""
    if not mangled:
        return []
    asked = await sandbox.run("builder", ["c++filt", "--no-params", *mangled], timeout_s=20)
    names = asked.stdout.splitlines() if asked.succeeded else []
    return names if len(names) == len(mangled) else list(mangled)

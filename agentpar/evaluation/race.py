"""The race gate: candidates under ThreadSanitizer with Archer, since races pass value checks.

Clang's OpenMP runtime and Archer tell ThreadSanitizer about OpenMP's synchronisation; GCC's would give false alarms on
every OpenMP program. Where the gate does not work it says so, and never passes silently: before it is trusted, it must
catch a known race and accept a known clean program on this very machine.
"""

import re
from collections.abc import Sequence

from agentpar.evaluation.session import Failed, Round, judge
from agentpar.evaluation.toolchain import CLANG, PUBLIC, Toolchain
from agentpar.resources import resource
from agentpar.sandbox.base import Sandbox
from agentpar.verdict import Frozen, Outcome

WORKER_FLAGS = ("-fsanitize=thread", "-fopenmp=libomp", "-DAGENTPAR_START_OPENMP")
WORKER_RACE = f"{PUBLIC}/worker-race"
_MEND = "install clang-16 libomp-16-dev libclang-rt-16-dev llvm-16"
_ENVIRONMENT = {
    "OMP_TOOL_LIBRARIES": "/usr/lib/llvm-16/lib/libarcher.so",
    # Symbols are looked up afterwards: a candidate's process may not start a symbolizer.
    "TSAN_OPTIONS": "ignore_noninstrumented_modules=1:halt_on_error=1:exitcode=66:symbolize=0:hard_rss_limit_mb=3000",
}
_ACCESS = re.compile(r"^\s+(?:Previous )?(?:atomic )?(write|read) of size (\d+)", re.IGNORECASE | re.MULTILINE)
_FRAME = re.compile(r"\((?:\S*/)?race\.so\+0x([0-9a-f]+)\)")
_BUILD_ONLY = ("-shared", "-o", "candidate.so", "race.so", "-include", "../task/public/pch.hpp")
_MARKER = re.compile(r'^# (\d+) "([^"]*)"')
_OWN = re.compile(r"(^|/)candidate\.c(pp)?$")
_LINE = re.compile(r"candidate\.c(?:pp)?:(\d+):")


class RaceFinding(Frozen):
    """What the gate says: `unchecked` holds the reason and the mend where it could not look."""

    outcome: Outcome | None = None
    feedback: str = ""
    unchecked: str = ""


async def self_test(sandbox: Sandbox) -> str:
    """Empty when the gate catches a known race and accepts a clean program here; else why it cannot be used.

    Raises:
        SandboxError: the sandbox failed.
    """
    for name, wanted in (("racy", 66), ("clean", 0)):
        source = resource("sandboxes", "selftest", f"{name}.cpp").read_bytes()
        await sandbox.put("builder", f"work/{name}.cpp", source)
        flags = ["-O1", "-g", "-fopenmp=libomp", "-fsanitize=thread"]
        built = await sandbox.run("builder", [CLANG, *flags, "-o", name, f"{name}.cpp"], timeout_s=60, bounded=False)
        if not built.succeeded:
            return f"races unchecked: {CLANG} cannot build with ThreadSanitizer here; {_MEND}"
        ran = await sandbox.run("candidate", [f"./{name}"], timeout_s=30, environment=_ENVIRONMENT, bounded=False)
        if ran.status != wanted:
            hint = "lower vm.mmap_rnd_bits to 28" if "memory mapping" in ran.stderr else _MEND
            return f"races unchecked: ThreadSanitizer with Archer misjudges a known {name} program here; {hint}"
    return ""


async def race_gate(
    sandbox: Sandbox,
    toolchain: Toolchain,
    *,
    source: str,
    tolerance: str,
    cases: Sequence[tuple[int, ...]],
    large: tuple[int, ...],
    dim_names: Sequence[str],
) -> RaceFinding:
    """Judge `work/candidate.cpp` once more, instrumented, at varied threads and sizes.

    Raises:
        SandboxError: the sandbox failed.
    """
    built = await sandbox.run("builder", toolchain.race_candidate(), timeout_s=sandbox.limits.build_seconds)
    if not built.succeeded:
        return RaceFinding(
            unchecked="races unchecked: clang does not accept this candidate, only the user's compiler does"
        )
    if not await _reads_the_same(sandbox, toolchain):
        return RaceFinding(
            unchecked="races unchecked: the source reads differently to clang than to the user's compiler"
        )
    small = [
        Round(dims=dims, threads=threads, candidate_ms=30_000, generator=generator)
        for dims in cases
        for threads, generator in ((2, "uniform"), (4, "ties"), (3, "uniform"))
    ]
    # A threshold may keep small sizes serial.
    for rounds in (small, [Round(dims=large, threads=2, baseline_ms=30_000, candidate_ms=30_000)]):
        judged = await judge(
            sandbox,
            rounds,
            tolerance=tolerance,
            candidate="work/race.so",
            dim_names=dim_names,
            candidate_worker=WORKER_RACE,
            environment=_ENVIRONMENT,
            bounded=False,
        )
        if "ThreadSanitizer: data race" in judged.candidate_output or judged.candidate_ending == "exit 66":
            feedback = await _describe(sandbox, judged.candidate_output, source)
            return RaceFinding(outcome=Outcome.RACE, feedback=feedback)
        if judged.failed is not None:
            return _otherwise(
                judged.failed, judged.candidate_output, "" if rounds is small else " at the benchmark size"
            )
    return RaceFinding()


def _otherwise(failed: Failed, output: str, where: str) -> RaceFinding:
    """What a session says that failed without a race."""
    if failed.outcome is Outcome.TIMEOUT:
        return RaceFinding(unchecked=f"races unchecked{where}: the instrumented candidate is too slow")
    if failed.culprit != "candidate" or "ThreadSanitizer" in output or failed.outcome is Outcome.OUT_OF_MEMORY:
        return RaceFinding(unchecked=f"races unchecked{where}: {failed.feedback[:200]}")
    # Another compiler, another optimisation, other scheduling: what is wrong here is wrong.
    return RaceFinding(outcome=failed.outcome, feedback=f"under ThreadSanitizer (clang): {failed.feedback}")


async def _reads_the_same(sandbox: Sandbox, toolchain: Toolchain) -> bool:
    """Whether both compilers see the same lines and macros of the candidate: conditions could hide a race from one."""
    seen = []
    for command in (toolchain.candidate(), toolchain.race_candidate()):
        plain = [word for word in command if word not in _BUILD_ONLY]
        listed = await sandbox.run(
            "builder", [*plain, "-E", "-dD", "-o", "preprocessed"], timeout_s=sandbox.limits.build_seconds
        )
        if not listed.succeeded:
            return False
        seen.append(own_lines((await sandbox.get("builder", "work/preprocessed")).decode(errors="replace")))
    return seen[0] == seen[1]


def own_lines(preprocessed: str) -> frozenset[int]:
    """The lines of the candidate's own file that leave anything in the preprocessor's output."""
    kept, own, number = set(), False, 0
    for line in preprocessed.splitlines():
        marker = _MARKER.match(line)
        if marker:
            number, own = int(marker.group(1)), bool(_OWN.search(marker.group(2)))
            continue
        if own and line.strip() and not line.startswith(("#undef", "# ")):
            kept.add(number)
        number += 1
    return frozenset(kept)


async def _describe(sandbox: Sandbox, report: str, source: str) -> str:
    """The two accesses of the first report, as lines of the candidate."""
    lines = source.splitlines()
    accesses = list(_ACCESS.finditer(report))
    said = []
    for i, access in enumerate(accesses[:2]):
        end = accesses[i + 1].start() if i + 1 < len(accesses) else len(report)
        frames = _FRAME.findall(report[access.start() : end])[:8]
        number = await _line_of(sandbox, frames)
        what = f"{access.group(1).lower()} of {access.group(2)} bytes"
        text = f"`{lines[number - 1].strip()}`" if number is not None and number <= len(lines) else ""
        said.append(f"{what} at line {number}: {text}" if number is not None else what)
    return "data race between " + " and ".join(said) if said else "data race (ThreadSanitizer gave no accesses)"


async def _line_of(sandbox: Sandbox, frames: Sequence[str]) -> int | None:
    """The first frame that lies in the candidate's own source."""
    for program in ("llvm-symbolizer-16", "llvm-symbolizer"):
        found = await sandbox.run(
            "builder",
            [program, "--obj=race.so", "--inlining=true", *(f"0x{frame}" for frame in frames)],
            timeout_s=20,
            bounded=False,
        )
        if found.status != 127:
            hit = _LINE.search(found.stdout)
            return int(hit.group(1)) if hit else None
    return None

"""Candidates built again with Clang under ThreadSanitizer, and run at many sizes, threads and schedules.

Clang's OpenMP runtime and Archer tell ThreadSanitizer about OpenMP's synchronisation; GCC's would give false alarms on
every OpenMP program. Where the gate does not work it says so, and never passes silently: before it is trusted, it must
catch a known race and accept a known clean program on this very machine.
"""

import re
from collections.abc import Mapping, Sequence
from itertools import cycle

from agentpar.evaluation.race.build import OBJECT, build
from agentpar.evaluation.race.limits import blind_spots, deceit, has_fences, unknown_threads
from agentpar.evaluation.race.rounds import MANY_THREADS, sessions
from agentpar.evaluation.race.same_source import own_text
from agentpar.evaluation.race.words import describe
from agentpar.evaluation.screen import screen_words
from agentpar.evaluation.session import Failed, Judged, judge
from agentpar.evaluation.toolchain import CLANG, PUBLIC, Toolchain
from agentpar.resources import resource
from agentpar.sandbox.base import Identity, Sandbox
from agentpar.task import HYBRID, Target
from agentpar.verdict import Frozen, Outcome

_WATCHED = ("-g", "-fsanitize=thread", "-fopenmp=libomp")
_LINKED = ("openmp_races", "clock_locks")
WORKER_LINK = (*_WATCHED, "-rdynamic", *(f"{name}.o" for name in _LINKED))
_MEND = "install clang-16 libomp-16-dev libclang-rt-16-dev llvm-16"
RACE_GATES: dict[Target, str] = {
    "openmp": "ThreadSanitizer with Archer (clang), 2 to 16 threads, three schedules",
    "threads": "ThreadSanitizer (clang), 2 to 16 threads",
    "stdpar": "ThreadSanitizer (clang), with 2 to 16 threads of its own in place of TBB's",
    "mpi": "ranks share nothing; every size with 1, 2, 3 and 4 ranks, deadlocks, unfinished requests, lost messages",
    "mpi+openmp": "ThreadSanitizer with Archer (clang), 1, 2 and 3 ranks of 2 to 16 threads, blind to what MPI itself "
    "reads and writes; every size with 1 to 4 ranks, deadlocks, unfinished requests, lost messages",
    "cuda": "compute-sanitizer: memcheck, and racecheck for shared memory",
}
"""How races are looked for, in words."""
WORKER_RACE = f"{PUBLIC}/worker-race"
SELF_TEST = f"{PUBLIC}/races"
TOOLS = (SELF_TEST, *(f"{PUBLIC}/{name}.o" for name in _LINKED))
"""What the gate has of its own, whatever the task: the program of `self_test`, and what is linked to workers."""
CANNOT_BUILD = f"races unchecked: {CLANG} cannot build with ThreadSanitizer here; {_MEND}"
_TSAN = {
    "ignore_noninstrumented_modules": 1,
    "halt_on_error": 1,
    "exitcode": 66,
    # Symbols are looked up afterwards: a candidate's process may not start a symbolizer.
    "symbolize": 0,
    # A race whose earlier access has left the history is dropped silently: 8 of 20 runs found with 0, 20 of 20 with 2.
    "history_size": 7,
    "hard_rss_limit_mb": 3000,
    # What is no race: threads kept for the next call, and locks taken in two orders.
    "report_thread_leaks": 0,
    "detect_deadlocks": 0,
    "report_signal_unsafe": 0,
}


def _options(**more: int) -> str:
    return ":".join(f"{name}={value}" for name, value in {**_TSAN, **more}.items())


_ENVIRONMENT = {
    "OMP_TOOL_LIBRARIES": "/usr/lib/llvm-16/lib/libarcher.so",
    "TSAN_OPTIONS": _options(),
    # LLVM's default is half of what GCC's threads have.
    "OMP_STACKSIZE": "16M",
}
_REPORT = "WARNING: ThreadSanitizer: "
# What is the tools' fault or limit and not the candidate's. A crash is theirs where its innermost frame is in them.
_TOOLS = re.compile(
    r"OMP: Error|FATAL: ThreadSanitizer|ThreadSanitizer: (?:CHECK failed|stack-overflow|hard rss limit|failed to)"
    r"|#0 .*\((?:\S*/)?lib(?:omp|archer)\b"
)
_CRASH = "ERROR: ThreadSanitizer: "


class RaceFinding(Frozen):
    """What the gate says: `unchecked` holds the reason and the mend where it could not look."""

    outcome: Outcome | None = None
    feedback: str = ""
    unchecked: str = ""


def tool_sources() -> dict[tuple[Identity, str], tuple[bytes, int]]:
    """What `TOOLS` are built from."""
    sources = {"races": ("selftest", "races.cpp"), **{name: ("harness", f"{name}.cpp") for name in _LINKED}}
    return {
        ("keeper", f"{PUBLIC}/{name}.cpp"): (resource("sandboxes", *path).read_bytes(), 0o644)
        for name, path in sources.items()
    }


def tool_commands() -> list[list[str]]:
    """What builds `TOOLS`, in task/public."""
    return [
        [CLANG, "-O1", *_WATCHED, "-o", "races", "races.cpp"],
        *([CLANG, "-O2", *_WATCHED, "-c", "-o", f"{name}.o", f"{name}.cpp"] for name in _LINKED),
    ]


async def build_tools(sandbox: Sandbox) -> bool:
    """Build `TOOLS`; false where that cannot be done.

    Raises:
        SandboxError: the sandbox failed.
    """
    for (identity, path), (content, mode) in tool_sources().items():
        await sandbox.put(identity, path, content, mode)
    for command in tool_commands():
        if not (await sandbox.run("keeper", command, directory=PUBLIC, timeout_s=60, bounded=False)).succeeded:
            return False
    return True


async def self_test(sandbox: Sandbox, target: Target = "openmp") -> str:
    """Empty when the gate catches a known race and accepts a clean program of the target's kind; else why it cannot be
    used.

    Raises:
        SandboxError: the sandbox failed.
    """
    for name, wanted in (("racy", 66), ("clean", 0)):
        command = [f"../{SELF_TEST}", name, "openmp" if target == HYBRID else target]
        ran = await sandbox.run("candidate", command, timeout_s=30, environment=_ENVIRONMENT, bounded=False)
        if ran.status != wanted:
            hint = "lower vm.mmap_rnd_bits to 28" if "memory mapping" in ran.stderr else _MEND
            return f"races unchecked: ThreadSanitizer with Archer misjudges a known {name} program here; {hint}"
    return ""


async def race_gate(
    sandbox: Sandbox,
    toolchain: Toolchain,
    *,
    source: str,
    original: str,
    tolerance: str,
    cases: Sequence[tuple[int, ...]],
    large: tuple[int, ...],
    dim_names: Sequence[str],
    threads: Sequence[int] = (),
    as_timed: bool = True,
    ranks: Sequence[int] = (0,),
    environment: Mapping[str, str] | None = None,
) -> RaceFinding:
    """Judge `work/candidate.cpp` once more, instrumented.

    `original` is the user's serial source: its words are no deceit. `cases` are small sizes, ascending; `large` and
    `threads` are those of timed runs, since what is parallel only there races only there. That takes longer than all
    the rest, and is left out unless `as_timed`. `ranks` are those of MPI in each session, which need an `environment`.

    Raises:
        SandboxError: the sandbox failed.
    """
    ir = await build(sandbox, toolchain)
    if ir is None:
        return _unchecked("clang does not accept this candidate, only the user's compiler does")
    own = await own_text(sandbox, toolchain)
    if own is None:
        return _unchecked("the source reads differently to clang than to the user's compiler")
    if hidden := screen_words(own.text, original) or deceit(ir):
        return RaceFinding(outcome=Outcome.SCREENED, feedback=hidden)
    if unknown := unknown_threads(ir):
        return _unchecked(unknown)
    options = _options(force_seq_cst_atomics=int(has_fences(ir)))
    found = RaceFinding()
    for count, (schedule, rounds) in zip(cycle(ranks), sessions(cases, large, threads, as_timed=as_timed)):
        judged = await judge(
            sandbox,
            [r.model_copy(update={"threads": r.threads * max(1, count), "ranks": count}) for r in rounds],
            tolerance=tolerance,
            candidate=f"work/{OBJECT}",
            dim_names=dim_names,
            candidate_worker=WORKER_RACE,
            environment={**(environment or {}), **_ENVIRONMENT, "TSAN_OPTIONS": options, "OMP_SCHEDULE": schedule},
            bounded=False,
            ranks=max(1, count),
        )
        if is_race(judged):
            found = RaceFinding(outcome=Outcome.RACE, feedback=await describe(sandbox, judged.candidate_output, source))
            break
        is_more = all(each.threads == MANY_THREADS for each in rounds)
        if judged.failed is not None and not (is_more and is_beyond_means(judged.failed, judged.candidate_output)):
            found = without_race(judged.failed, judged.candidate_output)
            break
    unseen = blind_spots(ir, own)
    return RaceFinding(unchecked=f"races unchecked in part: {unseen}") if unseen and found == RaceFinding() else found


def _unchecked(why: str) -> RaceFinding:
    return RaceFinding(unchecked=f"races unchecked: {why}")


def is_race(judged: Judged) -> bool:
    """Whether ThreadSanitizer ended the candidate; its report may be lost in what the candidate printed."""
    output = judged.candidate_output
    return _REPORT in output or (
        judged.candidate_ending == "exit 66" and _CRASH not in output and not _TOOLS.search(output)
    )


def is_beyond_means(failed: Failed, output: str) -> bool:
    """Whether a session took more time or memory than there is, or than the tools take."""
    is_tools = failed.outcome is Outcome.CRASH and _TOOLS.search(output) is not None
    return is_tools or failed.outcome in (Outcome.TIMEOUT, Outcome.OUT_OF_MEMORY)


def without_race(failed: Failed, output: str) -> RaceFinding:
    """What a session says that failed without a race."""
    if failed.outcome is Outcome.TIMEOUT:
        return RaceFinding(
            unchecked=f"races unchecked at larger sizes: the instrumented candidate is {failed.feedback}"
        )
    if failed.outcome in (Outcome.OUT_OF_MEMORY, Outcome.BUILD_ERROR) or failed.culprit != "candidate":
        return _unchecked(failed.feedback[:200])
    if _TOOLS.search(output):
        return _unchecked(f"ThreadSanitizer or LLVM's OpenMP failed: {output.strip()[:200]}")
    # Other code, other scheduling: what is wrong here is wrong.
    return RaceFinding(outcome=failed.outcome, feedback=f"under ThreadSanitizer (clang): {failed.feedback}")

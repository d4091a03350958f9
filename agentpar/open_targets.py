"""What `auto` chooses among: the targets under which a task is the same task, and why others are left out."""

from pathlib import Path

from agentpar.task import HYBRID, MOST_RANKS, RANKS_TARGETS, SUFFIXES, Build, Target, Wanted, is_before_cpp17

# Of what gains as much the first is taken: each asks more of the program that the function is part of.
_OPEN: tuple[Target, ...] = ("openmp", "threads", "stdpar", "mpi", HYBRID, "cuda")


def considered(path: Path, build: Build, wanted: Wanted, *, is_several: bool = False) -> dict[Target, str]:
    """The targets in order, each with why it is left out, or nothing. None where there are no rewrites."""
    if path.suffix not in SUFFIXES:
        return {}
    return {target: _left_out(target, path.suffix == ".c", build, wanted, is_several) for target in _OPEN}


def _left_out(target: Target, is_c: bool, build: Build, wanted: Wanted, is_several: bool) -> str:
    has_ranks, is_cuda = target in RANKS_TARGETS, target == "cuda"
    is_divided = any(owner != "replicated" for owner in wanted.owners.values())
    most_threads = max(wanted.measure.threads, default=1)
    reasons = {
        "the project's own commands build and start it": wanted.oracle == "command" and (has_ranks or is_cuda),
        "which rank has which data is not said; with [owners] it is tried": has_ranks and not wanted.owners,
        f"more than {MOST_RANKS} ranks are not timed": target == "mpi" and most_threads > MOST_RANKS,
        "[owners] divide the data among ranks, and it has none": not has_ranks and is_divided,
        "rewrites write it in C++ alone": is_c and target in ("threads", "stdpar"),
        f"it needs C++17 or newer, not {build.standard}": target == "stdpar" and is_before_cpp17(build.standard),
        "nvcc builds one file alone": is_cuda and is_several,
        "it is called with the device's pointers, and others with the host's": is_cuda
        and wanted.cuda.pointers == "device",
    }
    return next((why for why, holds in reasons.items() if holds), "")

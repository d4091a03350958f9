"""What a source does in parallel, in words: for the archive's cells and for people."""

import re
from collections.abc import Callable

from agentpar.proposers.python_pattern import python_pattern_of
from agentpar.task import PYTHON_TARGETS

_PRAGMA = re.compile(r"^[ \t]*#[ \t]*pragma[ \t]+omp[ \t]+((?:[^\n\\]|\\\r?\n|\\.)*)", re.MULTILINE)
_OF_OPENMP = ("tasks", "parallel-for", "parallel-region")
_MPI = r"\bMPI_[A-Z]\w*\s*\("
_LIBRARY = {
    _MPI: "mpi",
    r"\bcub::|\bthrust::": "cuda-library",
    r"__global__": "kernel",
    r"\bstd::(?:execution|par)\b": "stdpar",
    r"\bstd::(?:jthread|thread|async)\b": "threads",
}


def pragmas(source: str) -> str:
    """The OpenMP directives of a source in one line."""
    found = [" ".join(each.replace("\\", " ").split()) for each in _PRAGMA.findall(source)]
    return "; ".join(dict.fromkeys(found))[:160]


def pattern_of(source: str) -> str:
    """Name the construct: `parallel-for+reduction`, `tasks`, `parallel-region`, `simd`, `threads`, …, or `serial`.

    In ranks of MPI it is `mpi+parallel-for` and so on.
    """
    pragmas = [" ".join(each.replace("\\", " ").split()) for each in _PRAGMA.findall(source)]
    words = {word for each in pragmas for word in re.findall(r"[a-z]+", each)}
    if words & {"task", "taskloop", "sections"}:
        base = "tasks"
    elif any(re.match(r"parallel\b.*\bfor\b", each) for each in pragmas):
        base = "parallel-for"
    elif "parallel" in words:
        base = "parallel-region"
    else:
        base = next((name for sign, name in _LIBRARY.items() if re.search(sign, source)), "")
    if base in _OF_OPENMP and re.search(_MPI, source):
        base = f"mpi+{base}"
    if not base:
        return "simd" if "simd" in words else "serial"
    extras = [word for word in ("reduction", "atomic", "critical", "collapse", "scan", "simd") if word in words]
    return "+".join([base, *extras[:2]])


def pattern_for(target: str) -> Callable[[str], str]:
    """What names the construct of sources for a target."""
    return python_pattern_of if target in PYTHON_TARGETS else pattern_of

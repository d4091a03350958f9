"""From the changed source to a patch of the user's files, and of the header that they call."""

import os
import re
from collections.abc import Sequence
from difflib import unified_diff
from pathlib import Path

from agentpar.sections import files_of, home_of, texts_of
from agentpar.skeletons import headers_beside
from agentpar.task import Task

# What the flags of a target are there for.
_WITHOUT = {
    "openmp": "without it the pragmas are comments",
    "cuda": "by nvcc, since other compilers know no kernels",
    "mpi": "by mpicxx or mpicc; every rank calls the function, after MPI_Init",
    "mpi+openmp": "by mpicxx or mpicc; every rank calls the function, after MPI_Init_thread with MPI_THREAD_FUNNELED",
}


def source_patch(task: Task, source: str, flags: Sequence[str] = ()) -> str:
    """The change of the task's files as a unified diff that `git apply` and `patch -p1` take.

    With it comes the header of parallel algorithms, if the change calls them, beside the file. Paths are relative to
    the root of the files' repository; where there is none, to the task's folder, or one that holds all of the files.
    The text above the diff, which both tools skip, names the build `flags` that the change needs.
    """
    above = (folder for folder in task.path.absolute().parents if (folder / ".git").exists())
    root = next(above, home_of(task.root, files_of(task)))

    def named(path: Path) -> str:
        # A link is what git keeps of one: its text is in the file that it leads to.
        real, real_root = Path(os.path.realpath(path)), os.path.realpath(root)
        inside = os.path.relpath(real, real_root) if real.is_relative_to(real_root) else None
        return Path(inside or os.path.relpath(path.absolute(), root)).as_posix()

    without = _WITHOUT.get(task.target, "without it the threads are missing")
    preamble = f"Build with {' '.join(flags)}: {without}.\n\n" if flags else ""
    if task.target == "mpi4py":
        preamble = "Run the program with mpirun and mpi4py; every rank calls the function.\n\n"
    serial, texts = texts_of(task, task.source), texts_of(task, source)
    # The code of a specification is new; that the serial version was there first is nothing to the user.
    patches = [_diff(named(path), None if task.tests else serial[path], text) for path, text in texts.items()]
    for beside, header in headers_beside(texts, task.target).items():
        before = beside.read_bytes().decode() if beside.exists() else None
        patches.append(_diff(named(beside), before, header))
    return preamble + "".join(patches)


def _diff(name: str, before: str | None, after: str) -> str:
    """The change of one file; `before` is None for a new one."""
    name += "\t" if " " in name else ""  # as git marks its end: `patch` would take the first word
    old = "/dev/null" if before is None else f"a/{name}"
    lines = unified_diff(_lines(before or ""), _lines(after), old, f"b/{name}")
    # difflib knows nothing of a last line without a line break; both tools need it to be marked.
    return "".join(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines)


def _lines(text: str) -> list[str]:
    """Split at line feeds alone, as git does; `splitlines` would also split at form feeds."""
    return re.findall(r"[^\n]*\n|[^\n]+", text)

"""From the changed source to a patch of the user's file."""

import os
import re
from collections.abc import Sequence
from difflib import unified_diff
from pathlib import Path

from agentpar.task import Task


def source_patch(task: Task, source: str, flags: Sequence[str] = ()) -> str:
    """The change of the task's file as a unified diff that `git apply` and `patch -p1` take.

    Its path is relative to the root of the file's repository, or to the task's folder where there is none. The text
    above the diff, which both tools skip, names the build `flags` that the change needs.
    """
    path = task.path.absolute()
    root = next((folder for folder in path.parents if (folder / ".git").exists()), task.root)
    name = Path(os.path.relpath(path, root)).as_posix()
    lines = unified_diff(_lines(task.source), _lines(source), f"a/{name}", f"b/{name}")
    # difflib knows nothing of a last line without a line break; both tools need it to be marked.
    preamble = f"Build with {' '.join(flags)}: without it the pragmas are comments.\n\n" if flags else ""
    return preamble + "".join(
        line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines
    )


def _lines(text: str) -> list[str]:
    """Split at line feeds alone, as git does; `splitlines` would also split at form feeds."""
    return re.findall(r"[^\n]*\n|[^\n]+", text)

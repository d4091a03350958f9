"""From the changed source to a patch of the user's file."""

import os
import re
from difflib import unified_diff
from pathlib import Path

from agentpar.task import Task


def source_patch(task: Task, source: str) -> str:
    """The change of the task's file as a unified diff that `git apply` and `patch -p1` take in its root."""
    path = Path(os.path.relpath(task.root / task.path, task.root)).as_posix()
    lines = unified_diff(_lines(task.source), _lines(source), f"a/{path}", f"b/{path}")
    # difflib knows nothing of a last line without a line break; both tools need it to be marked.
    return "".join(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines)


def _lines(text: str) -> list[str]:
    """Split at line feeds alone, as git does; `splitlines` would also split at form feeds."""
    return re.findall(r"[^\n]*\n|[^\n]+", text)

"""Several files of a project as one text: a candidate is one source, however many files it changes.

Each file follows a line `#line 1 "project:NAME"`, which what reads C and C++ passes over. So the functions of all files
are read, rewritten, crossed, told apart and recorded as those of one file are.
"""

import os
import re
from collections.abc import Mapping
from pathlib import Path

from agentpar.errors import TaskError
from agentpar.task import Task

_HEAD = re.compile(r'^#line 1 "project:([^"\n]+)"\n', re.MULTILINE)


def joined(texts: Mapping[str, str]) -> str:
    """One text of several, by their names in the project.

    Raises:
        TaskError: a name holds a quotation mark, or a text a line that would begin another file.
    """
    if odd := [name for name, text in texts.items() if '"' in name or _HEAD.search(text)]:
        raise TaskError(f"{odd[0]}: cannot be one of several files, for a line in it or a quotation mark in its name")
    return "\n".join(f'#line 1 "project:{name}"\n{text}' for name, text in texts.items())


def is_several(source: str) -> bool:
    """Whether a text is one of several files."""
    return _HEAD.match(source) is not None


def parted(source: str) -> dict[str, str]:
    """The files of a text by name, in order. What a rewrite put before all of them is the first one's.

    Raises:
        TaskError: a file is there twice.
    """
    before, *pieces = _HEAD.split(source)
    names, texts = pieces[::2], pieces[1::2]
    if len(set(names)) < len(names):
        raise TaskError("a file is there twice")
    if texts:
        texts[0] = before + texts[0]
    return dict(zip(names, [*(text.removesuffix("\n") for text in texts[:-1]), *texts[-1:]], strict=True))


def located(words: str, source: str) -> str:
    """Words about lines of a text, of several files by their names: `at line 120` as `at src/b.cpp:20`."""
    heads = [(source.count("\n", 0, head.end()), head[1]) for head in _HEAD.finditer(source)]

    def place(line: re.Match[str]) -> str:
        before, name = max((head for head in heads if head[0] < int(line[1])), default=(0, "line"))
        return f"at {name}:{int(line[1]) - before}"

    return re.sub(r"\bat line (\d+)", place, words) if heads else words


def files_of(task: Task) -> tuple[Path, ...]:
    """The files that are evolved."""
    return (task.path, *task.others)


def name_of(task: Task, path: Path) -> str:
    """A file's name in the project."""
    return Path(os.path.relpath(path, task.root)).as_posix()


def texts_of(task: Task, source: str) -> dict[Path, str]:
    """What a source says of each file that is evolved.

    Raises:
        TaskError: the task has several files, and these are others, or not in their order.
    """
    if not task.others:
        return {task.path: source}
    names, texts = [name_of(task, path) for path in files_of(task)], parted(source)
    if [*texts] != names:
        raise TaskError(f"the source is not that of {', '.join(names)}, each once and in this order")
    return dict(zip(files_of(task), texts.values(), strict=True))


def with_files(task: Task, changed: Mapping[Path, str]) -> str:
    """The task's source with other texts of some of its files.

    Raises:
        TaskError: as `joined`.
    """
    texts = {**texts_of(task, task.source), **changed}
    return joined({name_of(task, path): text for path, text in texts.items()}) if task.others else texts[task.path]

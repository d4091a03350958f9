"""Several files of a project as one text: a candidate is one source, however many files it changes.

Each file follows a line `/* file: NAME */`, which what reads C and C++ passes over. So the functions of all files are
read, rewritten, crossed, told apart and recorded as those of one file are. Where the serial function itself says what
is right, they are built as one, too.
"""

import os
import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from agentpar.errors import TaskError
from agentpar.task import Task

_HEAD = re.compile(r"^/\* file: ([^\n]+) \*/\n", re.MULTILINE)
_ONCE = re.compile(r"^[ \t]*#[ \t]*pragma[ \t]+once\b", re.MULTILINE)
_UNFIT = re.compile(r"\*/|/\*|[\"\\]")


def joined(texts: Mapping[str, str]) -> str:
    """One text of several, by their names in the project.

    Raises:
        TaskError: a name would end a comment or a string, or a text has a line that would begin another file.
    """
    if odd := [name for name, text in texts.items() if _UNFIT.search(name) or _HEAD.search(f"{text}\n")]:
        raise TaskError(f"{odd[0]}: cannot be one of several files, for a line in it or a mark in its name")
    return "\n".join(f"/* file: {name} */\n{text}" for name, text in texts.items())


def is_several(source: str) -> bool:
    """Whether a text is one of several files."""
    return _HEAD.match(source) is not None


def is_head(line: str) -> bool:
    """Whether a line begins a file."""
    return _HEAD.fullmatch(f"{line}\n") is not None


def built_as_one(source: str) -> str:
    """The text as compilers get it: line by line the same, but several files are no headers any more."""
    return _ONCE.sub("", source) if _HEAD.search(source) else source


def told_by_line(source: str) -> str:
    """The text, also a part of one, for a compiler to tell its lines by the files that they are of."""
    return _HEAD.sub(r'#line 1 "\1"\n', source)


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


def located(words: str, source: str, *, file: str = "") -> str:
    """Words about lines of a text, of several files by their names: `at line 120` as `at src/b.cpp:20`.

    `file` is what the words may call the text: `FILE:120` is `src/b.cpp:20` as well.
    """
    heads = _heads(source)

    def place(found: re.Match[str]) -> str:
        if int(found["line"]) <= min(heads)[0]:
            return found[0]
        before, name = max(head for head in heads if head[0] < int(found["line"]))
        earlier = re.sub(r"\d+", lambda line: located(f"line {line[0]}", source), found["earlier"] or "")
        last = f"-{int(found['last']) - before}" if found["last"] else ""
        return f"{found['how'] or ''}{earlier}{name}:{int(found['line']) - before}{last}"

    named = rf"|{re.escape(file)}:" if file else ""
    lines = rf"(?P<how>at |on )?line |lines (?P<earlier>(?:\d{{1,9}}, )*){named}"
    line = rf"(?<!\w)(?:{lines})(?P<line>\d{{1,9}})\b(?:-(?P<last>\d{{1,9}})\b)?"
    return re.sub(line, place, words) if heads else words


def spot(lines: tuple[int, int] | None, source: str) -> tuple[tuple[int, int] | None, str]:
    """The first and the last of some lines; of several files as lines of one of them, with its name."""
    if lines is None or not (heads := [head for head in _heads(source) if head[0] < lines[0]]):
        return lines, ""
    before, name = max(heads)
    return (lines[0] - before, lines[1] - before), name


def unlocated(words: str, source: str) -> str:
    """Words about places in several files, `src/b.cpp:20`, by the lines of their one text: `at line 120`."""
    before = {name: at for at, name in _heads(source)}
    names = "|".join(map(re.escape, sorted(before, key=len, reverse=True)))
    return (
        re.sub(rf"(?<![\w/])(?:at )?({names}):(\d{{1,9}})\b", lambda at: f"at line {before[at[1]] + int(at[2])}", words)
        if before
        else words
    )


def _heads(source: str) -> list[tuple[int, str]]:
    """The lines ahead of each of several files, its head among them, and its name."""
    return [(source.count("\n", 0, head.end()), head[1]) for head in _HEAD.finditer(source)]


def files_of(task: Task) -> tuple[Path, ...]:
    """The files that are evolved."""
    return (task.path, *task.others)


def home_of(root: Path, paths: Iterable[Path]) -> Path:
    """The folder that files are named from: a root, or one that holds it and all of them."""
    return Path(os.path.commonpath([root.absolute(), *(path.absolute().parent for path in paths)]))


def names_of(root: Path, paths: Iterable[Path]) -> dict[Path, str]:
    """The files' names in the project."""
    home = home_of(root, paths := [*paths])
    return {path: Path(os.path.relpath(path.absolute(), home)).as_posix() for path in paths}


def name_of(task: Task, path: Path) -> str:
    """A file's name in the project."""
    return names_of(task.root, files_of(task))[path]


def texts_of(task: Task, source: str) -> dict[Path, str]:
    """What a source says of each file that is evolved, in the order of the task's source.

    Raises:
        TaskError: the task has several files, and these are others, or not in their order.
    """
    if not task.others:
        return {task.path: source}
    paths = {name: path for path, name in names_of(task.root, files_of(task)).items()}
    names, texts = [*parted(task.source)], parted(source)
    if [*texts] != names:
        raise TaskError(f"the source is not that of {', '.join(names)}, each once and in this order")
    return {paths[name]: text for name, text in texts.items()}


def with_files(task: Task, changed: Mapping[Path, str]) -> str:
    """The task's source with other texts of some of its files.

    Raises:
        TaskError: as `joined`.
    """
    texts = {**texts_of(task, task.source), **changed}
    names = names_of(task.root, texts)
    return joined({names[path]: text for path, text in texts.items()}) if task.others else texts[task.path]

"""A project's tree as one archive, which enters a sandbox once."""

import hashlib
import io
import os
import stat
import subprocess
import tarfile
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePath

from agentpar.errors import TaskError
from agentpar.sections import texts_of
from agentpar.task import Task
from agentpar.verdict import Frozen

PROJECT = "project"
"""The folder that all members of the archive lie in."""
MOST_BYTES = 128 << 20
MOST_FILES = 20_000
_NEVER = frozenset({".git", ".agentpar"})
_CACHE = "CMakeCache.txt"
# All files are equally old, as after a checkout, so that nothing seems out of date to a build but what is changed.
_WHEN = 1_577_836_800


class Tree(Frozen):
    """The archive (tar), its digest, and how much is in it."""

    archive: bytes
    digest: str
    files: int
    size: int


def read_tree(task: Task) -> Tree:
    """The task's folder without what git ignores, runs of agentpar, and folders that CMake has configured.

    The files that are evolved are as the task has them, whatever became of them on the disk.

    Raises:
        TaskError: the tree is too large, or cannot be read, or a file is not in it.
    """
    evolved = {place_of(task, path): text for path, text in texts_of(task, task.source).items()}
    if outside := [place for place in evolved if place.parts[0] == os.pardir]:
        raise TaskError(f"{task.root / outside[0]}: lies outside of the project, which is the folder {task.root}")
    paths = sorted({*_without_builds(_listed(task.root)), *evolved})
    sizes = {path: (task.root / path).lstat().st_size for path in paths if os.path.lexists(task.root / path)}
    total = sum(sizes.values())
    if total > MOST_BYTES or len(paths) > MOST_FILES:
        largest = ", ".join(f"{p} ({sizes[p] >> 20} MiB)" for p in sorted(sizes, key=lambda p: -sizes[p])[:3])
        raise TaskError(
            f"{task.root}: {len(paths)} files of {total >> 20} MiB in all, and {MOST_FILES} of {MOST_BYTES >> 20} MiB "
            f"can be carried; have .gitignore leave out what the build does not need. The largest: {largest}"
        )
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for path in paths:
            content = evolved[path].encode() if path in evolved else None
            _add(archive, task.root, path, content)
    data = stream.getvalue()
    return Tree(archive=data, digest=hashlib.sha256(data).hexdigest()[:16], files=len(paths), size=total)


def place_of(task: Task, path: Path) -> PurePath:
    """Where in the project a file lies."""
    return PurePath(os.path.relpath(path, task.root))


def _add(archive: tarfile.TarFile, root: Path, path: PurePath, content: bytes | None) -> None:
    member = tarfile.TarInfo(f"{PROJECT}/{path.as_posix()}")
    member.mtime = _WHEN
    try:
        about = (root / path).lstat()
        if stat.S_ISLNK(about.st_mode) and content is None:
            member.type, member.linkname = tarfile.SYMTYPE, str((root / path).readlink())
            archive.addfile(member)
            return
        content = (root / path).read_bytes() if content is None else content
    except OSError as error:
        raise TaskError(f"{root / path}: cannot be read: {error.strerror}") from error
    member.mode = 0o755 if about.st_mode & stat.S_IXUSR else 0o644
    member.size = len(content)
    archive.addfile(member, io.BytesIO(content))


def _listed(root: Path) -> Iterator[PurePath]:
    """What belongs to the project: what git knows or does not ignore, of submodules too.

    All files where there is no git, or where a repository above ignores the project as a whole.
    """
    if not any((folder / ".git").exists() for folder in (root, *root.parents)):
        yield from _files_below(root, root)
        return
    command = ["git", "-C", str(root), "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    try:
        listed = subprocess.run(command, capture_output=True, check=True, timeout=60)
    except (OSError, subprocess.SubprocessError) as error:
        said = getattr(error, "stderr", None) or str(error).encode()
        raise TaskError(f"{root}: git cannot list the project: {said.decode(errors='replace').strip()}") from error
    if not listed.stdout:
        yield from _files_below(root, root)
    for name in filter(None, listed.stdout.split(b"\0")):
        path = PurePath(os.fsdecode(name))
        if (root / path / ".git").exists():  # a submodule, or another repository that lies there
            yield from (path / inner for inner in _listed(root / path))
        elif (root / path).is_dir() and not (root / path).is_symlink():
            yield from _files_below(root / path, root)
        elif _is_carried(root / path):
            yield path


def _files_below(folder: Path, root: Path) -> Iterator[PurePath]:
    for top, names, files in os.walk(folder):
        links = [name for name in names if Path(top, name).is_symlink()]
        names[:] = [name for name in names if name not in _NEVER and name not in links]
        for name in {*files, *links} - _NEVER:  # a worktree's or a submodule's .git is a file
            if _is_carried(Path(top, name)):
                yield PurePath(os.path.relpath(Path(top, name), root))


def _is_carried(path: Path) -> bool:
    try:
        mode = path.lstat().st_mode
    except OSError:
        return False  # known to git, and deleted
    return stat.S_ISREG(mode) or stat.S_ISLNK(mode)


def _without_builds(paths: Iterable[PurePath]) -> list[PurePath]:
    """Without what CMake keeps of a build: its cache says where it was made, and is refused elsewhere."""
    every = list(paths)
    builds = {path.parent for path in every if path.name == _CACHE} - {PurePath()}
    return [path for path in every if path.name != _CACHE and not builds & set(path.parents)]

"""How a project builds a file, read from its compilation database.

The format is https://clang.llvm.org/docs/JSONCompilationDatabase.html; CMake, Meson and Bear write it.
"""

import json
import re
import shlex
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from agentpar.errors import TaskError
from agentpar.verdict import Frozen

NAME = "compile_commands.json"
_BUILD_FOLDERS = ("build", "out", "builddir", "cmake-build-*")
_MEND = "write it anew (cmake -DCMAKE_EXPORT_COMPILE_COMMANDS=ON), or give --flags to do without it"
_MOST_BYTES = 256 << 20
_LAUNCHERS = ("ccache", "sccache", "distcc", "icecc")
_COMPILER = re.compile(r"(g\+\+|gcc|clang\+\+|clang)(-\d+)?")
# Options whose value is the next word.
_PAIRED = re.compile(
    "-[DUIoxLluzT]|-M[FTQ]|-isystem|-iquote|-idirafter|-include|-imacros|-isysroot|--sysroot|--param|-arch|-target|"
    "-mllvm|-X(clang|linker|assembler|preprocessor)"
)
_JOINED = ("-isystem", "-iquote", "-idirafter", "-include", "-imacros", "-I", "-D", "-U")
_FOLDERS = ("-iquote", "-I", "-isystem", "-idirafter")
# They say how something is reported, traced or linked, or instrument the code; agentpar chooses these itself.
_DROPPED = re.compile(
    "-f(no-)?(sanitize|profile|diagnostics|color|max-errors|opt-info|save-opt|time-|plugin|pass-plugin|module|deps|"
    "debug|dump|syntax-only|test-cov|coverage|xray|stack-usage|use-ld|pch|PIC|pic|PIE|pie|(file|macro)-prefix-map)"
)
# The compiler's own and the C library's headers: those of the sandbox take their place.
_SYSTEM = re.compile(r"/usr/include(/c\+\+.*|/[^/]+-linux-gnu[^/]*)?|/usr/lib(32|64)?/(gcc|clang|llvm).*")


class Recorded(Frozen):
    """What a compilation database says of one file. Empty is what it does not say; `include` are absolute folders."""

    place: Path
    compiler: str
    standard: str
    flags: tuple[str, ...]
    include: tuple[str, ...]


def recorded_build(source: Path) -> Recorded | None:
    """How the nearest compilation database that lists a source builds it; None where there is none.

    Looked for beside the source and in each folder above it up to the repository's root, and in the build folders below
    these. A folder that all users share, as /tmp, ends the search: what lies there is nobody's project.

    Raises:
        TaskError: a database on the way is damaged, or builds the source in a way that agentpar cannot.
    """
    source = source.resolve()
    for place in _databases(source.parent):
        for entry in _entries(place):
            if _file_of(entry, place) == source:
                return _read_command(_words(entry, place), _directory_of(entry, place), place)
    return None


def _databases(folder: Path) -> Iterator[Path]:
    for above in (folder, *folder.parents):
        if _mode(above) & stat.S_ISVTX:
            return
        built = (below for name in _BUILD_FOLDERS for below in sorted(above.glob(name)))
        yield from (each / NAME for each in (above, *built) if stat.S_ISREG(_mode(each / NAME)))
        if _mode(above / ".git"):
            return


def _mode(path: Path) -> int:
    """The mode bits of a file or folder; 0 where it cannot be looked at."""
    try:
        return path.stat().st_mode
    except OSError:
        return 0


def _entries(place: Path) -> list[dict[str, Any]]:
    try:
        if place.stat().st_size > _MOST_BYTES:
            raise TaskError(f"{place}: larger than 256 MiB; give --flags to do without it")
        entries = json.loads(place.read_bytes())
    except OSError as error:
        raise TaskError(f"{place}: cannot be read: {error.strerror}; give --flags to do without it") from error
    except (ValueError, RecursionError) as error:
        raise TaskError(f"{place}: not a compilation database ({error}); {_MEND}") from error
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise TaskError(f"{place}: not a compilation database (no list of objects); {_MEND}")
    return entries


def _directory_of(entry: Mapping[str, Any], place: Path) -> Path:
    return place.parent / str(entry.get("directory", ""))


def _file_of(entry: Mapping[str, Any], place: Path) -> Path:
    file = entry.get("file")
    if not isinstance(file, str):
        raise TaskError(f'{place}: an entry has no "file"; {_MEND}')
    try:
        return (_directory_of(entry, place) / file).resolve()
    except (OSError, ValueError, RuntimeError):  # a loop of links, a NUL: it names no file, so not ours
        return Path()


def _words(entry: Mapping[str, Any], place: Path) -> list[str]:
    command, words = entry.get("command"), entry.get("arguments")
    if isinstance(command, str):
        try:
            words = shlex.split(command)
        except ValueError as error:
            raise TaskError(f"{place}: the command for {entry['file']} cannot be read ({error}); {_MEND}") from error
    if not isinstance(words, list) or not words or not all(isinstance(word, str) for word in words):
        raise TaskError(f'{place}: the entry for {entry["file"]} has neither "command" nor "arguments"; {_MEND}')
    if any(ord(character) < 32 for word in words for character in word):
        raise TaskError(f"{place}: the command for {entry['file']} holds control characters; {_MEND}")
    return words


def _read_command(words: list[str], directory: Path, place: Path) -> Recorded:
    while len(words) > 1 and Path(words[0]).name in _LAUNCHERS:
        words = words[1:]
    compiler = Path(words[0]).name
    standard, flags = "", []
    folders: dict[str, list[str]] = {option: [] for option in _FOLDERS}
    for option, value in _options(words[1:]):
        if option in _FOLDERS:
            folders[option].append(value)
        elif option in ("-D", "-U"):
            flags.append(option + value)
        elif option in ("-include", "-imacros"):
            _require_dispensable(value, place)
        elif option.startswith(("-std=", "--std=")):
            standard = option.partition("=")[2]
        elif option == "-pthread" or (option.startswith(("-O", "-f", "-m")) and not value):
            flags += [] if _DROPPED.match(option) else [option]
    return Recorded(
        place=place,
        compiler=compiler if _COMPILER.fullmatch(compiler) else "",
        standard=standard,
        flags=tuple(flags),
        include=_existing((f for each in folders.values() for f in each), directory),
    )


def _options(words: list[str]) -> Iterator[tuple[str, str]]:
    """Options with their values, whether these are written apart or joined; what is no option is left out."""
    rest = iter(words)
    for word in rest:
        joined = next((option for option in _JOINED if word.startswith(option) and word != option), "")
        if _PAIRED.fullmatch(word):
            yield word, next(rest, "")
        elif joined:
            yield joined, word.removeprefix(joined)
        elif word.startswith("-"):
            yield word, ""


def _require_dispensable(header: str, place: Path) -> None:
    """A header that CMake precompiled only saves time; any other that is forced in may change what the source means."""
    if not Path(header).name.startswith("cmake_pch."):
        raise TaskError(
            f"{place}: the source is built with `-include {header}`, which agentpar cannot do; "
            "include that header in the source, or give --flags to build without it"
        )


def _existing(written: Iterator[str], directory: Path) -> tuple[str, ...]:
    """Compilers pass over folders that do not exist, as those that a build has yet to make."""
    folders = [(directory / each).resolve() for each in written]
    found = [str(each) for each in folders if stat.S_ISDIR(_mode(each)) and not _SYSTEM.fullmatch(str(each))]
    return tuple(dict.fromkeys(found))

"""Loads a task from flags, a folder or a `task.toml`; whatever is wrong is told in one line, with place and mend."""

import difflib
import os
import re
import stat
import tomllib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from agentpar.compile_commands import recorded_build
from agentpar.errors import TaskError
from agentpar.includes import as_one
from agentpar.languages.cpp import list_functions
from agentpar.languages.inputs import parse_benchmark, parse_ranges, parse_sizes, require_readable
from agentpar.languages.python import list_python_functions
from agentpar.open_targets import considered
from agentpar.sections import joined, names_of
from agentpar.task import (
    HYBRID,
    MOST_NAME,
    MOST_RANKS,
    PYTHON_TARGETS,
    RANKS_TARGETS,
    SUFFIXES,
    Build,
    Task,
    TaskFile,
    is_before_cpp17,
)

_UNFIT = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")
_MOST_SOURCE_BYTES = 4 << 20
_MOST_SHOWN = 80
_PYTHON_TARGET_MS = 100.0  # handing work to another process takes the better part of a millisecond

# Option (a CLI flag or a keyword of the library) to its place in the task file.
_PLACES: dict[str, tuple[str, ...]] = {
    "target": ("target",), "seed": ("seed",), "function": ("entry",), "name": ("name",),
    "sizes": ("inputs", "sizes"), "ranges": ("inputs", "ranges"), "benchmark": ("inputs", "benchmark"),
    "example": ("inputs", "example"), "tests": ("test_files",),
    "rtol": ("compare", "rtol"), "atol": ("compare", "atol"), "bitwise": ("compare", "bitwise"),
    "compiler": ("build", "compiler"), "standard": ("build", "standard"), "flags": ("build", "flags"),
    "include": ("build", "include"), "file": ("source",), "build": ("commands", "build"),
    "test": ("commands", "test"), "bench": ("commands", "bench"), "metric": ("commands", "metric"),
    "direction": ("commands", "direction"), "threads": ("measure", "threads"), "pairs": ("measure", "pairs"),
    "target_ms": ("measure", "target_ms"), "candidates": ("budget", "candidates"), "seconds": ("budget", "seconds"),
    "tokens": ("budget", "tokens"), "model": ("model", "name"), "temperatures": ("model", "temperatures"),
    "thinking": ("model", "thinking"), "strategy": ("search", "strategy"),
}  # fmt: skip
_FLAGS = {"temperatures": "--temperature", "standard": "--std"}


def load_task(target: str, options: Mapping[str, Any] | None = None) -> Task:
    """Load `FILE::FUNCTION`, a task folder, or a `task.toml`; `options` override what a file says.

    Raises:
        TaskError: one line that names the place and the mend.
    """
    given = {name: value for name, value in (options or {}).items() if _says_something(name, value)}
    for words in (target, *(value for value in given.values() if isinstance(value, str))):
        if _UNFIT.search(words):
            raise TaskError(f"{words[:_MOST_SHOWN]!r} holds control characters, or bytes that are no UTF-8")
    file, _, entry = target.partition("::")
    path = Path(file)
    if _is(stat.S_ISDIR, path):
        if given.get("file") and not _is(stat.S_ISREG, path / "task.toml"):
            return _build({"entry": entry}, path, f"{path}", given)
        path = path / "task.toml"
    if path.suffix == ".toml":
        return _build(_read_toml(path), path.parent, f"{path}", {"function": entry, **given} if entry else given)
    # `ns::f` is no file, but a missing file is said to be missing.
    is_source = path.suffix in (*SUFFIXES, ".py")
    if entry or (is_source and given.get("function")):
        if given.get("file"):
            given["file"] = _beside(path, given["file"])
        return _build({"source": path.name, "entry": entry}, path.parent, f"{path}", given)
    if is_source and _is(stat.S_ISREG, path):
        listed = list_python_functions if path.suffix == ".py" else list_functions
        known = ", ".join(f"{path}::{name}" for name in listed(read_source(path))[:8])
        raise TaskError(f"{target} names a file, not a function; name one of: {known or 'it defines none'}")
    raise TaskError(f"{target!r} names no task; give FILE::FUNCTION, a folder with a task.toml, or a task.toml")


def _beside(path: Path, given: str | Sequence[str]) -> tuple[str, ...]:
    """A file and others, which are named from where the user is, by their ways from its folder."""
    own, *others = (Path(os.path.realpath(each.parent)) / each.name for each in (path, *map(Path, _listed(given))))
    return (path.name, *(os.path.relpath(each, own.parent) for each in others if each != own))


def _listed(given: str | Sequence[str]) -> Sequence[str]:
    return (given,) if isinstance(given, str) else given


def _says_something(name: str, value: object) -> bool:
    return name != "run_dir" and value is not None and value not in ((), "")


def _is(kind: Callable[[int], bool], path: Path) -> bool:
    """Whether a path leads to a file of a kind; what cannot be looked at does not."""
    try:
        return kind(path.stat().st_mode)
    except OSError:
        return False


def _read_toml(path: Path) -> dict[str, Any]:
    if not _is(lambda _: True, path):
        raise TaskError(f"{path}: no such file; a task folder holds a task.toml (see docs/tasks.md)")
    try:
        return tomllib.loads(read_source(path).removeprefix("\ufeff"))
    except TaskError:
        raise
    except (RecursionError, ValueError) as error:
        raise TaskError(f"{path}: cannot be read as TOML: {error}") from error


def _build(values: dict[str, Any], folder: Path, place: str, options: Mapping[str, Any]) -> Task:
    root = Path(os.path.realpath(folder))  # which takes links that go round for what they are
    says_all = "build" in values or "flags" in options
    _override(values, options, place)
    if "commands" in values:
        values.setdefault("oracle", "command")
    if values.get("test_files"):
        values.setdefault("oracle", "pytest")
    is_python = str(values.get("source", "")).endswith(".py")
    if is_open := values.get("target") == "auto" and not is_python:
        values["target"] = "openmp"  # until one is chosen
    elif values.get("target") == "auto":
        del values["target"]  # of Python's two, ranks are asked for
    try:
        file = TaskFile.model_validate(values)
    except ValidationError as error:
        raise TaskError(_first_problem(error, place, options)) from error
    if (file.oracle == "command") != (file.commands is not None):
        raise TaskError(f"{place}: the oracle `command` and a [commands] table go together; see docs/tasks.md")
    paths, source, tests = _texts(file, root, place)
    path, *others = paths
    _refuse_unheeded(file, path, place, options)
    require_readable(file.inputs.sizes, file.inputs.ranges, lambda key: _where(("inputs", key), place, options))
    file = _fitted(file, path, place, options)
    for name in file.test_files:
        read_source(root / name)
    # A C++ scope in the entry says nothing for a file name.
    plain = "".join(c if c.isalnum() else "-" for c in file.entry or path.stem).strip("-")[:MOST_NAME]
    build, origin = _complete(file.build, path, looks_up=not says_all)
    if others and file.oracle == "reference":
        source = as_one(source, names_of(root, paths), [root / folder for folder in build.include])
    if file.target == "stdpar" and (path.suffix == ".c" or is_before_cpp17(build.standard)):
        is_c = path.suffix == ".c"
        why = f"is for C++, and {path.name} is C" if is_c else f"needs C++17 or newer, not {build.standard}"
        raise TaskError(f"{_where(('target',), place, options)}: stdpar {why}")
    reasons = considered(path, build, file, is_several=bool(others)) if is_open else {}
    open_targets = tuple(target for target, why in reasons.items() if not why)
    if file.owners and not open_targets and file.target not in RANKS_TARGETS:
        raise TaskError(f"{place}: owners: only ranks own data; target {file.target} has none")
    # What is called the serial and the parallel gain needs the time at one.
    threads = tuple(sorted({1, *file.measure.threads})) if file.measure.threads else ()
    is_ranks = file.target in RANKS_TARGETS and file.target != HYBRID
    most, what = (MOST_RANKS, "numbers of ranks") if is_ranks else (1024, "thread counts")
    if wrong := [n for n in threads if not 1 <= n <= most]:
        where = _where(("measure", "threads"), place, options)
        raise TaskError(f"{where}: {what} lie between 1 and {most}, not {wrong[0]}")
    return Task.model_validate(
        {
            **file.model_dump(),
            "name": file.name or plain,
            "root": root,
            "path": path,
            "others": tuple(others),
            "source": source,
            "tests": tests,
            "build": build,
            "build_origin": origin,
            "target": open_targets[0] if open_targets else file.target,
            "targets": open_targets,
            "measure": file.measure.model_copy(update={"threads": threads}),
        }
    )


def _texts(file: TaskFile, root: Path, place: str) -> tuple[tuple[Path, ...], str, str]:
    """The source's paths, its text, and the text of the tests; of a specification there is no source yet."""
    if not file.specification.tests:
        if not any(file.source):
            raise TaskError(f"{place}: the key 'source' is missing; without code, give a [specification] with `tests`")
        if len(file.source) > 1:
            return _several(file, root, place)
        (name,) = file.source
        return (root / name,), read_source(root / name), ""
    path = root / next(filter(None, file.source), f"{file.entry}.cpp")
    if not re.fullmatch(r"[A-Za-z_]\w*", file.entry) or path.suffix not in (".cpp", ".cc", ".cxx"):
        raise TaskError(f"{place}: a specification is of a C++ function with a plain name, not {file.entry!r}")
    if path.exists():
        raise TaskError(f"{path}: is there already, and a specification is of code that is not; leave one of them out")
    if not file.description.strip():
        raise TaskError(f"{place}: description: a specification says in prose what is wanted")
    tests = read_source(root / file.specification.tests)
    if not tests.strip():
        raise TaskError(f"{root / file.specification.tests}: holds no tests")
    return (path,), "", tests


def _several(file: TaskFile, root: Path, place: str) -> tuple[tuple[Path, ...], str, str]:
    """The same of several files that are changed together."""
    paths = [Path(os.path.normpath(root / name)) for name in file.source]
    suffixes = {path.suffix for path in paths}
    if file.oracle != "command" and (odd := [path.name for path in paths if path.suffix not in SUFFIXES]):
        raise TaskError(
            f"{place}: source: several files are of C and C++, and {odd[0]} is not, or its own commands judge them "
            f"(see docs/tasks.md); name the one that defines {file.entry or 'the function'}"
        )
    texts = {path: read_source(path) for path in paths}
    if len({suffix in SUFFIXES for suffix in suffixes}) > 1 or len({path.resolve() for path in paths}) < len(paths):
        raise TaskError(f"{place}: source: name each file once, all in C and C++ or none")
    if file.oracle != "command":
        if ".c" in suffixes and suffixes - {".c", ".h"}:
            raise TaskError(f"{place}: source: several files are built as one source, all in C or all in C++")
        if file.target == "cuda":
            raise TaskError(f"{place}: source: for target cuda name one file: nvcc builds it alone")
        if marked := next((path for path, text in texts.items() if text.startswith("\ufeff")), None):
            raise TaskError(f"{marked}: begins with a byte order mark, which one of several files must not have")
        paths.sort(key=lambda path: not _defines(texts[path], file.entry))
        if ".c" in suffixes:
            paths.sort(key=lambda path: path.suffix != ".c")  # the first says what language it is
    names = names_of(root, paths)
    return tuple(paths), joined({names[path]: texts[path] for path in texts}), ""


def _defines(text: str, entry: str) -> bool:
    plain = entry.partition("<")[0].strip().removeprefix("::")
    return any(name == plain or name.endswith(f"::{plain}") for name in list_functions(text))


def _refuse_unheeded(file: TaskFile, path: Path, place: str, options: Mapping[str, Any]) -> None:
    """Raises TaskError for a key that says nothing for this kind of task: it would be passed over in silence."""
    inputs, compare, build = (
        [(name, key) for key in sorted(table.model_fields_set)]
        for name, table in (("inputs", file.inputs), ("compare", file.compare), ("build", file.build))
    )
    if file.oracle == "command":
        unheeded, why = inputs + compare, "says nothing where a project's own commands judge"
    elif path.suffix == ".py":
        unheeded, why = build, "is for C and C++"
    else:
        unheeded, why = [each for each in inputs if each == ("inputs", "example")], "is for Python"
    if unheeded:
        raise TaskError(f"{_where(unheeded[0], place, options)}: {why}; leave it out")


def _fitted(file: TaskFile, path: Path, place: str, options: Mapping[str, Any]) -> TaskFile:
    """The task with its language's defaults. Raises TaskError where the target is for another language."""
    if path.suffix != ".py" or file.oracle == "command":
        if file.test_files:
            raise TaskError(
                f"{_where(('test_files',), place, options)}: pytest is for Python; see --test for other tests"
            )
        if file.target in PYTHON_TARGETS:
            why = "a project's own commands judge" if path.suffix == ".py" else f"{path.name} is not"
            raise TaskError(f"{_where(('target',), place, options)}: {file.target} is for Python functions, and {why}")
        return file
    if (file.oracle == "pytest") != bool(file.test_files):
        raise TaskError(f"{place}: the oracle `pytest` and `test_files` go together; see docs/tasks.md")
    if "target" not in file.model_fields_set:
        file = file.model_copy(update={"target": PYTHON_TARGETS[0]})
    if file.target not in PYTHON_TARGETS:
        known = ", ".join(PYTHON_TARGETS)
        raise TaskError(f"{_where(('target',), place, options)}: Python has {known}, not {file.target}")
    if file.test_files and file.target in RANKS_TARGETS:
        raise TaskError(
            f"{place}: tests call one process, not ranks; leave them out, or take target {PYTHON_TARGETS[0]}"
        )
    if "target_ms" not in file.measure.model_fields_set:
        measure = file.measure.model_copy(update={"target_ms": _PYTHON_TARGET_MS})
        file = file.model_copy(update={"measure": measure})
    return file


def _complete(build: Build, path: Path, *, looks_up: bool) -> tuple[Build, str]:
    """The build with every key filled in, and the compilation database that some came from, if one did."""
    if path.suffix == ".py":
        return build.model_copy(update={"compiler": "python3", "flags": ()}), ""
    is_c = path.suffix == ".c"
    recorded = recorded_build(path) if looks_up else None
    keys: dict[str, Any] = {"compiler": "gcc" if is_c else "g++", "standard": "gnu11" if is_c else "c++17"}
    if recorded is not None:
        # Without -std a compiler takes its own default: GNU's dialect of 2017 in those of the sandbox.
        keys |= {"standard": "gnu17" if is_c else "gnu++17", "flags": recorded.flags, "include": recorded.include}
        keys |= {key: said for key in ("compiler", "standard") if (said := getattr(recorded, key))}
    keys |= {key: said for key in build.model_fields_set if (said := getattr(build, key))}
    return build.model_copy(update=keys), str(recorded.place) if recorded is not None else ""


def _override(values: dict[str, Any], options: Mapping[str, Any], place: str) -> None:
    for option, given in options.items():
        value = given
        if option not in _PLACES:
            raise TaskError(f"unknown option {option!r}; {_near(option, list(_PLACES))}")
        if option == "sizes" and isinstance(value, str):
            value = parse_sizes(value)
        if option == "ranges" and isinstance(value, str):
            value = parse_ranges(value)
        if option == "benchmark" and isinstance(value, str):
            value = parse_benchmark(value)
        *above, last = _PLACES[option]
        inner = values
        for key in above:
            inner = _table(inner, key, place)
        inner[last] = {**_table(inner, last, place), **value} if isinstance(value, dict) else value


def _table(values: dict[str, Any], key: str, place: str) -> dict[str, Any]:
    table = values.setdefault(key, {})
    if not isinstance(table, dict):
        raise TaskError(f"{place}: {key}: a table is wanted, not {_shown(table)}")
    return table


def _first_problem(error: ValidationError, place: str, options: Mapping[str, Any]) -> str:
    # A key that is not known may be the one that is missing, misspelt.
    problem: Any = min(error.errors(), key=lambda each: each["type"] != "extra_forbidden")
    if problem["loc"][:1] == ("source",):
        problem["loc"] = ("source",)  # of one name nobody wants to hear that it is the first
    key = _key(problem["loc"])
    if problem["type"] == "extra_forbidden":
        near = _near(str(problem["loc"][-1])[:_MOST_SHOWN], _known_keys(problem["loc"][:-1]))
        return f"{place}: unknown key {key!r}; {near}"
    if problem["type"] == "missing":
        option = next((f", or the option --{name}" for name, keys in _PLACES.items() if keys == problem["loc"]), "")
        return f"{place}: the key {key!r} is missing{option if problem['loc'][0] == 'commands' else ''}"
    said = f"{problem['msg'][0].lower()}{problem['msg'][1:]}, not {_shown(problem['input'])}"
    if problem["loc"] == ("target",):
        said = said.replace("be 'openmp'", "be 'auto', 'openmp'")  # which stands for one of the others
    return f"{_where(problem['loc'], place, options)}: {said}"


def _where(loc: tuple[int | str, ...], place: str, options: Mapping[str, Any]) -> str:
    """Where the user wrote a value: the option, or the file and its key."""
    for option, keys in _PLACES.items():
        if option in options and loc[: len(keys)] == keys:
            flag = _FLAGS.get(option, f"--{option.replace('_', '-')}")
            return f"{flag}: {_key(inner)}" if (inner := loc[len(keys) :]) else flag
    return f"{place}: {_key(loc)}"


def _key(loc: tuple[int | str, ...]) -> str:
    parts = [str(part)[:_MOST_SHOWN] for part in loc]
    return ".".join(part if part.isprintable() else repr(part) for part in parts)


def _shown(value: object) -> str:
    return text if len(text := repr(value)) <= _MOST_SHOWN else f"{text[:_MOST_SHOWN]}…"


def _known_keys(place: tuple[int | str, ...]) -> list[str]:
    model: Any = TaskFile
    for part in place:
        model = model.model_fields[str(part)].annotation
    return list(model.model_fields)


def _near(word: str, known: list[str]) -> str:
    near = difflib.get_close_matches(word, known, n=1)
    return f"did you mean {near[0]!r}?" if near else f"known: {', '.join(known)}"


def read_source(path: Path) -> str:
    """A source file's text, line ends and all.

    Raises:
        TaskError: the file is missing, too large, or not UTF-8 text.
    """
    try:
        about = path.stat()
        if not stat.S_ISREG(about.st_mode):
            raise TaskError(f"{path}: not a regular file")
        if about.st_size > _MOST_SOURCE_BYTES:
            raise TaskError(f"{path}: larger than 4 MiB; point agentpar at the file that holds the function")
        data = path.read_bytes()
    except FileNotFoundError as error:
        siblings = path.parent.glob("*") if path.parent.is_dir() else ()
        # By stems: a suffix in common makes any two short names look alike.
        names = {p.stem: p.name for p in sorted(siblings, reverse=True) if p.suffix in (*SUFFIXES, ".py")}
        near = difflib.get_close_matches(path.stem, names, n=1)
        raise TaskError(f"{path}: no such file" + (f"; did you mean {names[near[0]]}?" if near else "")) from error
    except OSError as error:
        raise TaskError(f"{path}: cannot be read: {error.strerror}") from error
    if b"\0" in data:
        raise TaskError(f"{path}: a binary file, not source")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise TaskError(f"{path}:{line}: not UTF-8; convert it, for example `iconv -f latin1 -t utf-8`") from error

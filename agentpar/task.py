"""What the user wants: the task's model, and its loaders from flags, a folder or a `task.toml`."""

import difflib
import stat
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, ValidationError

from agentpar.errors import TaskError
from agentpar.languages.cpp import list_functions
from agentpar.languages.inputs import parse_ranges, parse_sizes
from agentpar.verdict import Frozen

_MOST_SOURCE_BYTES = 4 << 20
_SUFFIXES = (".cpp", ".cc", ".cxx", ".c++", ".c", ".hpp", ".h")


class Compare(Frozen):
    """How outputs are compared with the reference's."""

    rtol: float | None = Field(None, ge=0)
    """Relative tolerance; None scales with the type's epsilon and the length of sums."""
    atol: float | None = Field(None, ge=0)
    """Absolute tolerance; None is 0."""
    bitwise: bool = False
    """Ask for exact reproducibility."""
    code: str = ""
    """A C++ file, relative to the task folder, that defines `agentpar_difference`."""


class Inputs(Frozen):
    """Overrides for what the judge generates."""

    sizes: dict[str, str] = {}
    """Sizes tied together: parameter to an expression over dimensions, `{"A": "M*K"}`; levels of nests by `;`."""
    ranges: dict[str, tuple[float, float]] = {}
    """Parameter to the closed interval of its values or elements."""
    generators: dict[str, Literal["uniform", "sorted", "permutation", "offsets", "constant"]] = {}
    """Parameter to a named generator; see docs/tasks.md."""
    code: str = ""
    """A C++ file, relative to the task folder, that defines `agentpar_inputs`."""
    benchmark: dict[str, int] = {}
    """Dimension to its size in timed runs; empty lets agentpar choose."""


class Build(Frozen):
    """How the user builds the source today; the baseline is built with exactly this."""

    compiler: str = ""
    """Empty means g++ for C++ and gcc for C."""
    standard: str = ""
    """Empty means c++17 for C++ and gnu11 for C."""
    flags: tuple[str, ...] = ("-O2",)
    include: tuple[str, ...] = ()
    """Folders to search for headers, relative to the task folder."""


class Measure(Frozen):
    """The paired experiment."""

    threads: tuple[int, ...] = ()
    """Thread counts to time, ascending; empty means 1, then powers of two up to the machine's cores."""
    pairs: int = Field(40, ge=6, le=400)
    """The most pairs of baseline and candidate for each thread count; fewer where the answer is clear earlier."""
    target_ms: float = Field(20.0, gt=0)
    """Sizes are chosen so that the baseline takes about this long."""


class Budget(Frozen):
    """Totals over all sessions of a run."""

    candidates: int = Field(40, ge=1)
    """Verdicts."""
    seconds: float = Field(600.0, gt=0)
    """Wall seconds while the run is active."""


class Task(Frozen):
    """One coding task.

    `source` is the whole text of the file at `path`; `root` is the folder that include folders and C++ overrides are
    relative to. `entry` is a function's name, qualified or with template arguments where needed.
    """

    name: str
    description: str = ""
    root: Path
    path: Path
    source: str
    entry: str
    target: Literal["openmp"] = "openmp"
    oracle: Literal["reference"] = "reference"
    inputs: Inputs = Inputs()
    compare: Compare = Compare()
    build: Build = Build()
    measure: Measure = Measure()
    budget: Budget = Budget()
    seed: int = 0


class _TaskFile(Frozen):
    """The keys of a `task.toml`."""

    name: str = ""
    description: str = ""
    source: str
    entry: str
    target: Literal["openmp"] = "openmp"
    oracle: Literal["reference"] = "reference"
    inputs: Inputs = Inputs()
    compare: Compare = Compare()
    build: Build = Build()
    measure: Measure = Measure()
    budget: Budget = Budget()
    seed: int = 0


# Option (a CLI flag or a keyword of the library) to its place in the task file.
_PLACES: dict[str, tuple[str, ...]] = {
    "target": ("target",), "seed": ("seed",), "function": ("entry",), "name": ("name",),
    "sizes": ("inputs", "sizes"), "ranges": ("inputs", "ranges"), "benchmark": ("inputs", "benchmark"),
    "rtol": ("compare", "rtol"), "atol": ("compare", "atol"), "bitwise": ("compare", "bitwise"),
    "compiler": ("build", "compiler"), "standard": ("build", "standard"), "flags": ("build", "flags"),
    "include": ("build", "include"), "threads": ("measure", "threads"), "pairs": ("measure", "pairs"),
    "target_ms": ("measure", "target_ms"), "candidates": ("budget", "candidates"), "seconds": ("budget", "seconds"),
}  # fmt: skip


def load_task(target: str, options: Mapping[str, Any] | None = None) -> Task:
    """Load `FILE::FUNCTION`, a task folder, or a `task.toml`; `options` override what a file says.

    Raises:
        TaskError: one line that names the place and the mend.
    """
    file, separator, entry = target.partition("::")
    path = Path(file)
    # `ns::f` is no file: only an existing path (or something that looks like a source) is one.
    if separator and not path.is_dir():
        values: dict[str, Any] = {"source": path.name, "entry": entry}
        return _build(values, path.parent.resolve(), f"{path}", options or {})
    if path.is_dir():
        path = path / "task.toml"
    if path.suffix == ".toml":
        return _build(_read_toml(path), path.parent.resolve(), f"{path}", options or {})
    if path.suffix in _SUFFIXES and options and options.get("function"):
        return _build({"source": path.name, "entry": ""}, path.parent.resolve(), f"{path}", options)
    if path.suffix in _SUFFIXES and path.is_file():
        known = ", ".join(f"{path}::{name}" for name in list_functions(read_source(path))[:8])
        raise TaskError(f"{target} names a file, not a function; name one of: {known or 'it defines none'}")
    raise TaskError(f"{target!r} names no task; give FILE::FUNCTION, a folder with a task.toml, or a task.toml")


def _read_toml(path: Path) -> dict[str, Any]:
    if not path.exists():
        raise TaskError(f"{path}: no such file; a task folder holds a task.toml (see docs/tasks.md)")
    try:
        return tomllib.loads(read_source(path))
    except (RecursionError, tomllib.TOMLDecodeError) as error:
        raise TaskError(f"{path}: cannot be read as TOML: {error}") from error


def _build(values: dict[str, Any], root: Path, place: str, options: Mapping[str, Any]) -> Task:
    _override(values, options)
    try:
        file = _TaskFile.model_validate(values)
    except ValidationError as error:
        raise TaskError(f"{place}: {_first_problem(error)}") from error
    path = root / file.source
    source = read_source(path)
    # A C++ scope in the entry says nothing for a file name.
    plain = "".join(c if c.isalnum() else "-" for c in file.entry).strip("-")
    is_c = path.suffix == ".c"
    build = file.build.model_copy(
        update={
            "compiler": file.build.compiler or ("gcc" if is_c else "g++"),
            "standard": file.build.standard or ("gnu11" if is_c else "c++17"),
        }
    )
    threads = tuple(sorted(set(file.measure.threads)))
    if any(not 1 <= n <= 1024 for n in threads):
        raise TaskError(f"{place}: measure.threads: thread counts lie between 1 and 1024")
    kept = file.model_dump(exclude={"name", "source"})
    return Task.model_validate(
        {
            **kept,
            "name": file.name or plain,
            "root": root,
            "path": path,
            "source": source,
            "build": build,
            "measure": file.measure.model_copy(update={"threads": threads}),
        }
    )


def _override(values: dict[str, Any], options: Mapping[str, Any]) -> None:
    for option, given in options.items():
        value = given
        if value is None or value in ((), "") or option == "run_dir":
            continue
        if option not in _PLACES:
            raise TaskError(f"unknown option {option!r}; {_near(option, list(_PLACES))}")
        if option == "sizes" and isinstance(value, str):
            value = parse_sizes(value)
        if option == "ranges" and isinstance(value, str):
            value = parse_ranges(value)
        if option == "benchmark" and isinstance(value, str):
            value = {k: int(v) if v.isdecimal() else v for k, v in parse_sizes(value).items()}
        *above, last = _PLACES[option]
        inner = values
        for key in above:
            inner = inner.setdefault(key, {})
        inner[last] = {**inner.get(last, {}), **value} if isinstance(value, dict) else value


def _first_problem(error: ValidationError) -> str:
    problem = error.errors()[0]
    key = ".".join(str(part) for part in problem["loc"])
    if problem["type"] == "extra_forbidden":
        return f"unknown key {key!r}; {_near(key.rpartition('.')[2], _known_keys(problem['loc'][:-1]))}"
    if problem["type"] == "missing":
        return f"the key {key!r} is missing"
    return f"{key}: {problem['msg'][0].lower()}{problem['msg'][1:]}, not {problem['input']!r}"


def _known_keys(place: tuple[int | str, ...]) -> list[str]:
    model: Any = _TaskFile
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
        siblings = [p.name for p in path.parent.glob("*") if p.suffix in _SUFFIXES] if path.parent.is_dir() else []
        near = difflib.get_close_matches(path.name, siblings, n=1)
        raise TaskError(f"{path}: no such file" + (f"; did you mean {near[0]}?" if near else "")) from error
    except OSError as error:
        raise TaskError(f"{path}: cannot be read: {error.strerror}") from error
    if b"\0" in data:
        raise TaskError(f"{path}: a binary file, not source")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise TaskError(f"{path}:{line}: not UTF-8; convert it, for example `iconv -f latin1 -t utf-8`") from error

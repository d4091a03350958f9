"""What the user wants: the task's model, and its loaders from flags, a folder or a `task.toml`."""

import difflib
import re
import stat
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError

from agentpar.compile_commands import recorded_build
from agentpar.errors import TaskError
from agentpar.languages.cpp import list_functions
from agentpar.languages.inputs import parse_benchmark, parse_ranges, parse_sizes
from agentpar.languages.python import list_python_functions
from agentpar.verdict import Frozen

_UNFIT = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")
_MOST_SOURCE_BYTES = 4 << 20
_MOST_NAME = 50  # characters of up to 4 bytes: with its stamp it names a folder of at most 255
_MOST_SHOWN = 80
_MOST_RANKS = 32  # each takes room in the shared memory of a sandbox
SUFFIXES = (".cpp", ".cc", ".cxx", ".c++", ".c", ".hpp", ".h")
"""Of C and C++ files."""


Target = Literal["openmp", "threads", "stdpar", "mpi", "cuda", "multiprocessing"]
"""The parallel model that is asked for."""
_OPEN_TARGETS: tuple[Target, ...] = ("openmp", "threads", "stdpar")
PYTHON_TARGETS: tuple[Target, ...] = ("multiprocessing",)
_PYTHON_TARGET_MS = 100.0  # handing work to another process takes the better part of a millisecond

# What ends up in a command line, a path or one line of a message.
_Line = Annotated[str, Field(pattern=r"^[^\x00-\x1f\x7f]*$", max_length=4096)]
_Size = Annotated[int, Field(ge=1, le=1 << 40)]
_Bound = Annotated[float, Field(allow_inf_nan=False)] | _Line
_Name = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$", max_length=100)]


Owner = Literal["replicated", "root", "blocks"]
"""Which rank has which part of a parameter's data: each has all, rank 0 has, each has a block of rows."""


class Compare(Frozen):
    """How outputs are compared with the reference's."""

    rtol: float | None = Field(None, ge=0, allow_inf_nan=False)
    """Relative tolerance; None scales with the type's epsilon and the length of sums."""
    atol: float | None = Field(None, ge=0, allow_inf_nan=False)
    """Absolute tolerance; None is 0."""
    bitwise: bool = False
    """Ask for exact reproducibility."""
    code: _Line = ""
    """A file of C++ or Python, relative to the task folder, that defines `agentpar_difference`."""


class Inputs(Frozen):
    """Overrides for what the judge generates."""

    sizes: dict[str, _Line] = {}
    """Sizes tied together: parameter to an expression over dimensions, `{"A": "M*K"}`; levels of nests by `;`."""
    ranges: dict[str, tuple[_Bound, _Bound]] = {}
    """Parameter to the closed interval of its values or elements; a bound may be an expression over dimensions."""
    generators: dict[str, Literal["uniform", "sorted", "permutation", "offsets", "graph", "constant"]] = {}
    """Parameter to a named generator; see docs/tasks.md."""
    example: _Line = ""
    """Python: a call such as `smooth(np.zeros((64, 64)), 3)`, whose types and lengths say what inputs are like."""
    code: _Line = ""
    """A file of C++ or Python, relative to the task folder, that defines `agentpar_inputs`."""
    benchmark: dict[_Name, _Size] = {}
    """Dimension to its size in timed runs; empty lets agentpar choose."""


class Build(Frozen):
    """How the user builds the source today; the baseline is built with exactly this."""

    compiler: _Line = ""
    """Empty means g++ for C++ and gcc for C."""
    standard: _Line = ""
    """Empty means c++17 for C++ and gnu11 for C."""
    flags: tuple[_Line, ...] = ("-O2",)
    include: tuple[_Line, ...] = ()
    """Folders to search for headers, relative to the task folder."""


class Commands(Frozen):
    """How an existing project is built, tested and timed: command lines of a shell, run in the task's folder."""

    build: _Line = ""
    """Builds the project, and builds again what is out of date; empty where nothing is built."""
    test: _Line
    """Exits with 0 where the project is right."""
    bench: _Line
    """Does the work that is timed."""
    metric: _Line = ""
    """Where in the bench command's output its figure is: a regular expression with one group, or a JSON path that
    begins with `$`. Empty takes the command's wall time.
    """
    direction: Literal["smaller", "larger"] = "smaller"
    """Which figure is better."""


class Cuda(Frozen):
    """What a candidate of the target `cuda` is called with, and what it is compiled for."""

    pointers: Literal["host", "device"] = "host"
    """`host`: the entry takes host data, and transfers are the candidate's, on the clock. `device`: pointer parameters
    are the device's, and the harness copies in and out, off the clock."""
    architecture: str = Field("", pattern=r"^(sm_[0-9]{2,3}[af]?)?$")
    """Such as `sm_90`; empty means the device's own, or `sm_80` where there is none."""


class Measure(Frozen):
    """The paired experiment."""

    threads: tuple[int, ...] = ()
    """Thread counts to time, ascending; empty means 1, then powers of two up to the machine's cores."""
    pairs: int = Field(40, ge=6, le=400)
    """The most pairs of baseline and candidate for each thread count; fewer where the answer is clear earlier."""
    target_ms: float = Field(20.0, gt=0, le=60_000)
    """Sizes are chosen so that the baseline takes about this long."""


class Budget(Frozen):
    """Totals over all sessions of a run."""

    candidates: int = Field(40, ge=1, le=1_000_000_000)
    """Verdicts."""
    seconds: float = Field(600.0, gt=0, le=1e9)
    """Wall seconds while the run is active."""
    tokens: int | None = Field(None, ge=1, le=1_000_000_000_000)
    """Tokens of the model, in and out; None sets no limit."""
    gpu_seconds: float | None = Field(None, gt=0, le=1e9)
    """Seconds that requests to the model took, summed; None sets no limit."""


class ModelOptions(Frozen):
    """The model that proposes, and how it is asked."""

    name: _Line = "none"
    """`none`, `vllm:NAME`, `http://HOST:PORT/v1` or `replay:FILE`; see docs/models.md."""
    temperatures: tuple[Annotated[float, Field(ge=0, le=2)], ...] = Field((0.4, 0.9), min_length=1, max_length=8)
    """The search learns which of them pays."""
    samples: int = Field(4, ge=1, le=64)
    """Versions that are asked for at a time."""
    max_tokens: int = Field(4096, ge=64, le=1 << 20)
    """Of one reply, thinking included."""
    thinking: bool | None = None
    """Whether the model thinks before it answers; None leaves it to the model."""


class SearchOptions(Frozen):
    """How the search goes."""

    strategy: Literal["evolve", "best-of-n", "refine"] = "evolve"
    """See docs/search.md."""


class Specification(Frozen):
    """What says what is right where there is no code yet; `description` says in prose what is wanted."""

    tests: _Line = ""
    """A C++ program with asserts, relative to the task folder, that declares the entry."""


class _Wanted(Frozen):
    """What is wanted of a function: the keys that a task and its file share."""

    name: str = Field("", pattern=r"^[^/\x00-\x1f\x7f]*$", max_length=_MOST_NAME)
    description: str = ""
    entry: _Line
    target: Target = "openmp"
    oracle: Literal["reference", "command", "pytest"] = "reference"
    test_files: tuple[_Line, ...] = ()
    """Python: the tests that say what is right, for pytest; paths relative to the task folder."""
    commands: Commands | None = None
    specification: Specification = Specification()
    inputs: Inputs = Inputs()
    owners: dict[str, Owner] = {}
    """With ranks, who has what before and after a call; what is not named is replicated. The result is `return`."""
    compare: Compare = Compare()
    build: Build = Build()
    cuda: Cuda = Cuda()
    measure: Measure = Measure()
    budget: Budget = Budget()
    model: ModelOptions = ModelOptions()
    search: SearchOptions = SearchOptions()
    seed: int = Field(0, ge=-(1 << 62), le=1 << 62)


class _TaskFile(_Wanted):
    """The keys of a `task.toml`. Of a specification, `source` is the file that its code will be written to."""

    source: _Line = ""


class Task(_Wanted):
    """One coding task.

    `source` is the whole text of the file at `path`; `root` is the folder that include folders and C++ overrides are
    relative to. `entry` is a function's name, qualified or with template arguments where needed. `build_origin` is the
    compilation database that `build` was read from, if it was. `tests` is the text of a specification's tests; its
    `source` is empty until it was written.
    """

    root: Path
    path: Path
    source: str
    tests: str = ""
    build_origin: str = ""
    targets: tuple[Target, ...] = ()

    @property
    def is_unwritten(self) -> bool:
        """Whether there is a specification and no code yet."""
        return bool(self.tests) and not self.source


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
    if entry:
        return _build({"source": path.name, "entry": entry}, path.parent, f"{path}", given)
    is_source = path.suffix in (*SUFFIXES, ".py")
    if is_source and given.get("function"):
        return _build({"source": path.name, "entry": ""}, path.parent, f"{path}", given)
    if is_source and _is(stat.S_ISREG, path):
        listed = list_python_functions if path.suffix == ".py" else list_functions
        known = ", ".join(f"{path}::{name}" for name in listed(read_source(path))[:8])
        raise TaskError(f"{target} names a file, not a function; name one of: {known or 'it defines none'}")
    raise TaskError(f"{target!r} names no task; give FILE::FUNCTION, a folder with a task.toml, or a task.toml")


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
    root = folder.resolve()
    says_all = "build" in values or "flags" in options
    _override(values, options, place)
    if "commands" in values:
        values.setdefault("oracle", "command")
    if values.get("test_files"):
        values.setdefault("oracle", "pytest")
    is_python = str(values.get("source", "")).endswith(".py")
    if is_open := values.get("target") == "auto" and not is_python:
        values["target"] = _OPEN_TARGETS[0]
    elif values.get("target") == "auto":
        del values["target"]  # Python has one
    try:
        file = _TaskFile.model_validate(values)
    except ValidationError as error:
        raise TaskError(_first_problem(error, place, options)) from error
    if (file.oracle == "command") != (file.commands is not None):
        raise TaskError(f"{place}: the oracle `command` and a [commands] table go together; see docs/tasks.md")
    path, source, tests = _texts(file, root, place)
    file = _fitted(file, path, place, options)
    for name in file.test_files:
        read_source(root / name)
    # A C++ scope in the entry says nothing for a file name.
    plain = "".join(c if c.isalnum() else "-" for c in file.entry or path.stem).strip("-")[:_MOST_NAME]
    build, origin = _complete(file.build, path, looks_up=not says_all)
    if file.target == "stdpar" and (path.suffix == ".c" or is_before_cpp17(build.standard)):
        raise TaskError(f"{place}: target stdpar needs C++17 or newer, not {build.standard}")
    if file.owners and file.target != "mpi":
        raise TaskError(f"{place}: owners: only ranks own data; target {file.target} has none")
    threads = tuple(sorted(set(file.measure.threads)))
    most, what = (_MOST_RANKS, "numbers of ranks") if file.target == "mpi" else (1024, "thread counts")
    if wrong := [n for n in threads if not 1 <= n <= most]:
        where = _where(("measure", "threads"), place, options)
        raise TaskError(f"{where}: {what} lie between 1 and {most}, not {wrong[0]}")
    return Task.model_validate(
        {
            **file.model_dump(),
            "name": file.name or plain,
            "root": root,
            "path": path,
            "source": source,
            "tests": tests,
            "build": build,
            "build_origin": origin,
            "targets": _open_targets(path, build) if is_open else (),
            "measure": file.measure.model_copy(update={"threads": threads}),
        }
    )


def _texts(file: _TaskFile, root: Path, place: str) -> tuple[Path, str, str]:
    """The source's path, its text, and the text of the tests; of a specification there is no source yet."""
    if not file.specification.tests:
        if not file.source:
            raise TaskError(f"{place}: the key 'source' is missing; without code, give a [specification] with `tests`")
        return root / file.source, read_source(root / file.source), ""
    path = root / (file.source or f"{file.entry}.cpp")
    if not re.fullmatch(r"[A-Za-z_]\w*", file.entry) or path.suffix not in (".cpp", ".cc", ".cxx"):
        raise TaskError(f"{place}: a specification is of a C++ function with a plain name, not {file.entry!r}")
    if path.exists():
        raise TaskError(f"{path}: is there already, and a specification is of code that is not; leave one of them out")
    if not file.description.strip():
        raise TaskError(f"{place}: description: a specification says in prose what is wanted")
    tests = read_source(root / file.specification.tests)
    if not tests.strip():
        raise TaskError(f"{root / file.specification.tests}: holds no tests")
    return path, "", tests


def _fitted(file: _TaskFile, path: Path, place: str, options: Mapping[str, Any]) -> _TaskFile:
    """The task with its language's defaults. Raises TaskError where the target is for another language."""
    if path.suffix != ".py" or file.oracle == "command":
        if file.test_files:
            raise TaskError(
                f"{_where(('test_files',), place, options)}: pytest is for Python; see --test for other tests"
            )
        if file.target in PYTHON_TARGETS:
            raise TaskError(
                f"{_where(('target',), place, options)}: {file.target} is for Python, and {path.name} is not"
            )
        return file
    if (file.oracle == "pytest") != bool(file.test_files):
        raise TaskError(f"{place}: the oracle `pytest` and `test_files` go together; see docs/tasks.md")
    if "target" not in file.model_fields_set:
        file = file.model_copy(update={"target": PYTHON_TARGETS[0]})
    if file.target not in PYTHON_TARGETS:
        known = ", ".join(PYTHON_TARGETS)
        raise TaskError(f"{_where(('target',), place, options)}: Python has {known}, not {file.target}")
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


def _open_targets(path: Path, build: Build) -> tuple[Target, ...]:
    """What `auto` chooses among: targets that need nothing said, and that there are rewrites for; none of one alone."""
    if path.suffix == ".c":
        return ()
    return _OPEN_TARGETS[:2] if is_before_cpp17(build.standard) else _OPEN_TARGETS


def is_before_cpp17(standard: str) -> bool:
    """Whether a standard, as `-std` takes it, is an older C++ than that of 2017."""
    return re.fullmatch(r"(c|gnu)\+\+(98|03|0x|11|1y|14)", standard) is not None


def describe_build(task: Task) -> str:
    """The serial build in one line, and where it was read."""
    build = task.build
    line = " ".join([build.compiler, f"-std={build.standard}", *build.flags, *(f"-I{f}" for f in build.include)])
    levels = [flag for flag in build.flags if flag.startswith("-O")]
    is_optimised = bool(levels) and levels[-1] != "-O0"
    from_where = f", from {task.build_origin}" if task.build_origin else ""
    return line + from_where + ("" if is_optimised else "; not optimised, and speed-ups are over that")


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
    problem = error.errors()[0]
    key = _key(problem["loc"])
    if problem["type"] == "extra_forbidden":
        near = _near(str(problem["loc"][-1])[:_MOST_SHOWN], _known_keys(problem["loc"][:-1]))
        return f"{place}: unknown key {key!r}; {near}"
    if problem["type"] == "missing":
        option = next((f", or the option --{name}" for name, keys in _PLACES.items() if keys == problem["loc"]), "")
        return f"{place}: the key {key!r} is missing{option if problem['loc'][0] == 'commands' else ''}"
    said = f"{problem['msg'][0].lower()}{problem['msg'][1:]}, not {_shown(problem['input'])}"
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

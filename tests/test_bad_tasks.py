"""Whatever a user points agentpar at, it understands the task or says in one line what is wrong with it."""

import json
import os
import signal
import string
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agentpar.errors import AgentparError
from agentpar.evaluation import driver
from agentpar.evaluation.prepared import Subject
from agentpar.evaluation.reference import describe_inputs, understand
from agentpar.planning.integrate import source_patch
from agentpar.proposers.base import SearchState
from agentpar.proposers.rewrite import RewriteProposer
from agentpar.task_file import load_task
from agentpar.verdict import Outcome
from tests.evaluation.courtroom import cheapest_kind, courtroom
from tests.languages.kernels import KERNELS

SOURCE = """\
#include <vector>

void scale(const std::vector<double>& x, std::vector<double>& y, int n) {
    for (int i = 0; i < n; ++i) {
        y[i] = 2.0 * x[i];
    }
}
"""
HANGS_S = 120
DEEP = 10_000

# What is drawn anew for each test shares one folder, whose files each example overwrites.
settings.register_profile(
    "agentpar", max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
settings.register_profile("agentpar-ci", settings.get_profile("agentpar"), derandomize=True, database=None)
settings.load_profile("agentpar-ci" if "CI" in os.environ else "agentpar")


@pytest.fixture(autouse=True)
def alarm() -> Iterator[None]:
    """Ends a test that hangs."""

    def ring(_number: int, _frame: FrameType | None) -> None:
        raise AssertionError(f"no answer in {HANGS_S} s")

    before = signal.signal(signal.SIGALRM, ring)
    signal.alarm(HANGS_S)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


def answer(target: object, **options: Any) -> Subject | str:
    """The task as it was understood, with all that is written of it; or the line that says what is wrong."""
    try:
        subject = understand(load_task(str(target), options))
    except AgentparError as error:
        message = str(error)
        assert message and "\n" not in message
        assert error.exit_code == 2
        return message
    assert "\n" not in describe_inputs(subject)
    assert driver.subject(subject.task, subject.function, subject.inputs)
    return subject


def as_toml(value: object) -> str:
    match value:
        case bool():
            return str(value).lower()
        case dict():
            return "{" + ", ".join(f"{as_toml(key)} = {as_toml(each)}" for key, each in value.items()) + "}"
        case list():
            return "[" + ", ".join(map(as_toml, value)) + "]"
        case str():
            return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    return str(value)


KEYS = st.sampled_from([
    "name", "description", "source", "entry", "target", "oracle", "seed", "inputs", "compare", "build", "measure",
    "budget", "sizes", "ranges", "generators", "benchmark", "code", "rtol", "atol", "bitwise", "compiler", "standard",
    "flags", "include", "threads", "pairs", "target_ms", "candidates", "seconds", "x", "y", "n",
])  # fmt: skip
WORDS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
PLAIN = st.one_of(
    st.none().map(lambda _: "graph"), st.booleans(), st.integers(), st.integers(-(10**40), 10**40), st.floats(), WORDS,
    st.sampled_from(["n", "2*n", "n-1", "x", "../x", "kernel.cpp", "scale", "openmp", "c++20", "-O3"]), st.dates(),
)  # fmt: skip
VALUES = st.recursive(
    PLAIN, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS | WORDS, inner, max_size=3), max_leaves=6
)


@given(st.dictionaries(KEYS | WORDS, VALUES, max_size=4))
def test_any_task_file_is_understood_or_refused(tmp_path: Path, keys: dict[str, object]) -> None:
    (tmp_path / "kernel.cpp").write_text(SOURCE)
    whole = {"source": "kernel.cpp", "entry": "scale"} | keys
    text = "".join(f"{as_toml(key)} = {as_toml(value)}\n" for key, value in whole.items())
    (tmp_path / "task.toml").write_text(text, encoding="utf-8")
    answer(tmp_path)


@given(st.sampled_from(["inputs", "compare", "build", "measure", "budget"]), st.dictionaries(KEYS, VALUES, max_size=2))
def test_any_table_of_a_task_file_is_understood_or_refused(tmp_path: Path, table: str, keys: dict[str, object]) -> None:
    (tmp_path / "kernel.cpp").write_text(SOURCE)
    text = "".join(f"{as_toml(key)} = {as_toml(value)}\n" for key, value in keys.items())
    (tmp_path / "task.toml").write_text(f'source = "kernel.cpp"\nentry = "scale"\n[{table}]\n{text}', encoding="utf-8")
    answer(tmp_path)
    answer(tmp_path, sizes="x=n,y=n", rtol=0.5, flags=("-O1",), pairs=8, candidates=3)


@pytest.mark.parametrize(
    "text",
    [
        "x = " + "[" * 100_000,
        "seed = " + "9" * 5000,
        'name = "' + "n" * 5000 + '"',
        'name = "../../above"',
        'source = "kernel.cpp\\u0000"',
        'source = "' + "k" * 5000 + '.cpp"',
        'source = "kernel.cpp\\n"',
        'description = "a\\nb"',
        "inputs = 1",
        "[inputs]\nsizes = 'x=n'",
        "[inputs.ranges]\nx = [0, inf]",
        "[inputs.ranges]\nx = [1, 0]",
        "[inputs.ranges]\nx = [0, 'm']",
        "[inputs.sizes]\nx = 'int'",
        "[inputs.sizes]\nx = '" + "(" * 3000 + "n" + ")" * 3000 + "'",
        "[inputs.benchmark]\nn = -3",
        "[inputs.benchmark]\n'n; exit(0)' = 3",
        "[inputs.generators]\nn = 'sorted'",
        "[inputs.generators]\nx = 'graph'",
        "[measure]\nthreads = [" + "1," * 100_000 + "]",
        "[budget]\nseconds = inf",
    ],
    ids=lambda text: text[:40],
)
def test_an_odd_task_file_gets_an_answer(tmp_path: Path, text: str) -> None:
    (tmp_path / "kernel.cpp").write_text(SOURCE)
    head = "".join(f"{key}\n" for key in ('source = "kernel.cpp"', 'entry = "scale"') if not text.startswith(key[:6]))
    (tmp_path / "task.toml").write_text(f"{head}{text}\n")
    assert isinstance(answer(tmp_path), str) != text.startswith(("description", "[measure]"))


FLAG = st.text("xynAB=,;:*+-/%()0123456789 .e?'\n\0é²", max_size=24)


@given(st.sampled_from(["sizes", "ranges", "benchmark", "function", "standard"]), FLAG)
def test_any_value_of_an_option_is_understood_or_refused(tmp_path: Path, option: str, value: str) -> None:
    (tmp_path / "kernel.cpp").write_text(SOURCE)
    answer(f"{tmp_path / 'kernel.cpp'}::scale", **{option: value})


@given(st.text(string.printable + "é\0\ud800", max_size=30))
def test_any_target_is_understood_or_refused(tmp_path: Path, target: str) -> None:
    assert isinstance(answer(target), str)
    (tmp_path / "kernel.cpp").write_text(SOURCE)
    answer(f"{tmp_path / 'kernel.cpp'}::{target}")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3),
    max_leaves=5,
)
COMMAND = st.lists(
    st.sampled_from(["g++", "-O2", "-std=", "-std=c++20", "-D", "-DX", "-I", "-I.", "-include", "-o", "'", "\0", "-f"])
)
ENTRY = st.fixed_dictionaries(
    {"file": st.just("kernel.cpp") | JSON},
    optional={
        "directory": st.just(".") | JSON,
        "command": COMMAND.map(" ".join) | JSON,
        "arguments": COMMAND | JSON,
    },
)


@given(st.lists(ENTRY, max_size=2) | JSON)
def test_any_compilation_database_is_understood_or_refused(tmp_path: Path, database: object) -> None:
    (tmp_path / "kernel.cpp").write_text(SOURCE)
    (tmp_path / "compile_commands.json").write_text(json.dumps(database))
    answer(f"{tmp_path / 'kernel.cpp'}::scale")


@st.composite
def damaged_sources(draw: st.DrawFn) -> tuple[str, str]:
    """A kernel from which parts were cut, doubled or moved; and its name."""
    name = draw(st.sampled_from(sorted(KERNELS)))
    text = KERNELS[name].strip()
    for _ in range(draw(st.integers(1, 3))):
        start, end = sorted(draw(st.tuples(st.integers(0, len(text)), st.integers(0, len(text)))))
        part = draw(
            st.sampled_from(["", text[start:end] * 2, "(", "}", "[-1]", "0x", "1e999", "\\\n", "#define i n\n"])
        )
        text = text[:start] + part + text[end if draw(st.booleans()) else start :]
    return name.removesuffix("_"), text


@settings(max_examples=200)
@given(damaged_sources())
def test_any_damaged_source_is_understood_or_refused(tmp_path: Path, damaged: tuple[str, str]) -> None:
    name, text = damaged
    (tmp_path / "kernel.cpp").write_text(text)
    answer(f"{tmp_path / 'kernel.cpp'}::{name}")


def nested(opening: str, closing: str, middle: str = "") -> str:
    """The kernel with a deep nest in it."""
    return SOURCE.replace("    for", f"    {opening * DEEP}{middle}{closing * DEEP}\n    for")


@pytest.mark.slow
@pytest.mark.parametrize(
    "text",
    [
        nested("{", "}"),
        nested("{", ""),
        nested("(", ")", "0") + ";",
        nested("x[", "]", "0") + ";",
        nested("scale(", ")") + ";",
        nested("[&] {", "}();"),
        nested("if (n) ", "", ";"),
        nested("if (n > 1) {} else ", "", "{}"),
        nested("if (n > 0", ") ;", " && n > 1" * DEEP),
        nested("n = ", ";", "1" + " + 1" * DEEP),
        "namespace a {" * DEEP + "}" * DEEP + SOURCE,
        "struct s { " * DEEP + "int i;" + "};" * DEEP + SOURCE,
        "void g(" + "std::vector<" * DEEP + "int" + ">" * DEEP + " x);" + SOURCE,
        "#if 1\n" * DEEP + "#endif\n" * DEEP + SOURCE,
        "#define F(x) (x)\nint y = " + "F(" * DEEP + ";\n" + SOURCE,
        "#define a0 0\n" + "".join(f"#define a{i + 1} a{i} + a{i}\n" for i in range(64)) + "int y = a64;\n" + SOURCE,
        "template <class T> " * DEEP + SOURCE,
        SOURCE.replace("    for", "    if (n < 3) { return; }\n" * DEEP + "    for"),
        SOURCE.replace("    for", "    y[n - 1] = x[0];\n" * DEEP + "    for"),
        SOURCE.replace("    for", "    /*" + "x" * (3 << 20) + "*/\n    for"),
        SOURCE.replace("n", "n" * DEEP),
        "/" * (4 << 20),
    ],
    ids=lambda text: f"{text[:30]}…{len(text)}",
)
def test_code_as_deep_or_as_long_as_none_gets_an_answer(tmp_path: Path, text: str) -> None:
    (tmp_path / "kernel.cpp").write_text(text)
    answer(f"{tmp_path / 'kernel.cpp'}::scale")


def sparse(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(100 << 20)


@pytest.mark.parametrize(
    ("write", "words"),
    [
        (sparse, "larger than 4 MiB"),
        (lambda path: path.write_bytes(bytes(range(256))), "a binary file"),
        (lambda path: path.write_bytes(b"\xff\xfe" + SOURCE.encode("utf-16-le")), "a binary file"),
        (lambda path: path.write_bytes(("// é\n" + SOURCE).encode("latin-1")), "not UTF-8"),
        (lambda path: path.write_text(""), "no function is defined here"),
        (lambda path: path.write_text("// void scale(int n) {}"), "no function is defined here"),
        (os.mkfifo, "not a regular file"),
        (lambda path: path.symlink_to(path), "cannot be read"),
        (lambda path: path.symlink_to("/dev/zero"), "not a regular file"),
    ],
    ids=["100 MB of nothing", "bytes", "UTF-16", "Latin-1", "empty", "only a comment", "fifo", "loop", "device"],
)
def test_a_file_that_is_no_source_is_refused(tmp_path: Path, write: Callable[[Path], object], words: str) -> None:
    write(tmp_path / "kernel.cpp")
    said = answer(f"{tmp_path / 'kernel.cpp'}::scale")
    assert isinstance(said, str) and words in said


@pytest.mark.sandbox
async def test_windows_line_ends_and_a_byte_order_mark_live_through_to_the_patch(tmp_path: Path) -> None:
    path, mark = tmp_path / "kernel.cpp", "\ufeff"
    # Without a line break at the end, the hardest case for a diff.
    path.write_bytes((mark + SOURCE.rstrip("\n").replace("\n", "\r\n")).encode())
    async with courtroom(cheapest_kind(), path, "scale", is_quick=True, races=False) as court:
        task = court.prepared.subject.task
        state = SearchState(source=task.source, entry=task.entry, target="openmp", seed=0, judged=[])
        proposal = (await RewriteProposer().propose(state, 1))[0]
        assert (await court.verdict(proposal.source)).outcome is Outcome.OK
    assert proposal.source.startswith(f"{mark}#include <vector>\r\n")
    (tmp_path / "best.patch").write_bytes(source_patch(task, proposal.source).encode())
    subprocess.run(["git", "apply", "--verbose", "best.patch"], cwd=tmp_path, check=True)
    assert path.read_bytes() == proposal.source.encode()

from pathlib import Path
from typing import Any

import pytest

from agentpar.errors import TaskError
from agentpar.evaluation.reference import understand
from agentpar.task import is_before_cpp17
from agentpar.task_file import load_task, read_source

SOURCE = """\
#include <vector>

void scale(const std::vector<double>& x, std::vector<double>& y, int n) {
    for (int i = 0; i < n; ++i) {
        y[i] = 2.0 * x[i];
    }
}
"""

TOML = 'source = "kernel.cpp"\nentry = "scale"\n'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "kernel.cpp").write_text(SOURCE)
    (tmp_path / "task.toml").write_text(TOML)
    return tmp_path


def complaint(target: object, **options: Any) -> str:
    """The one line in which a task is refused."""
    with pytest.raises(TaskError) as refused:
        understand(load_task(str(target), options))
    assert refused.value.exit_code == 2
    message = str(refused.value)
    assert message and "\n" not in message
    return message


def test_a_file_and_a_function_make_a_task(folder: Path) -> None:
    task = load_task(f"{folder / 'kernel.cpp'}::scale")
    assert (task.entry, task.name, task.source) == ("scale", "scale", SOURCE)
    assert (task.path, task.root) == (folder / "kernel.cpp", folder)
    assert (task.build.compiler, task.build.standard, task.build.flags) == ("g++", "c++17", ("-O2",))


def test_a_folder_its_task_file_and_the_function_option_make_the_same_task(folder: Path) -> None:
    by_folder, by_file = load_task(str(folder)), load_task(str(folder / "task.toml"))
    assert by_folder == by_file == load_task(f"{folder / 'kernel.cpp'}::scale")
    assert load_task(str(folder / "kernel.cpp"), {"function": "scale"}) == by_folder


def test_a_folder_may_be_asked_for_another_function_than_its_task_file_names(folder: Path) -> None:
    (folder / "task.toml").write_text('source = "kernel.cpp"\nentry = "other"\n')
    assert load_task(f"{folder}::scale") == load_task(str(folder), {"function": "scale"})


def test_a_c_source_gets_a_c_compiler(tmp_path: Path) -> None:
    (tmp_path / "kernel.c").write_text("void f(double* x, int n) { for (int i = 0; i < n; ++i) x[i] = i; }\n")
    build = load_task(f"{tmp_path / 'kernel.c'}::f").build
    assert (build.compiler, build.standard) == ("gcc", "gnu11")


@pytest.mark.parametrize(
    ("standard", "is_old"), [("c++11", True), ("gnu++14", True), ("c++1y", True), ("c++17", False), ("gnu++2b", False)]
)
def test_standards_without_the_parallel_algorithms_are_known(standard: str, is_old: bool) -> None:
    assert is_before_cpp17(standard) is is_old


def test_options_override_the_task_file_key_by_key(folder: Path) -> None:
    (folder / "task.toml").write_text(TOML + 'seed = 3\n[inputs.sizes]\nx = "n"\ny = "n"\n[measure]\npairs = 10\n')
    task = load_task(str(folder), {"sizes": "y=n+1", "pairs": 12, "threads": (4, 1, 4)})
    assert task.inputs.sizes == {"x": "n", "y": "n+1"}
    assert (task.seed, task.measure.pairs, task.measure.threads) == (3, 12, (1, 4))


def test_one_thread_is_timed_whatever_else_is_since_the_gains_are_told_against_it(folder: Path) -> None:
    assert load_task(str(folder), {"threads": (4, 2)}).measure.threads == (1, 2, 4)


def test_an_option_that_was_not_given_changes_nothing(folder: Path) -> None:
    assert load_task(str(folder), {"seed": None, "sizes": "", "flags": (), "target": None}) == load_task(str(folder))


def test_benchmark_sizes_and_ranges_are_read_from_flags(folder: Path) -> None:
    task = load_task(str(folder), {"benchmark": "n=1000", "ranges": "x=0:1.5"})
    assert task.inputs.benchmark == {"n": 1000} and task.inputs.ranges == {"x": (0.0, 1.5)}


@pytest.mark.parametrize("text", [SOURCE.replace("\n", "\r\n"), SOURCE.rstrip("\n"), SOURCE + "\f\v\n"])
def test_a_sources_text_is_kept_to_the_byte(tmp_path: Path, text: str) -> None:
    path = tmp_path / "kernel.cpp"
    path.write_bytes(text.encode())
    task = load_task(f"{path}::scale")
    assert task.source.encode() == text.encode()
    assert understand(task).inputs.lengths.keys() == {"x", "y"}


def test_a_byte_order_mark_is_kept_and_does_no_harm(tmp_path: Path) -> None:
    path = tmp_path / "kernel.cpp"
    path.write_bytes(b"\xef\xbb\xbf" + SOURCE.encode())
    task = load_task(f"{path}::scale")
    assert task.source.encode() == path.read_bytes()
    assert understand(task).function.name == "scale"


def test_an_unknown_function_is_answered_with_a_near_one(folder: Path) -> None:
    message = complaint(f"{folder / 'kernel.cpp'}::scael")
    assert "scael" in message and "did you mean `scale`" in message and "kernel.cpp" in message


def test_a_missing_file_is_answered_with_a_near_one(folder: Path) -> None:
    assert "did you mean kernel.cpp?" in complaint(f"{folder / 'kernels.cpp'}::scale")


def test_a_missing_file_is_not_answered_with_one_that_is_only_called_as_short(folder: Path) -> None:
    (folder / "in.cpp").write_text(SOURCE)
    assert complaint(f"{folder / 'nofile.cpp'}::scale").endswith("nofile.cpp: no such file")


@pytest.mark.parametrize(
    ("line", "near"),
    [("entri = 1", "entry"), ("[measure]\npears = 20", "pairs"), ("[inputs]\nrange = {}", "ranges")],
)
def test_an_unknown_key_is_answered_with_a_near_one(folder: Path, line: str, near: str) -> None:
    (folder / "task.toml").write_text(f"{TOML}{line}\n")
    message = complaint(folder)
    assert "task.toml" in message and f"did you mean '{near}'?" in message


def test_a_misspelt_key_is_told_before_the_one_that_is_missing_for_it(folder: Path) -> None:
    (folder / "task.toml").write_text(TOML.replace("entry", "entryy", 1))
    assert "did you mean 'entry'?" in complaint(folder)


@pytest.mark.parametrize(
    ("toml", "words"),
    [
        ('entry = "scale"\n', "the key 'source' is missing"),
        ('source = "kernel.cpp"\n', "the key 'entry' is missing"),
        (TOML + 'target = "cuda9"\n', "target: input should be 'auto', 'openmp'"),
        (TOML + 'target = "stdpar"\n[build]\nstandard = "c++14"\n', "target: stdpar needs C++17"),
        (TOML + "[measure]\npairs = 2\n", "measure.pairs"),
        (TOML + "[measure]\npairs = 'many'\n", "measure.pairs"),
        (TOML + "[measure]\nthreads = [0]\n", "measure.threads: thread counts lie between 1 and 1024, not 0"),
        (TOML + 'target = "mpi"\n[measure]\nthreads = [64]\n', "numbers of ranks lie between 1 and 32, not 64"),
        (TOML + 'target = "mpi+openmp"\n[measure]\nthreads = [2000]\n', "thread counts lie between 1 and 1024"),
        (TOML + "[inputs.sizes]\nx = 'n+'\n", "task.toml: inputs.sizes: `x=n+` is no expression"),
        (TOML + "[inputs.sizes]\nx = 'n--1'\n", "inputs.sizes: `x=n--1` is no expression"),
        (TOML + "[inputs.ranges]\nx = [2, 1]\n", "task.toml: inputs.ranges: `x=2.0:1.0` is empty"),
        (TOML + "[budget]\nseconds = -1\n", "budget.seconds"),
        (TOML + "[compare]\nrtol = -1\n", "compare.rtol"),
        (TOML + "[inputs]\ngenerators = {x = 'gauss'}\n", "inputs.generators.x"),
        (TOML + "[inputs.sizes]\nz = 'n'\n", "no parameter `z`"),
        (TOML + "[inputs]\nexample = 'scale([1.0])'\n", "inputs.example: is for Python"),
        (TOML + "[commands]\ntest = 't'\nbench = 'b'\n[compare]\nrtol = 1\n", "compare.rtol: says nothing where"),
        (TOML.replace("kernel.cpp", "missing.cpp"), "missing.cpp"),
        (TOML.replace("kernel.cpp", "."), "not a regular file"),
        ("source = ", "task.toml: cannot be read as TOML"),
    ],
)  # fmt: skip
def test_a_wrong_task_file_is_refused_with_the_place(folder: Path, toml: str, words: str) -> None:
    (folder / "task.toml").write_text(toml)
    assert words in complaint(folder)


def test_a_target_of_cpp_is_refused_for_c(folder: Path) -> None:
    (folder / "kernel.c").write_text("void scale(int n, double* x) { for (int i = 0; i < n; ++i) x[i] *= 2; }\n")
    (folder / "task.toml").write_text(TOML.replace("kernel.cpp", "kernel.c") + 'target = "stdpar"\n')
    assert "target: stdpar is for C++, and kernel.c is C" in complaint(folder)


def test_a_task_file_that_is_no_text_is_refused(folder: Path) -> None:
    (folder / "task.toml").write_bytes(b"\xff\xfe\x00")
    assert "task.toml: a binary file" in complaint(folder)


def test_a_folder_without_a_task_file_is_refused(tmp_path: Path) -> None:
    assert "no such file; a task folder holds a task.toml" in complaint(tmp_path)


@pytest.mark.parametrize("target", ["", "scale", "ns::scale", "nowhere/", "kernel.cpp", "notes.txt::scale"])
def test_what_names_no_task_is_refused(target: str) -> None:
    assert complaint(target)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "no function is defined here"),
        (b"\n\n", "no function is defined here"),
        (SOURCE.encode() + b"\0", "binary"),
        (b"\x7fELF\x02\x01\x01\0\0\0", "binary"),
        ("// Gr\u00f6\u00dfe\n".encode("latin-1") + SOURCE.encode(), "kernel.cpp:1: not UTF-8"),
        (SOURCE.encode() + "// Gr\u00f6\u00dfe\n".encode("latin-1"), "kernel.cpp:8: not UTF-8"),
        (b"// " + b"x" * (4 << 20) + b"\n" + SOURCE.encode(), "larger than 4 MiB"),
    ],
    ids=["empty", "blank", "NUL", "ELF", "Latin-1 at the top", "Latin-1 at the end", "huge"],
)
def test_a_file_that_is_no_source_is_refused(tmp_path: Path, content: bytes, words: str) -> None:
    path = tmp_path / "kernel.cpp"
    path.write_bytes(content)
    assert words in complaint(f"{path}::scale")


def test_a_file_that_may_not_be_read_is_refused(tmp_path: Path) -> None:
    (tmp_path / "kernel.cpp").mkdir()
    with pytest.raises(TaskError, match="not a regular file"):
        read_source(tmp_path / "kernel.cpp")


@pytest.mark.parametrize(
    ("option", "value", "words"),
    [
        ("sizes", "x", "--sizes"),
        ("sizes", "x=", "--sizes"),
        ("sizes", "=n", "--sizes"),
        ("sizes", "x=n; system(1)$", "--sizes"),
        ("sizes", "q=n", "no parameter `q`"),
        ("sizes", "x=n;m", "levels"),
        ("ranges", "x=1", "--ranges: `x=1` is no interval; write x=0:1"),
        ("ranges", "x=--1:2", "--ranges: `x=--1:2` is no interval; write x=0:1"),
        ("ranges", "x=2:1", "--ranges"),
        ("ranges", "x=a:b", "names `a`, which is no dimension"),
        ("benchmark", "n=many", "benchmark"),
        ("benchmark", "n=\u00b2", "benchmark"),
        ("benchmark", "n", "NAME=VALUE"),
        ("benchmark", "n=0", "--benchmark: n: "),
        ("benchmark", "m=8", "benchmark sizes are one for each of n: n missing, m unknown"),
        ("pairs", 1, "--pairs: "),
        ("threads", (0, 2), "--threads: thread counts lie between 1 and 1024, not 0"),
        ("seconds", 0, "--seconds: "),
        ("candidates", 0, "--candidates: "),
        ("rtol", -0.5, "--rtol: "),
        ("standard", "c++\x7f", "control characters"),
    ],
)
def test_a_wrong_option_is_refused_by_its_name(folder: Path, option: str, value: object, words: str) -> None:
    said = complaint(folder, **{option: value})
    assert words in said and "inputs." not in said and "measure." not in said


def test_options_of_another_language_are_not_passed_over_in_silence(folder: Path) -> None:
    (folder / "kernel.py").write_text("def scale(x: list[float]) -> None: ...\n")
    assert "--flags: is for C and C++; leave it out" in complaint(f"{folder}/kernel.py::scale", flags=("-O3",))
    assert "--example: is for Python" in complaint(folder, example="scale([1.0])")


def test_an_unknown_option_of_the_library_is_answered_with_a_near_one(folder: Path) -> None:
    assert "did you mean 'candidates'?" in complaint(folder, candidate=3)


@pytest.mark.parametrize(
    ("source", "entry", "words"),
    [
        ("void f(int n, ...) {}\n", "f", "variable arguments"),
        ("void f(void (*g)(int), int n) {}\n", "f", "function pointer"),
        ("template <class T> void f(T* x, int n) {}\n", "f", "k.cpp::f<double>', or --function 'f<double>'"),
        ("void f(int n) {}\nvoid f(double n) {}\n", "f", "2 times"),
        ("namespace a { void f(int n) {} }\nnamespace b { void f(int n) {} }\n", "f", "a::f, b::f"),
        ("int f(int n) { return n; }\n", "f", "can be made larger"),
    ],
)
def test_a_function_that_cannot_be_taken_is_refused_with_the_mend(
    tmp_path: Path, source: str, entry: str, words: str
) -> None:
    (tmp_path / "k.cpp").write_text(source)
    assert words in complaint(f"{tmp_path / 'k.cpp'}::{entry}")

"""Several files that are changed together: one text to the search, files to the build, the patch and the user."""

import subprocess
from pathlib import Path

import pytest

from agentpar.cli.options import task_options
from agentpar.cli.versions import read_versions
from agentpar.errors import TaskError
from agentpar.planning.integrate import source_patch
from agentpar.planning.outline import outlined, put_back
from agentpar.planning.users_lines import in_users_lines
from agentpar.proposers.base import SearchState
from agentpar.proposers.model.extract import source_from
from agentpar.proposers.model.graft import version_in
from agentpar.proposers.recombine import changes, merged
from agentpar.proposers.rewrite import RewriteProposer
from agentpar.proposers.rewrite.headers import in_their_files
from agentpar.sections import joined, located, name_of, parted, spot, texts_of, unlocated, with_files
from agentpar.task import Task
from agentpar.task_file import load_task

SCALE = """\
#include "kernels.hpp"

void scale(std::vector<double>& x, double by) {
    for (std::size_t i = 0; i < x.size(); ++i) x[i] *= by;
}
"""
ORDER = """\
#include "kernels.hpp"
#include <algorithm>

void order(Series& s) {
    scale(s.values, 2.0);
    std::sort(s.values.begin(), s.values.end());
}"""
FILES = {"src/scale.cpp": SCALE, "src/order.cpp": ORDER}


@pytest.fixture
def task(tmp_path: Path) -> Task:
    return made(tmp_path)


def made(folder: Path, **options: object) -> Task:
    (folder / "src").mkdir(exist_ok=True)
    for name, text in FILES.items():
        (folder / name).write_text(text)
    given = {"file": tuple(FILES), "function": "order", "test": "./check", "bench": "./bench", **options}
    return load_task(str(folder), given)


@pytest.mark.parametrize(
    "texts", [FILES, {"a.c": "", "b.c": "\r\n\r\n", "c.c": "no end"}, {"a.py": "x\n", "b.py": "\n"}]
)
def test_files_come_back_from_one_text_to_the_byte(texts: dict[str, str]) -> None:
    assert parted(joined(texts)) == texts


def test_a_task_file_and_the_command_line_name_several_files(tmp_path: Path, task: Task) -> None:
    assert {name_of(task, path): text for path, text in texts_of(task, task.source).items()} == FILES
    keys = 'source = ["src/scale.cpp", "src/order.cpp"]\nentry = "order"\n'
    (tmp_path / "task.toml").write_text(f'{keys}[commands]\ntest = "./check"\nbench = "./bench"\n')
    assert load_task(str(tmp_path)).source == task.source


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"file": ("src/scale.cpp", "src/scale.cpp")}, "name each file once"),
        ({"file": ("src/scale.cpp", "Makefile")}, "all in C and C"),
        ({"file": ("src/scale.cpp", "src/nowhere.cpp")}, "no such file"),
    ],
)
def test_files_that_cannot_be_changed_together_are_refused(
    tmp_path: Path, options: dict[str, object], said: str
) -> None:
    (tmp_path / "Makefile").write_text("all:\n")
    with pytest.raises(TaskError, match=said):
        made(tmp_path, **options)


async def test_rewrites_reach_functions_of_every_file_and_each_gets_its_own_includes(task: Task) -> None:
    state = SearchState(source=task.source, entry="order", target="openmp", seed=0, judged=())
    proposals = await RewriteProposer().propose(state, 40)
    assert any("parallel for over i at src/scale.cpp:4" in each.strategy for each in proposals)
    sources = [each.source for each in proposals]
    offered = [texts_of(task, source) for source in sources]
    scale, order = task.path, task.others[0]
    assert any("#pragma omp parallel for" in texts[scale] and texts[order] == ORDER for texts in offered)
    sorts = [texts for texts in offered if "parallel::sort" in texts[order]]
    assert sorts and all('#include "parallel_algorithms.hpp"' in texts[order] for texts in sorts)
    loop, call = (changes(task.source, next(s for s in sources if word in s)) for word in ("#pragma", "parallel::sort"))
    crossed = texts_of(task, merged(task.source, loop, call) or "")
    assert "#pragma" in crossed[scale] and "parallel::sort" in crossed[order]
    assert not any("parallel_algorithms" in texts[scale] for texts in offered)


def test_lines_of_the_one_text_are_told_as_lines_of_its_files() -> None:
    source = joined({"src/k.hpp": "int a;\nint b;\n", "b.cpp": "int c;\nint d;\n"})
    words = "at line 3, on line 6; f (lines 6-7), g (lines 2, 6): candidate.cpp:7:5: error"
    assert located(words, source, file="candidate.cpp") == (
        "at src/k.hpp:2, on b.cpp:1; f (b.cpp:1-2), g (src/k.hpp:1, b.cpp:1): b.cpp:2:5: error"
    )
    assert unlocated("b.cpp:1: and at src/k.hpp:2", source) == "at line 6: and at line 3"
    assert located(words, "int a;\n", file="candidate.cpp") == words == unlocated(words, "int a;\n")
    endless = f"line {'9' * 5000}, b.cpp:{'9' * 5000}, lines {'9' * 5000}-{'9' * 5000}"
    assert located(endless, source, file="b.cpp") == endless == unlocated(endless, source)
    assert in_users_lines(f"at {endless}", source, users=source, cut={}) == f"at {endless}"
    assert spot((6, 7), source) == ((1, 2), "b.cpp") and spot((6, 7), "int a;\n") == ((6, 7), "")


def test_a_head_stays_where_it_is_when_a_loop_nest_is_cut_out_below_it() -> None:
    nest = "".join("    for (int i = 0; i < n; ++i)\n        x[i] += 1.0;\n" for _ in range(22))
    source = joined({"a.cpp": "int a;\n", "b.cpp": f"void f(double* x, int n) {{\n{nest}}}\n"})
    cut = outlined(source, ["f_loop1", "f_loop2"])
    assert parted(cut)["a.cpp"] == "int a;\n" and parted(cut)["b.cpp"].startswith("static void f_loop1(")
    assert parted(put_back(cut, ["f_loop1", "f_loop2"])) == parted(source)


def test_a_models_reply_changes_a_function_of_a_guarded_header() -> None:
    kernel = "inline double g(double x) {\n    return x;\n}\n"
    guarded = f"#ifndef K_HPP\n#define K_HPP\n{kernel}#endif\n"
    serial = joined({"k.hpp": guarded, "a.cpp": '#include "k.hpp"\ndouble f(double x) {\n    return g(x);\n}\n'})
    reply = f"```cpp\n{kernel.replace('return x', 'return 1.0 * x')}```"
    source = source_from(reply, serial=serial, base=serial, entry="f")
    assert parted(source)["k.hpp"] == guarded.replace("return x", "return 1.0 * x")


def test_an_include_goes_where_it_is_used_and_one_that_another_file_has_is_had_twice() -> None:
    serial = joined({"a.cpp": "#include <vector>\nint a;\n", "b.cpp": "int b;\n"})
    changed = "std::vector<int> b(omp_get_max_threads());\n"
    version = joined({"a.cpp": "#include <vector>\n#include <omp.h>\nint a;\n", "b.cpp": changed})
    texts = parted(in_their_files(serial, version))
    assert texts["a.cpp"] == "#include <vector>\nint a;\n"
    assert texts["b.cpp"] == "#include <omp.h>\n#include <vector>\nstd::vector<int> b(omp_get_max_threads());\n"


def test_a_version_with_the_head_of_another_file_is_told_to_be_none() -> None:
    serial = joined({"a.cpp": "int a;\n", "b.cpp": "int b;\n"})
    with pytest.raises(TaskError, match="must stay as they are"):
        in_their_files(serial, f"{serial}/* file: ../../etc/passwd */\nint c;\n")


def test_an_include_under_a_condition_of_its_own_stays_under_it() -> None:
    guarded = "#ifdef _OPENMP\n#include <omp.h>\n#endif\n"
    serial = joined({"a.cpp": "int a;\n", "b.cpp": "#include <vector>\nint b;\n"})
    version = joined({"a.cpp": "int a = omp_get_max_threads();\n", "b.cpp": f"#include <vector>\n{guarded}int b;\n"})
    assert parted(in_their_files(serial, version)) == {
        "a.cpp": f"{guarded}int a = omp_get_max_threads();\n", "b.cpp": "#include <vector>\nint b;\n"
    }  # fmt: skip


def test_a_models_reply_changes_any_function_of_the_files(task: Task) -> None:
    faster = SCALE.partition("\n\n")[2].replace("    for", "    #pragma omp parallel for\n    for")
    source = source_from(f"```cpp\n{faster}```", serial=task.source, base=task.source, entry="order")
    assert texts_of(task, source) == {
        task.path: SCALE.replace("    for", "    #pragma omp parallel for\n    for"),
        task.others[0]: ORDER,
    }
    assert "omp parallel for" in version_in(source, serial=task.source, entry="order")
    block = "<<<<<<< SEARCH\n    scale(s.values, 2.0);\n=======\n    scale(s.values, 3.0);\n>>>>>>> REPLACE\n"
    again = texts_of(task, source_from(block, serial=task.source, base=source, entry="order"))
    assert "omp" in again[task.path] and "3.0" in again[task.others[0]]


def test_the_patch_changes_what_was_changed_and_brings_the_header_once(tmp_path: Path, task: Task) -> None:
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    order = task.others[0]
    call = ORDER.replace("std::sort", "parallel::sort").replace("<algorithm>", '"parallel_algorithms.hpp"')
    one = source_patch(task, with_files(task, {order: call}))
    assert "scale.cpp" not in one
    both = with_files(task, {task.path: SCALE.replace("*=", "+="), order: call})
    (tmp_path / "best.patch").write_text(source_patch(task, both))
    for command in (["git", "apply"], ["git", "apply", "-R"], ["patch", "-p1", "-i"]):
        subprocess.run([*command, "best.patch"], cwd=tmp_path, check=True, capture_output=True)
    assert {path: path.read_text() for path in (task.path, order)} == texts_of(task, both)
    assert (tmp_path / "src/parallel_algorithms.hpp").read_text().startswith("//")


def test_the_patch_is_of_a_file_with_a_space_in_its_name_too(tmp_path: Path) -> None:
    (tmp_path / "my code.cpp").write_text(SCALE)
    task = load_task(f"{tmp_path}/my code.cpp::scale")
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    (tmp_path / "best.patch").write_text(source_patch(task, SCALE.upper()))
    for command in (["git", "apply"], ["git", "apply", "-R"], ["patch", "-p1", "-i"]):
        subprocess.run([*command, "best.patch"], cwd=tmp_path, check=True, capture_output=True)
    assert task.path.read_text() == SCALE.upper()


@pytest.mark.parametrize("linked", ["src/scale.cpp", "src"])
def test_the_patch_of_a_link_is_of_the_file_that_it_leads_to(tmp_path: Path, linked: str) -> None:
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib/scale.cpp").write_text(SCALE)
    (tmp_path / linked).parent.mkdir(exist_ok=True)
    (tmp_path / linked).symlink_to(tmp_path / linked.replace("src", "lib"))
    task = load_task(f"{tmp_path}/src/scale.cpp::scale")
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    (tmp_path / "best.patch").write_text(source_patch(task, SCALE.upper()))
    subprocess.run(["git", "apply", "best.patch"], cwd=tmp_path, check=True, capture_output=True)
    assert (tmp_path / "lib/scale.cpp").read_text() == SCALE.upper()


def test_a_comma_behind_the_last_file_names_none() -> None:
    assert task_options(file="a.cpp, b.cpp,", flags=None, threads=None)["file"] == ("a.cpp", "b.cpp")


def test_a_version_is_a_folder_with_the_files_that_differ(tmp_path: Path, task: Task) -> None:
    folder = tmp_path / "mine"
    (folder / "src").mkdir(parents=True)
    with pytest.raises(TaskError, match=r"one of src/scale\.cpp, src/order\.cpp"):
        read_versions(task, [folder], None)
    (folder / "src/scale.cpp").write_text(SCALE.upper())
    ((_, source),) = read_versions(task, [folder], None)
    assert [*texts_of(task, source).values()] == [SCALE.upper(), ORDER]

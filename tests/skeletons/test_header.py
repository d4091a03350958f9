"""The header of parallel algorithms: what it computes, that it does not race, and how it travels."""

import os
import re
import subprocess
from pathlib import Path

import pytest

from agentpar.evaluation.toolchain import TARGET_FLAGS
from agentpar.planning.integrate import source_patch
from agentpar.proposers.base import SearchState
from agentpar.proposers.rewrite import RewriteProposer
from agentpar.skeletons import ALGORITHMS, HEADER, INCLUDE, header_of, headers_beside
from agentpar.task import Target, Task
from agentpar.task_file import load_task
from agentpar.verdict import Outcome
from tests.evaluation.courtroom import cheapest_kind, courtroom

TARGETS: tuple[Target, ...] = ("openmp", "threads", "stdpar")

# One function for each part of the header, at sizes where threads really run; strings would race where doubles do not.
SORTS = """\
#include <algorithm>
#include <string>
#include <vector>

double sorts(std::vector<double>& values, std::vector<int>& keys) {
    std::vector<std::string> names;
    for (int key : keys) names.push_back("a name that needs memory of its own " + std::to_string(key));
    std::sort(names.begin(), names.end());
    std::sort(values.begin(), values.end());
    std::stable_sort(keys.begin(), keys.end(), [](int a, int b) { return a % 8 < b % 8; });
    return names.empty() ? 0.0 : static_cast<double>(names[names.size() / 2].size());
}
"""
SUMS = """\
#include <algorithm>
#include <numeric>
#include <vector>

double sums(const std::vector<double>& x, std::vector<double>& in_place, std::vector<double>& before) {
    double result = std::accumulate(x.begin(), x.end(), 0.0, [](double s, double v) { return s + v * v; });
    result += std::inner_product(x.begin(), x.end(), in_place.begin(), 1.0);
    result += std::reduce(x.begin(), x.end());
    std::inclusive_scan(in_place.begin(), in_place.end(), in_place.begin());
    std::exclusive_scan(x.begin(), x.end(), before.begin(), 0.5);
    std::adjacent_difference(before.begin(), before.end(), before.begin());
    std::transform(x.begin(), x.end(), before.begin(), before.begin(), [](double a, double b) { return a * b; });
    return result;
}
"""
MOVES = """\
#include <algorithm>
#include <vector>

int moves(std::vector<int>& a, std::vector<int>& b, std::vector<int>& c) {
    int result = std::count_if(a.begin(), a.end(), [](int x) { return x > 3; });
    result += std::find(a.begin(), a.end(), 77) - a.begin();
    result += std::min_element(b.begin(), b.end()) - b.begin();
    result += std::all_of(b.begin(), b.end(), [](int x) { return x > -200; });
    result += std::unique(c.begin(), c.end()) - c.begin();
    result += std::stable_partition(b.begin(), b.end(), [](int x) { return x % 3 == 0; }) - b.begin();
    result += std::partition(a.begin(), a.end(), [](int x) { return x % 2 == 0; }) - a.begin();
    return result;
}
"""


def written(folder: Path, source: str, name: str) -> Path:
    path = folder / f"{name}.cpp"
    path.write_text(source)
    return path


async def first_proposal(task: Task) -> str:
    state = SearchState(source=task.source, entry=task.entry, target=task.target, seed=0, judged=[])
    return (await RewriteProposer().propose(state, 1))[0].source


def whole_header(target: Target) -> str:
    return header_of(INCLUDE + "\n" + "".join(f"parallel::{name}(" for name in sorted(ALGORITHMS)), target)


@pytest.mark.sandbox
@pytest.mark.parametrize("target", TARGETS)
def test_every_algorithm_gives_what_its_namesake_gives(target: Target, tmp_path: Path) -> None:
    (tmp_path / "include").mkdir()
    # The same few elements make threads begin for each target.
    least = "many_numbers = 8192, many_calls = 2048"
    header, count = re.subn(r"many_numbers = \d+, many_calls = \d+", least, whole_header(target))
    assert count == 1
    (tmp_path / "include" / HEADER).write_text(header)
    source = Path(__file__).with_name("compare.cpp")
    flags = ["-std=c++17", "-O0", "-Wall", "-Wextra", "-Werror", "-Wno-unknown-pragmas", f"-I{tmp_path / 'include'}"]
    subprocess.run(["g++", *flags, "-o", tmp_path / "compare", source, *TARGET_FLAGS[target]], check=True)
    # More threads than cores: those that wait must not keep the others from working.
    waiting = {**os.environ, "OMP_WAIT_POLICY": "passive"}
    done = subprocess.run([tmp_path / "compare"], env=waiting, capture_output=True, text=True, check=False)
    assert (done.stdout, done.returncode) == ("", 0)


@pytest.mark.sandbox
@pytest.mark.parametrize("compiler", [("g++",), ("clang++-16", "-fsanitize=thread", "-g")], ids=["as it is", "watched"])
def test_threads_that_stay_work_for_all_callers_in_turn(compiler: tuple[str, ...], tmp_path: Path) -> None:
    source = Path(__file__).with_name("callers.cpp")
    (tmp_path / HEADER).write_text(header_of(source.read_text(), "threads"))
    command = [*compiler, "-std=c++17", "-O1", f"-I{tmp_path}", "-o", tmp_path / "callers", source, "-pthread"]
    subprocess.run(command, check=True)
    forking = {**os.environ, "TSAN_OPTIONS": "die_after_fork=0"}
    done = subprocess.run([tmp_path / "callers"], env=forking, capture_output=True, text=True, check=False, timeout=120)
    assert (done.stdout, done.stderr, done.returncode) == ("", "", 0)


@pytest.mark.sandbox
def test_a_race_with_a_block_that_begins_later_is_seen(tmp_path: Path) -> None:
    source = Path(__file__).with_name("late.cpp")
    (tmp_path / HEADER).write_text(header_of(source.read_text(), "threads"))
    command = ["clang++-16", "-fsanitize=thread", "-g", "-std=c++17", f"-I{tmp_path}", "-o", tmp_path / "late", source]
    subprocess.run(command, check=True)
    done = subprocess.run([tmp_path / "late"], capture_output=True, text=True, check=False, timeout=120)
    assert "data race" in done.stderr and source.name in done.stderr


def test_the_header_for_one_algorithm_has_it() -> None:
    for name in ALGORITHMS:
        text = header_of(f"{INCLUDE}\nparallel::{name}(")
        assert f" {name}(" in text and text.count("#pragma once") == 1
        includes = re.findall(r"^#include <\w+>$", text, re.MULTILINE)
        assert includes == sorted(set(includes)) and "\n".join(includes) in text  # as if it had been written in one


# One algorithm of each part of the header: the others of a part bring the same text.
@pytest.mark.parametrize("name", {header_of(f"{INCLUDE}\nparallel::{n}("): n for n in sorted(ALGORITHMS)}.values())
def test_the_header_for_one_algorithm_stands_alone_also_without_openmp(name: str) -> None:
    text = header_of(f"{INCLUDE}\nparallel::{name}(")
    flags = ["-std=c++17", "-Wall", "-Wextra", "-Werror", "-Wno-unknown-pragmas", "-Wno-pragma-once-outside-header"]
    done = subprocess.run(
        ["g++", *flags, "-fsyntax-only", "-x", "c++", "-"],
        input=text.replace("#pragma once\n", ""),
        text=True,
        capture_output=True,
        check=False,
    )
    assert not done.stderr


@pytest.mark.parametrize("target", TARGETS)
def test_only_the_header_for_openmp_speaks_of_openmp(target: Target) -> None:
    words = set(re.findall(r"\w+", whole_header(target)))
    assert bool(words & {"omp", "_OPENMP"}) == (target == "openmp")


def test_a_source_that_does_not_include_the_header_needs_none() -> None:
    assert not header_of("void f() { parallel::sort(a, b); }")


@pytest.mark.sandbox
@pytest.mark.parametrize(("name", "source", "calls"), [("sorts", SORTS, 3), ("sums", SUMS, 7), ("moves", MOVES, 7)])
async def test_redirected_calls_are_right_and_do_not_race(tmp_path: Path, name: str, source: str, calls: int) -> None:
    path = written(tmp_path, source, name)
    benchmark = {"n": 40001, "n_keys": 9001} if name == "sorts" else {}
    async with courtroom(cheapest_kind(), path, name, is_quick=True, benchmark=benchmark) as court:
        proposed = await first_proposal(court.prepared.subject.task)
        verdict = await court.verdict(proposed, with_race_gate=True)
    assert proposed.count("parallel::") == calls
    assert verdict.outcome is Outcome.OK, verdict.feedback
    assert not [reason for reason in verdict.unchecked if "race" in reason]


async def test_the_patch_brings_the_header_and_applies_once_and_again(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    (tmp_path / "src").mkdir()
    path = written(tmp_path / "src", SORTS, "sorts")
    proposed = await first_proposal(load_task(f"{path}::sorts"))
    (tmp_path / "best.patch").write_text(source_patch(load_task(f"{path}::sorts"), proposed, ("-fopenmp",)))
    subprocess.run(["git", "apply", "--check", "best.patch"], cwd=tmp_path, check=True)
    subprocess.run(["git", "apply", "best.patch"], cwd=tmp_path, check=True)
    assert path.read_text() == proposed
    assert path.with_name(HEADER).read_text() == header_of(proposed)
    subprocess.run(["g++", "-std=c++17", "-fopenmp", "-fsyntax-only", path], check=True)
    # A second change of the patched source brings only what is new.
    more = proposed.replace(
        "    return names", "    parallel::fill(values.begin(), values.end(), 1.0);\n    return names"
    )
    second = source_patch(load_task(f"{path}::sorts"), more)
    assert f"--- a/src/{HEADER}" in second
    (tmp_path / "best.patch").write_text(second)
    subprocess.run(["git", "apply", "best.patch"], cwd=tmp_path, check=True)
    assert path.with_name(HEADER).read_text() == header_of(more)


async def test_the_patch_for_threads_brings_their_header_and_says_what_it_needs(tmp_path: Path) -> None:
    task = load_task(f"{written(tmp_path, SORTS, 'sorts')}::sorts", {"target": "threads"})
    patch = source_patch(task, await first_proposal(task), TARGET_FLAGS[task.target])
    assert patch.startswith("Build with -pthread:")
    assert "+#include <thread>" in patch
    assert "omp" not in re.findall(r"\w+", patch)


def test_a_header_of_the_users_own_by_that_name_is_left_alone(tmp_path: Path) -> None:
    path = written(tmp_path, f'#include "{HEADER}"\n{SORTS}', "sorts")
    path.with_name(HEADER).write_text("#pragma once\n")
    patch = source_patch(load_task(f"{path}::sorts"), path.read_text().replace("std::sort", "parallel::sort"))
    assert HEADER not in "".join(line for line in patch.splitlines() if line.startswith(("---", "+++")))


@pytest.mark.parametrize("target", TARGETS)
def test_the_header_for_a_second_file_of_a_folder_keeps_what_the_first_needs(target: Target, tmp_path: Path) -> None:
    sums = load_task(f"{written(tmp_path, SUMS, 'sums')}::sums", {"target": target})
    calls = f"{INCLUDE}\n{SUMS.replace('std::accumulate', 'parallel::accumulate')}"
    for name in ALGORITHMS:
        (tmp_path / HEADER).write_text(header_of(f"{INCLUDE}\nparallel::{name}(", "threads"))
        shipped = headers_beside({sums.path: calls}, target)[tmp_path / HEADER]
        assert re.search(rf"^(?![#/ ]).*\b{name}\(", shipped, re.MULTILINE)
        assert re.search(r"^(?![#/ ]).*\baccumulate\(", shipped, re.MULTILINE)
        assert shipped == header_of(f"{calls}\nparallel::{name}(", target)

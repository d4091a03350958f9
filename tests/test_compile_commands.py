import json
import shlex
from pathlib import Path
from typing import Any

import pytest

from agentpar.cli.options import task_options
from agentpar.errors import TaskError
from agentpar.evaluation.project import project_headers
from agentpar.task import Build, Task, describe_build
from agentpar.task_file import load_task
from agentpar.verdict import Outcome
from tests.evaluation.courtroom import cheapest_kind, courtroom

SOURCE = """\
#include "weights.hpp"

void smooth(const double* in, double* out, int n) {
    for (int i = 0; i < n; ++i) {
        out[i] = WEIGHT * in[i] + offset();
    }
}
"""
HEADER = """\
#pragma once
#include "detail/offset.hpp"
#ifndef WEIGHT
#error "the project builds with -DWEIGHT"
#endif
"""
OFFSET = "#pragma once\ninline double offset() { return 0.5; }\n"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A repository with sources and headers in folders of their own, and nothing that says how it is built."""
    for folder in (".git", "src", "include/detail", "build"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "src/kernel.cpp").write_text(SOURCE)
    (tmp_path / "include/weights.hpp").write_text(HEADER)
    (tmp_path / "include/detail/offset.hpp").write_text(OFFSET)
    return tmp_path


def record(project: Path, command: str | list[str], place: str = "build", **entry: Any) -> Path:
    """Write a compilation database with one entry for the kernel, built in `build`."""
    key = "command" if isinstance(command, str) else "arguments"
    path = project / place / "compile_commands.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    listed = {"directory": str(project / "build"), "file": "../src/kernel.cpp", key: command}
    path.write_text(json.dumps([listed | entry]))
    return path


def load(project: Path, **options: Any) -> Task:
    return load_task(f"{project / 'src/kernel.cpp'}::smooth", options)


def test_compiler_standard_flags_and_folders_are_what_the_project_builds_with(project: Path) -> None:
    origin = record(
        project, "/usr/bin/g++-12 -std=gnu++20 -O3 -DWEIGHT=2 -U X -I../include -c ../src/kernel.cpp -o k.o"
    )
    task = load(project)
    assert task.build == Build(
        compiler="g++-12",
        standard="gnu++20",
        flags=("-O3", "-DWEIGHT=2", "-UX"),
        include=(str(project / "include"),),
    )
    assert task.build_origin == str(origin)
    assert describe_build(task).endswith(f"-I{project / 'include'}, from {origin}")


def test_a_command_and_a_list_of_arguments_mean_the_same(project: Path) -> None:
    command = "ccache clang++ -O2 '-DNAME=\"a b\"' -I ../include -isystem ../build -march=native -c ../src/kernel.cpp"
    record(project, command)
    by_command = load(project)
    record(project, shlex.split(command))
    assert load(project) == by_command
    assert by_command.build.flags == ("-O2", '-DNAME="a b"', "-march=native")
    assert (by_command.build.compiler, by_command.build.standard) == ("clang++", "gnu++17")


def test_what_only_reports_traces_or_instruments_is_left_out(project: Path) -> None:
    record(
        project,
        "c++ -O1 -g3 -Wall -Werror -Wp,-D_FORTIFY_SOURCE=2 -MD -MT k.o -MF k.d -fsanitize=address -fPIE -pthread "
        "-fdiagnostics-color=always -fno-exceptions --coverage -fprofile-arcs -ffile-prefix-map=/a=/b -x c++ "
        "-Winvalid-pch -include CMakeFiles/k.dir/cmake_pch.hxx -o k.o -c ../src/kernel.cpp",
    )
    build = load(project).build
    assert build.flags == ("-O1", "-pthread", "-fno-exceptions")
    assert build.compiler == "g++"


def test_folders_of_the_system_and_those_that_do_not_exist_are_passed_over(project: Path) -> None:
    record(project, "g++ -O2 -I/usr/include -isystem /usr/include/c++/12 -Igenerated -I../include -I../include")
    assert load(project).build.include == (str(project / "include"),)


@pytest.mark.parametrize("place", ["src", "src/build", ".", "build", "out", "builddir", "cmake-build-release"])
def test_it_is_found_beside_the_source_above_it_and_in_build_folders(project: Path, place: str) -> None:
    assert load(project).build_origin == ""
    assert load(project).build.flags == ("-O2",)
    origin = record(project, "g++ -O3 -c ../src/kernel.cpp", place)
    assert load(project).build_origin == str(origin)
    assert load(project).build.flags == ("-O3",)


def test_the_nearest_that_lists_the_file_counts(project: Path) -> None:
    record(project, "g++ -O0 -c x.cpp", "src", file="../src/other.cpp")
    near = record(project, "g++ -O1 -c ../src/kernel.cpp", "src/build")
    record(project, "g++ -O3 -c ../src/kernel.cpp", "build")
    assert load(project).build_origin == str(near)


def test_nothing_above_the_repository_is_read(project: Path) -> None:
    (project / "src/.git").mkdir()
    record(project, "g++ -O3 -c ../src/kernel.cpp", ".")
    assert load(project).build_origin == ""


def test_a_file_that_is_not_listed_is_built_with_the_defaults(project: Path) -> None:
    record(project, "g++ -O3 -c ../src/other.cpp", file="../src/other.cpp")
    assert load(project).build == Build(compiler="g++", standard="c++17")


def test_options_win_one_by_one(project: Path) -> None:
    record(project, "g++ -std=c++20 -O3 -DWEIGHT=2 -I../include -c ../src/kernel.cpp")
    task = load(project, standard="c++23")
    assert (task.build.standard, task.build.flags) == ("c++23", ("-O3", "-DWEIGHT=2"))
    assert load(project, include=["src"]).build.include == ("src",)


def test_folders_on_the_command_line_are_named_from_where_the_user_is(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(project)
    task = load_task("src/kernel.cpp::smooth", task_options(flags=None, threads=None, include=["include"]))
    assert set(project_headers(task).files.values()) == {HEADER.encode(), OFFSET.encode()}


def test_flags_or_a_build_table_say_all_themselves(project: Path) -> None:
    record(project, "this is no command '", "build")
    assert load(project, flags=("-O1",)).build.flags == ("-O1",)
    (project / "src/task.toml").write_text('source = "kernel.cpp"\nentry = "smooth"\n[build]\nstandard = "c++20"\n')
    task = load_task(str(project / "src"))
    assert (task.build.standard, task.build.flags, task.build_origin) == ("c++20", ("-O2",), "")


def test_a_c_source_gets_what_c_compilers_take_by_themselves(project: Path) -> None:
    (project / "src/kernel.c").write_text("void f(double* x, int n) { for (int i = 0; i < n; ++i) x[i] = i; }\n")
    record(project, "cc -O2 -c ../src/kernel.c", file="../src/kernel.c")
    build = load_task(f"{project / 'src/kernel.c'}::f").build
    assert (build.compiler, build.standard, build.flags) == ("gcc", "gnu17", ("-O2",))


@pytest.mark.parametrize("command", ["g++ -c ../src/kernel.cpp", "g++ -O0 -c ../src/kernel.cpp"])
def test_a_build_without_optimisation_is_kept_and_said(project: Path, command: str) -> None:
    record(project, command)
    task = load(project)
    assert "-O2" not in task.build.flags
    assert describe_build(task).endswith("; not optimised, and speed-ups are over that")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", "not a compilation database"),
        ("{", "not a compilation database"),
        ("{}", "no list of objects"),
        ("[1]", "no list of objects"),
        ("[" * 100_000, "not a compilation database"),
        ('[{"directory": "."}]', 'no "file"'),
        ('[{"directory": ".", "file": 3}]', 'no "file"'),
        ('[{"directory": ".", "file": "../src/kernel.cpp"}]', 'neither "command" nor "arguments"'),
        ('[{"directory": ".", "file": "../src/kernel.cpp", "arguments": []}]', 'neither "command" nor "arguments"'),
        ('[{"directory": ".", "file": "../src/kernel.cpp", "command": "g++ \'"}]', "cannot be read"),
        ('[{"directory": ".", "file": "../src/kernel.cpp", "command": "g++ -DX=\\u0000"}]', "control characters"),
        (
            '[{"directory": ".", "file": "../src/kernel.cpp", "command": "g++ -include config.h"}]',
            "`-include config.h`, which agentpar cannot do; include that header in the source",
        ),
    ],
    ids=str,
)
def test_a_damaged_database_is_refused_with_the_mend(project: Path, content: str, words: str) -> None:
    place = project / "build/compile_commands.json"
    place.write_text(content)
    with pytest.raises(TaskError) as refused:
        load(project)
    message = str(refused.value)
    assert message.startswith(str(place)) and words in message and "\n" not in message
    assert "give --flags" in message
    assert refused.value.exit_code == 2


@pytest.mark.sandbox
async def test_a_project_is_built_and_judged_with_what_its_database_says(project: Path) -> None:
    record(project, "g++ -std=c++17 -O2 -DWEIGHT=3.0 -I../include -c ../src/kernel.cpp -o kernel.o")
    path = project / "src/kernel.cpp"
    parallel = SOURCE.replace("    for", "#pragma omp parallel for\n    for")
    wrong = SOURCE.replace("WEIGHT", "2.0")
    async with courtroom(cheapest_kind(), path, "smooth", is_quick=True, races=False) as court:
        assert (await court.verdict(parallel)).outcome is Outcome.OK
        assert (await court.verdict(wrong)).outcome is Outcome.WRONG_ANSWER

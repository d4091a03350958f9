"""The oracle `command`: a project's own build, tests and bench command judge what is proposed for one of its files."""

import shutil
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from courtroom import candidate_of, cheapest_kind

from agentpar import api
from agentpar.errors import ReferenceFailed, TaskError
from agentpar.evaluation import machine, measure
from agentpar.evaluation.command.judge import CommandJudge
from agentpar.reporting.result import Result
from agentpar.sections import with_files
from agentpar.session import open_judge
from agentpar.task_file import load_task
from agentpar.verdict import Outcome

# How many threads worked is a figure that no noise moves: libgomp tells of each that joins.
THREADS = "echo threads: $(( $(OMP_DISPLAY_AFFINITY=true %s 2>&1 | grep -c affinity) + 1 ))"
COMMANDS = {
    "build": "make -s",
    "test": "./check",
    "bench": THREADS % "./timed",
    "metric": r"threads: (\d+)",
    "direction": "larger",
}
KERNEL = """\
#include "sum.hpp"
double sum(const std::vector<double>& x) {
    double total = 0;
    for (std::size_t i = 0; i < x.size(); ++i) total += x[i];
    return total;
}
"""
FILES = {
    "Makefile": "CXXFLAGS = -O1 -fopenmp\nall: check timed\ncheck timed: %: %.o sum.o\n\tg++ -fopenmp -o $@ $^\n"
    "sum.o: src/sum.cpp src/sum.hpp\n\tg++ $(CXXFLAGS) -c -o $@ $<\n%.o: %.cpp\n\tg++ -O0 -c -o $@ $<\n",
    "src/sum.hpp": "#pragma once\n#include <vector>\ndouble sum(const std::vector<double>& x);\n",
    "src/sum.cpp": KERNEL,
    "check.cpp": '#include "src/sum.hpp"\n#include <cstdio>\nint main() {\n'
    "    const double got = sum(std::vector<double>(1000, 1.0));\n"
    '    if (got != 1000) std::printf("the sum is %g\\n", got);\n    return got == 1000 ? 0 : 1;\n}\n',
    "timed.cpp": '#include "src/sum.hpp"\nint main() { return sum(std::vector<double>(100000, 1.0)) > 0 ? 0 : 1; }\n',
    ".gitignore": "*.o\n/check\n/timed\nbig/\n",
}


@pytest.fixture(autouse=True, scope="module")
def impatient() -> Any:
    """Nothing here asserts a time, so nobody waits for a busy machine to become quiet."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(measure, "_QUIET_LOAD", float("inf"))
        patch.setattr(machine, "_PATIENCE", 1)
        yield


def make_project(folder: Path, **changes: str) -> Path:
    for name, text in {**FILES, **changes}.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    subprocess.run(["git", "init", "-q", str(folder)], check=True)
    return folder


def options(**changes: Any) -> dict[str, Any]:
    return {"function": "sum", "file": "src/sum.cpp", "pairs": 6, "threads": (1, 2), **COMMANDS, **changes}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def judge(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[CommandJudge]:
    folder = make_project(tmp_path_factory.mktemp("project"))
    task = load_task(str(folder), options())
    async with open_judge(task, sandbox=cheapest_kind(), emit=lambda _: None, pauses_s=()) as (opened, evidence):
        assert "believed" in evidence["trust"]
        assert isinstance(opened, CommandJudge)
        yield opened


PARALLEL = KERNEL.replace("    for", "    #pragma omp parallel for reduction(+:total)\n    for")
pytestmark = [pytest.mark.sandbox, pytest.mark.asyncio(loop_scope="module")]


async def test_a_right_candidate_is_measured_and_its_verdict_says_what_was_believed(judge: CommandJudge) -> None:
    verdict = await judge.evaluate(candidate_of(PARALLEL))
    assert verdict.outcome is Outcome.OK, verdict.feedback
    assert verdict.measurement and verdict.is_improvement
    assert verdict.measurement.best.threads == 2
    assert "believed" in verdict.unchecked[0]
    assert "races unchecked" in verdict.unchecked[1]


async def test_an_unchanged_copy_is_no_improvement(judge: CommandJudge) -> None:
    verdict = await judge.evaluate(candidate_of(KERNEL + "\n"))
    assert verdict.outcome is Outcome.OK
    assert not verdict.is_improvement


@pytest.mark.parametrize(
    ("source", "outcome", "said"),
    [
        (KERNEL.replace("i = 0", "i = 1"), Outcome.WRONG_ANSWER, "the sum is 999"),
        (KERNEL.replace("total +=", "totals +="), Outcome.BUILD_ERROR, "totals’ was not declared"),
        (KERNEL.replace("double total", "while (!x.empty()) {}\n    double total"), Outcome.TIMEOUT, "takes longer"),
        (KERNEL.replace("return total", "__builtin_trap(); return total"), Outcome.CRASH, "died of signal 4"),
    ],
)
async def test_what_fails_gets_a_verdict_and_words_that_help(
    judge: CommandJudge, source: str, outcome: Outcome, said: str
) -> None:
    judge._shop.limits = judge._shop.limits.model_copy(update={"test": 1.0})
    verdict = await judge.evaluate(candidate_of(source))
    assert verdict.outcome is outcome
    assert said in verdict.feedback


async def test_a_candidate_cannot_start_processes_without_end(judge: CommandJudge) -> None:
    forks = """\
#include <cstdio>
#include <unistd.h>
static int started() {
    for (int n = 0; n < 1000; ++n)
        if (const int child = fork(); child <= 0) return child == 0 ? (setsid(), pause(), 0) : n;
    return 1000;
}
static const int n = std::printf("%d started\\n", started());
"""
    verdict = await judge.evaluate(candidate_of(forks + KERNEL.replace("total = 0", "total = n")))
    assert verdict.outcome is Outcome.WRONG_ANSWER
    assert int(verdict.feedback.partition(" started")[0].split()[-1]) < 256


async def test_nothing_of_a_candidate_survives_for_the_next(judge: CommandJudge) -> None:
    """It spoils what it can write: its own folder, the build in it, and files beside it."""
    harm = "touch here ../beside; echo x > Makefile; rm check.o; rm -rf ../../task/private/project"
    spoils = f'#include <cstdlib>\nstatic const int spoilt = std::system("{harm}");\n{KERNEL}'
    await judge.evaluate(candidate_of(spoils))
    looks = KERNEL.replace(
        "    double total = 0;",
        '    double total = fopen("here", "r") || fopen("../beside", "r") ? 1 : 0;',
    ).replace("#include", "#include <cstdio>\n#include")
    verdict = await judge.evaluate(candidate_of(looks))
    assert verdict.outcome is Outcome.OK, verdict.feedback


@pytest.mark.parametrize("mode", ["555", "000"])
async def test_a_candidate_cannot_close_its_folder_to_the_next(judge: CommandJudge, mode: str) -> None:
    closes = f'#include <cstdlib>\nstatic const int closed = std::system("chmod {mode} ..");\n{KERNEL}'
    await judge.evaluate(candidate_of(closes))
    verdict = await judge.evaluate(candidate_of(f"{KERNEL}// after {mode}\n"))
    assert verdict.outcome is Outcome.OK, verdict.feedback


async def test_the_search_ends_in_a_patch_that_applies_and_goes_on_where_it_was(tmp_path: Path) -> None:
    folder = make_project(tmp_path / "project")
    run = tmp_path / "run"
    kind = cheapest_kind()
    result = await api.asolve(str(folder), run_dir=run, sandbox=kind, candidates=2, **options(threads=(2,)))
    assert_applies(result, folder)
    assert "believed" in (run / "report.md").read_text()
    assert "believed" in (run / "result.json").read_text()
    again = await api.aresume(run, sandbox=kind, candidates=3)
    assert [c.number for c in again.candidates] == [1, 2, 3]
    (folder / "check.cpp").write_text("int main() {}\n")
    with pytest.raises(TaskError, match="changed since this run began"):
        await api.aresume(run, sandbox=kind, candidates=4)


PART = """\
    double total = 0;
    for (long i = 0; i < n; ++i) total += x[i];
    return total;
}
"""
TWO_FILES = {
    "src/sum.cpp": '#include "sum.hpp"\ndouble back(const double* x, long n);\n'
    f"static double front(const double* x, long n) {{\n{PART}"
    "double sum(const std::vector<double>& x) {\n    const long half = x.size() / 2;\n"
    "    return front(x.data(), half) + back(x.data() + half, x.size() - half);\n}\n",
    "src/back.cpp": f"double back(const double* x, long n) {{\n{PART}",
    "Makefile": FILES["Makefile"].replace(" sum.o\n", " sum.o back.o\n")
    + "back.o: src/back.cpp\n\tg++ $(CXXFLAGS) -c -o $@ $<\n",
}


async def test_several_files_are_changed_together_and_one_patch_has_them_all(tmp_path: Path) -> None:
    folder, kind, names = (
        make_project(tmp_path / "project", **TWO_FILES),
        cheapest_kind(),
        ("src/sum.cpp", "src/back.cpp"),
    )
    task = load_task(str(folder), options(file=names, threads=(2,), candidates=1))
    half = {folder.resolve() / "src/back.cpp": TWO_FILES["src/back.cpp"].replace("return total", "return total / 2")}
    both = half | {folder.resolve() / "src/sum.cpp": TWO_FILES["src/sum.cpp"].replace("+ back", "+ 2 * back")}
    versions = [with_files(task, half), with_files(task, both), "int nothing;\n"]
    verdicts = [verdict async for verdict in api.ajudge(task, versions, sandbox=kind)]
    assert [each.outcome for each in verdicts] == [Outcome.WRONG_ANSWER, Outcome.OK, Outcome.SCREENED]
    result = await api.asolve(task, run_dir=tmp_path / "run", sandbox=kind)
    assert_applies(result, folder)
    for name in names:
        assert "#pragma omp parallel for" in (tmp_path / "run/best" / name).read_text()
    (folder / "src/back.cpp").write_text("changed after the run began, which knows what it began with\n")
    assert (await api.aresume(tmp_path / "run", sandbox=kind, candidates=2)).evaluated == 2


def assert_applies(result: Result, folder: Path) -> None:
    assert result.status == "improved", result.why
    assert result.patch and result.build_flags == ()
    subprocess.run(["git", "-C", str(folder), "apply", "--check", result.patch], check=True)


@pytest.mark.docker
async def test_a_project_with_cmake_and_ctest_is_solved_as_its_task_says(tmp_path: Path) -> None:
    """All but the figure: how many threads work is certain on any machine."""
    folder = tmp_path / "photo"
    shutil.copytree(Path(__file__).parents[2] / "examples/projects/photo", folder)
    subprocess.run(["git", "init", "-q", str(folder)], check=True)
    result = await api.asolve(
        str(folder), run_dir=tmp_path / "run", sandbox="docker", candidates=1, pairs=6, threads=(2,),
        bench=THREADS % "build/bench", metric=COMMANDS["metric"],
    )  # fmt: skip
    assert_applies(result, folder)


@pytest.mark.parametrize(
    ("changes", "given", "error", "said"),
    [
        ({"src/sum.cpp": "double sum("}, {"function": ""}, TaskError, "fails for the project as it is"),
        ({"check.cpp": "int main() { return 3; }\n"}, {}, ReferenceFailed, "exits with 3"),
        ({}, {"bench": "./nowhere"}, ReferenceFailed, r"command exits with 127[\s\S]*an image of yours"),
        ({}, {"bench": "./timed"}, ReferenceFailed, "has nothing at threads"),
        ({}, {"bench": "seq 20000; echo threads: 1"}, ReferenceFailed, "only the first 64 KiB"),
        ({}, {"build": "make -s CXXFLAGS=-O1"}, TaskError, "without -fopenmp"),
        ({}, {"target": "mpi"}, TaskError, "without MPI .* in an image of yours"),
        ({"Makefile": FILES["Makefile"].replace("o: src/sum.cpp src/sum.hpp", "o:").replace("$<\n%", "src/sum.cpp\n%")},
         {}, TaskError, "does not compile src/sum.cpp again"),
    ],
)  # fmt: skip
async def test_a_project_that_does_not_work_as_it_is_is_told_what_to_mend(
    tmp_path: Path, changes: dict[str, str], given: dict[str, str], error: type[TaskError], said: str
) -> None:
    task = load_task(str(make_project(tmp_path, **changes)), options(**given))
    with pytest.raises(error, match=said) as raised:
        async with open_judge(task, sandbox=cheapest_kind(), emit=lambda _: None, is_search=True, pauses_s=()):
            pass
    assert raised.type is error

"""Several files that the serial function judges: planned, rewritten and built as one source, patched file by file."""

import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from agentpar.errors import TaskError
from agentpar.evaluation.project import project_headers
from agentpar.judges import understand
from agentpar.planning.integrate import source_patch
from agentpar.planning.plan import described
from agentpar.planning.static import plan_code
from agentpar.proposers.base import SearchState
from agentpar.proposers.rewrite import RewriteProposer
from agentpar.sections import texts_of, with_files
from agentpar.task import Task
from agentpar.task_file import load_task
from agentpar.verdict import Outcome
from tests.evaluation.courtroom import Courtroom, cheapest_kind, courtroom

HEADER = """\
#pragma once
#include <cmath>
#include <cstddef>
#include <vector>

struct Weights {
    double near;
    double far;
};

void smooth(const std::vector<double>& in, std::vector<double>& out, const Weights& weights);

inline void roots(const std::vector<double>& in, std::vector<double>& out) {
    for (std::size_t i = 0; i < in.size(); ++i) {
        double sum = 0.0;
        for (int k = 1; k <= 40; ++k) sum += std::sqrt(std::fabs(in[i]) * k);
        out[i] = sum;
    }
}
"""
SMOOTH = """\
#include "../include/kernels.hpp"

static double weigh(double a, double b, const Weights& weights) {
    return weights.near * std::sin(a) + weights.far * std::cos(b);
}

void smooth(const std::vector<double>& in, std::vector<double>& out, const Weights& weights) {
    const std::size_t n = in.size();
    for (std::size_t i = 0; i < n; ++i) {
        double sum = 0.0;
        for (int k = 0; k < 8; ++k) sum += weigh(in[i], in[(i + k) % n], weights);
        out[i] = sum;
    }
}
"""
PIPELINE = """\
#include "../include/kernels.hpp"

std::vector<double> pipeline(const std::vector<double>& readings, const Weights& weights) {
    std::vector<double> rooted(readings.size()), result(readings.size());
    roots(readings, rooted);
    smooth(rooted, result, weights);
    return result;
}
"""
FILES = {"src/pipeline.cpp": PIPELINE, "src/smooth.cpp": SMOOTH, "include/kernels.hpp": HEADER}
OTHERS = ("src/smooth.cpp", "include/kernels.hpp")


def lay_out(folder: Path, **changed: str) -> None:
    for name, text in FILES.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(changed.get(Path(name).stem, text))


def loaded(folder: Path, **options: object) -> Task:
    others = tuple(str(folder / name) for name in OTHERS)
    return load_task(f"{folder}/src/pipeline.cpp::pipeline", {"file": others, **options})


def test_a_file_stands_after_those_that_it_includes_and_a_task_file_says_the_same(tmp_path: Path) -> None:
    lay_out(tmp_path)
    task = loaded(tmp_path)
    assert [path.name for path in texts_of(task, task.source)] == ["kernels.hpp", "pipeline.cpp", "smooth.cpp"]
    (tmp_path / "task.toml").write_text(f'source = {[*OTHERS, "src/pipeline.cpp"]}\nentry = "pipeline"\n')
    by_file = load_task(str(tmp_path))
    assert by_file.path == task.path and {*by_file.others} == {*task.others}
    assert texts_of(by_file, by_file.source) == texts_of(task, task.source)
    own = tuple(f"{tmp_path}/{name}" for name in ("src/pipeline.cpp", *OTHERS))
    assert loaded(tmp_path, file=own).source == task.source


def test_a_header_is_read_once_wherever_it_is_included_from(tmp_path: Path) -> None:
    lay_out(tmp_path, smooth=SMOOTH.replace("kernels", "all"))
    (tmp_path / "include/all.hpp").write_text('#include "kernels.hpp"\n')
    headers = project_headers(loaded(tmp_path))
    by_name = {Path(place).name: content for place, content in headers.files.items()}
    assert by_name == {
        "all.hpp": b'#include "kernels.hpp"\n',
        "kernels.hpp": b"",
        "pipeline.cpp": b"",
        "smooth.cpp": b"",
    }
    assert [Path(unit).name for unit in headers.units] == ["pipeline.cpp", "smooth.cpp"]


def test_a_link_to_a_header_leads_to_it_where_each_file_is_built_by_itself(tmp_path: Path) -> None:
    lay_out(tmp_path)
    (tmp_path / "include/kernels.hpp").rename(tmp_path / "real.hpp")
    (tmp_path / "include/kernels.hpp").symlink_to("../real.hpp")
    headers = project_headers(loaded(tmp_path))
    by_name = {Path(place).name: content for place, content in headers.files.items()}
    assert by_name["kernels.hpp"] == b'#include "../real.hpp"\n' and by_name["real.hpp"] == b""


def test_where_all_are_headers_the_one_that_includes_the_others_is_built_by_itself(tmp_path: Path) -> None:
    (tmp_path / "all.hpp").write_text('#include "part.hpp"\ninline int all() { return part(); }\n')
    (tmp_path / "part.hpp").write_text("#pragma once\ninline int part() { return 1; }\n")
    task = load_task(f"{tmp_path}/all.hpp::all", {"file": (f"{tmp_path}/part.hpp",)})
    assert project_headers(task).units == ("all.hpp",)


def test_includes_that_no_compiler_can_follow_are_left_to_it(tmp_path: Path) -> None:
    lay_out(tmp_path, smooth=f'#include "{"x" * 300}.hpp"\n#include "0.hpp"\n{SMOOTH}')
    for i in range(1200):
        (tmp_path / f"src/{i}.hpp").write_text(f'#include "{i + 1}.hpp"\n')
    assert len(loaded(tmp_path).others) == 2


def test_a_link_that_leads_round_is_told(tmp_path: Path) -> None:
    lay_out(tmp_path)
    (tmp_path / "include/kernels.hpp").unlink()
    (tmp_path / "include/kernels.hpp").symlink_to("kernels.hpp")
    with pytest.raises(TaskError, match=r"kernels\.hpp: cannot be read: Too many levels"):
        loaded(tmp_path)
    (tmp_path / "round").symlink_to("round")
    with pytest.raises(TaskError, match=r"a\.cpp: cannot be read: Too many levels"):
        load_task(f"{tmp_path}/round/a.cpp::f", {"file": (f"{tmp_path}/src/smooth.cpp",)})


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"file": ("src/pipeline.cpp", "src/smooth.cpp", "src/../src/smooth.cpp")}, "name each file once"),
        ({"file": ("src/smooth.cpp", "src/extra.c")}, "all in C or all in C"),
        ({"file": ("src/smooth.cpp", "src/extra.py")}, r"C\+\+, and extra\.py is not"),
        ({"file": ("src/smoth.cpp",)}, "no such file; did you mean smooth.cpp"),
        ({"target": "cuda"}, "for target cuda name one file"),
    ],
)
def test_files_that_cannot_be_built_as_one_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, options: dict[str, object], said: str
) -> None:
    lay_out(tmp_path)
    for name in ("src/extra.c", "src/extra.py"):
        (tmp_path / name).write_text("")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(TaskError, match=said):
        load_task("src/pipeline.cpp::pipeline", {"file": OTHERS, **options})


def test_an_include_that_would_be_another_file_is_refused(tmp_path: Path) -> None:
    lay_out(tmp_path, kernels=HEADER.replace("<cmath>", '"config.hpp"'), smooth=f'#include "config.hpp"\n{SMOOTH}')
    for folder in ("src", "include"):
        (tmp_path / folder / "config.hpp").write_text("#include <cmath>\n")
    with pytest.raises(TaskError, match=r"kernels\.hpp: its config\.hpp is .*include.*rename one of them"):
        project_headers(loaded(tmp_path))


def test_what_is_wrong_with_a_function_is_told_by_the_file_that_it_is_in(tmp_path: Path) -> None:
    lay_out(tmp_path, smooth=f"{SMOOTH}\nvoid odd(void** p) {{}}\n")
    with pytest.raises(TaskError, match=r"^src/smooth\.cpp:16: "):
        understand(loaded(tmp_path).model_copy(update={"entry": "odd"}))


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("project")
    lay_out(folder)
    subprocess.run(["git", "init", "-q", str(folder)], check=True)
    return folder


@asynccontextmanager
async def court(folder: Path) -> AsyncIterator[Courtroom]:
    others = tuple(str(folder / name) for name in OTHERS)
    async with courtroom(
        cheapest_kind(),
        folder / "src/pipeline.cpp",
        "pipeline",
        file=others,
        is_quick=True,
        races=False,
        benchmark="n=5000",
    ) as room:
        yield room


@pytest.mark.sandbox
async def test_functions_of_all_files_are_planned_and_a_version_is_judged_and_patched_file_by_file(
    project: Path,
) -> None:
    async with court(project) as room:
        task = room.prepared.task
        plan = await plan_code(task, profile=room.search.profile, understand=understand)
        assert {each.id for each in plan.subtasks} == {"roots", "smooth"}, described(plan, 2, task.source)

        state = SearchState(source=task.source, entry="smooth", target="openmp", seed=0, judged=())
        first, *_ = await RewriteProposer().propose(state, 1)
        assert "src/smooth.cpp:9" in first.strategy
        verdict = await room.verdict(first.source)
        assert verdict.outcome is Outcome.OK, verdict

        paths = {path.name: path for path in texts_of(task, task.source)}
        broken = await room.verdict(with_files(task, {paths["smooth.cpp"]: SMOOTH.replace("sum;", "some;")}))
        assert broken.feedback.startswith("src/smooth.cpp:12:18: error:"), broken
        moved = {
            paths["smooth.cpp"]: f"void help() {{}}\n{SMOOTH}",
            paths["kernels.hpp"]: f"{HEADER}void twice() {{}}\n",
        }
        apart = await room.verdict(with_files(task, moved))
        assert apart.outcome is Outcome.BUILD_ERROR and "file by file" in apart.feedback and "twice" in apart.feedback
        unlinked = await room.verdict(
            with_files(task, {paths["smooth.cpp"]: SMOOTH.replace("\nvoid smooth", "\ninline void smooth")})
        )
        assert "undefined reference to `smooth" in unlinked.feedback, unlinked
        lost = await room.verdict(f"{task.source}\n/* file: src/smooth.cpp */\n")
        assert lost.outcome is Outcome.SCREENED

        patch = source_patch(task, first.source, ["-fopenmp"])
        (project / "best.patch").write_text(patch)
    assert "src/smooth.cpp" in patch and "pipeline.cpp" not in patch
    subprocess.run(["git", "apply", "best.patch"], cwd=project, check=True)
    (project / "main.cpp").write_text(
        '#include "include/kernels.hpp"\nstd::vector<double> pipeline(const std::vector<double>&, const Weights&);\n'
        "int main() { return pipeline(std::vector<double>(9, 1.0), {1.0, 2.0}).size() == 9 ? 0 : 1; }\n"
    )
    units = ["main.cpp", "src/pipeline.cpp", "src/smooth.cpp"]
    subprocess.run(["g++", "-O1", "-fopenmp", *units, "-o", "program"], cwd=project, check=True)
    subprocess.run([project / "program"], check=True)


@pytest.mark.sandbox
async def test_names_that_clash_in_one_source_are_told_with_the_mend(tmp_path: Path) -> None:
    lay_out(
        tmp_path, pipeline=f"{PIPELINE}static double weigh(double a, double b, const Weights& w) {{ return w.near; }}\n"
    )
    with pytest.raises(TaskError, match=r"src/smooth\.cpp:3:15: error: redefinition(.|\n)*names of their own"):
        async with court(tmp_path):
            pass

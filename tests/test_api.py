import ast
import runpy
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib import import_module
from pathlib import Path

import pytest

import agentpar
from agentpar.api import aplan
from agentpar.candidate import Candidate
from agentpar.ledger import Ledger
from agentpar.search.base import Emit
from agentpar.search.strategy import Team
from agentpar.task import Task
from agentpar.verdict import Outcome, Stage, Verdict
from tests.search.doubles import Judge, Listed, Work, a_task, ok, proposal

ROOT = Path(__file__).parents[1]


def test_importing_agentpar_imports_nothing_heavy() -> None:
    program = "import sys, agentpar; print(*sys.modules)"
    imported = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
    assert not {"langgraph", "langchain_core", "docker", "numpy", "pydantic", "rich"} & set(imported.split())


def test_every_public_name_is_what_type_checkers_are_told() -> None:
    tree = ast.parse((ROOT / "agentpar" / "__init__.py").read_text())
    (told,) = (node for node in tree.body if isinstance(node, ast.If))
    names = {"__version__"}
    for node in told.body:
        if isinstance(node, ast.ImportFrom):
            home = import_module(str(node.module))
            for each in node.names:
                assert getattr(agentpar, each.name) is getattr(home, each.name)
                names.add(each.name)
    assert names == set(agentpar.__all__) <= set(dir(agentpar))
    assert agentpar.__version__[0].isdigit()
    assert (ROOT / "agentpar" / "py.typed").exists()
    with pytest.raises(AttributeError, match="has no attribute 'solv'"):
        agentpar.solv  # noqa: B018  as a user would mistype it


async def test_options_for_a_task_that_is_loaded_already_are_refused(tmp_path: Path) -> None:
    with pytest.raises(agentpar.TaskError, match="candidates: a loaded task has its options already"):
        await agentpar.asolve(a_task(), run_dir=tmp_path / "run", candidates=3)
    assert list(tmp_path.iterdir()) == []


async def test_the_target_is_an_option_like_any_other() -> None:
    with pytest.raises(agentpar.TaskError, match="target"):
        await agentpar.asolve(f"{ROOT / 'examples/matmul.cpp'}::matmul", target="vectors")


@pytest.mark.parametrize(
    ("named", "target", "reason"),
    [
        ("examples/python/bilateral.py::bilateral", "multiprocessing", "functions of Python are not profiled"),
        ("examples/jacobi.cpp::jacobi", "auto", "its target is left open"),
        ("examples/matmul.cpp::matmul", "openmp", "`matmul` alone has loops, and is shorter than 40 lines"),
    ],
)
async def test_a_plan_that_the_source_alone_settles_runs_nothing(
    monkeypatch: pytest.MonkeyPatch, named: str, target: str, reason: str
) -> None:
    monkeypatch.setenv("DOCKER_HOST", "unix:///nowhere")
    plan, threads = await aplan(f"{ROOT / named}", sandbox="docker", target=target, threads=(1, 3))
    assert plan.is_atomic and plan.reason == reason and threads == (1, 3)


@pytest.mark.parametrize(
    ("page", "example"),
    [("docs/langgraph.md", "examples/langgraph_stream.py"), ("docs/langgraph.md", "examples/library_progress.py")],
)
def test_the_pages_show_the_examples_as_they_are(page: str, example: str) -> None:
    assert f"```python\n{(ROOT / example).read_text()}```\n" in (ROOT / page).read_text()


def test_the_example_of_the_library_tells_each_verdict_as_it_comes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    @asynccontextmanager
    async def open_session(task: Task, *, run_dir: Path, sandbox: str, emit: Emit) -> AsyncIterator[Work]:
        with Ledger.open(run_dir / "ledger.sqlite") as ledger:
            yield Work(ledger, Judge(verdict), Team([Listed([proposal(mark) for mark in "abcd"])]), workers=1)

    def verdict(candidate: Candidate) -> Verdict:
        return ok(2.0) if candidate.number == 2 else Verdict(outcome=Outcome.OK, stage=Stage.MEASURE)

    (tmp_path / "examples").symlink_to(ROOT / "examples")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("agentpar.api.open_session", open_session)
    runpy.run_path("examples/library_progress.py")
    *verdicts, result = capsys.readouterr().out.splitlines()
    assert verdicts == ["1/3: ok, not timed, variant a", "2/3: ok, 2.00×, variant b", "3/3: ok, not timed, variant c"]
    (run_dir,) = Path(".agentpar").glob("*-histogram-*")
    assert result == f"2.00×, patch {run_dir}/best.patch"
    assert {path.name for path in run_dir.iterdir()} == {
        "best.cpp", "best.patch", "ledger.lock", "ledger.sqlite", "report.md", "result.json",
    }  # fmt: skip
    assert Path(".agentpar/.gitignore").read_text() == "*\n"

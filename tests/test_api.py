import ast
import os
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

import agentpar
from tests.search.doubles import a_task

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


@pytest.mark.parametrize(
    ("page", "example"),
    [("docs/langgraph.md", "examples/langgraph_stream.py"), ("docs/langgraph.md", "examples/library_progress.py")],
)
def test_the_pages_show_the_examples_as_they_are(page: str, example: str) -> None:
    assert f"```python\n{(ROOT / example).read_text()}```\n" in (ROOT / page).read_text()


@pytest.mark.sandbox
def test_the_example_of_the_library_tells_each_verdict_as_it_comes(tmp_path: Path) -> None:
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    ran = subprocess.run(
        [sys.executable, "examples/library_progress.py"],
        cwd=tmp_path, capture_output=True, text=True, timeout=300, check=False,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    assert [line.split()[0] for line in ran.stdout.splitlines()[:3]] == ["1/3", "2/3", "3/3"]
    assert len(ran.stdout.splitlines()) == 4 and ran.stderr == ""
    (run_dir,) = (tmp_path / ".agentpar").glob("*-histogram-*")
    assert not list(run_dir.glob("*-wal")) and (run_dir / "result.json").exists()

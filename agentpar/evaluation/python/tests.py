"""The oracle `pytest`: the user's tests, run where the candidate cannot reach them."""

import ast
import json
from pathlib import Path
from typing import Any

from agentpar.errors import ReferenceFailed, TaskError
from agentpar.evaluation.python.case import PRIVATE, TESTER, PythonCase, PythonSubject
from agentpar.languages.python import imported_names, list_python_functions, module_of
from agentpar.resources import resource
from agentpar.sandbox.base import Sandbox
from agentpar.task import Task
from agentpar.task_file import read_source
from agentpar.verdict import Outcome

_MOST_BYTES = 16 << 20
_RUNS = 3
_SKIPPED = ("__pycache__", ".git", ".pytest_cache")


def test_files(task: Task) -> dict[str, bytes]:
    """The tests, and what lies beside them, by their paths below the folder that holds them all.

    Raises:
        TaskError: a file of tests is missing, there is too much beside it, or tests lie in several folders.
    """
    paths = [task.root / place for place in task.test_files]
    for path in paths:
        read_source(path)
        if path.parent.resolve() != paths[0].parent.resolve():
            raise TaskError(f"{path}: files of tests must lie in one folder, as {paths[0]} does")
    folder = paths[0].parent
    beside = [each for each in sorted(folder.rglob("*")) if each.is_file() and not set(each.parts) & set(_SKIPPED)]
    if sum(each.stat().st_size for each in beside) > _MOST_BYTES:
        raise TaskError(f"{folder}: more than 16 MiB lie beside the tests; move them into a folder of their own")
    return {each.relative_to(folder).as_posix(): each.read_bytes() for each in beside}


def files_of_tests(subject: PythonSubject) -> dict[str, bytes]:
    """What the tester needs in the sandbox: the tests, and what the module under test consists of."""
    task = subject.task
    module, _ = module_of(task.path)
    texts = [read_source(task.root / place) for place in task.test_files]
    told = {
        "module": module,
        "names": sorted({module, *(name for text in texts for name in _names_of(task.path, text))}),
        "functions": list_python_functions(task.source),
        "constants": _constants(task.source),
        "files": [Path(place).name for place in task.test_files],
    }
    files = {f"{PRIVATE}/tests/{name}": content for name, content in test_files(task).items()}
    files[f"{PRIVATE}/tests.json"] = json.dumps(told).encode()
    files[TESTER] = resource("sandboxes", "python", "tester.py").read_bytes()
    return files


def _names_of(path: Path, tests: str) -> set[str]:
    """Dotted names by which tests import the module, where no `__init__.py` says what they are."""
    parts = path.resolve().with_suffix("").parts
    return {name for name in imported_names(tests) if tuple(name.split(".")) == parts[-name.count(".") - 1 :]}


def _constants(source: str) -> dict[str, Any]:
    """Constants of the module that are plain data, by name."""
    found: dict[str, Any] = {}
    for node in ast.parse(source).body:
        if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
            try:
                value = ast.literal_eval(node.value)
                json.dumps(value)
            except (ValueError, TypeError):
                continue
            found[node.targets[0].id] = value
    return found


async def passing_tests(sandbox: Sandbox, case: PythonCase) -> tuple[str, ...]:
    """The tests that the untouched source passes, called from outside of it; none may fail, in any of a few runs.

    Raises:
        ReferenceFailed: it does not, or the tests need more of it than functions over plain data.
        TaskError: a test fails in some of the runs only, so that it would condemn candidates by chance.
    """
    ran = [await case.test(sandbox, "baseline")]
    while len(ran) < _RUNS and (ran[0].failed is None or ran[0].failed.outcome is Outcome.WRONG_ANSWER):
        ran.append(await case.test(sandbox, "baseline"))
    failures = [each.failed.feedback for each in ran if each.failed is not None]
    if len(failures) == len(ran):
        raise ReferenceFailed(
            f"the tests fail with the code as it is, called from a process apart: {failures[0]}. Tests may "
            "call functions of the module with plain data and arrays; callbacks, classes of the module and "
            "monkeypatching cannot cross to the candidate. For those, name your own test command with --test "
            "(see docs/tasks.md, an existing project)"
        )
    if failures:
        raise TaskError(
            f"flaky, with the code as it is: in {len(failures)} of {len(ran)} runs {failures[0]}. It would condemn "
            "versions by chance: have it pass always (what it draws, the time, an order), or leave it out of the tests"
        )
    if not ran[0].rounds:
        raise ReferenceFailed(f"{', '.join(case.task.test_files)}: no test was run")
    always = set.intersection(*({each["test"] for each in run.rounds} for run in ran))
    return tuple(each["test"] for each in ran[0].rounds if each["test"] in always)


def trust(task: Task) -> str:
    """What is believed, for the report."""
    names = ", ".join(Path(place).name for place in task.test_files)
    return (
        f"your tests ({names}) say what is right; they ran in a process that candidates cannot reach, and called them "
        "in another with plain data; inputs that were made were compared with the serial code as well"
    )

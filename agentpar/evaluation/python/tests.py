"""The oracle `pytest`: the user's tests, run where the candidate cannot reach them, or else in its own process."""

import ast
import json
import time
from collections.abc import Callable
from pathlib import Path, PurePosixPath
from typing import Any

from agentpar.errors import ReferenceFailed, TaskError
from agentpar.evaluation.python.case import INSIDE, LONGEST_TESTS_S, PRIVATE, TESTED, TESTER, PythonCase, PythonSubject
from agentpar.evaluation.session import Judged
from agentpar.languages.python import imported_names, list_python_functions, module_of, reached_modules
from agentpar.languages.python_inputs import Call
from agentpar.resources import resource
from agentpar.sandbox.base import Sandbox
from agentpar.sandbox.lease import working
from agentpar.sandbox.pool import Pool, TaskFiles
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
    told = {
        "module": module_of(task.path)[0],
        "names": _names_of(task),
        "functions": list_python_functions(task.source),
        "constants": _constants(task.source),
        "entry": task.entry,
        "parameters": [each.name for each in subject.function.parameters],
        "files": [Path(place).name for place in task.test_files],
    }
    files = {f"{PRIVATE}/tests/{name}": content for name, content in test_files(task).items()}
    files[f"{PRIVATE}/tests.json"] = json.dumps(told).encode()
    files[TESTER] = resource("sandboxes", "python", "tester.py").read_bytes()
    return files


def files_inside(case: PythonCase) -> TaskFiles:
    """What tests need that run in the candidate's own process: its project without the module itself, and they."""
    task = case.task
    module, _ = module_of(task.path)
    files = {f"{TESTED}/tests/{name}": content for name, content in test_files(task).items()}
    for name in _names_of(task):
        above = PurePosixPath(*name.removesuffix(module).strip(".").split("."))
        others = reached_modules(task.path, task.source)
        files |= {f"{TESTED}/project/{above / other}": content for other, content in others.items()}
    files[INSIDE] = resource("sandboxes", "python", "inside.py").read_bytes()
    return {("keeper", place): (content, 0o644) for place, content in files.items()}


def _modules_inside(task: Task) -> tuple[str, ...]:
    """Where the candidate lies in such a project, by each name that it may be imported under."""
    suffix = "/__init__.py" if task.path.name == "__init__.py" else ".py"
    return tuple(f"{name.replace('.', '/')}{suffix}" for name in _names_of(task))


def _names_of(task: Task) -> list[str]:
    """Dotted names by which tests import the module, also where no `__init__.py` says what they are."""
    parts = task.path.resolve().with_suffix("").parts
    tests = [read_source(task.root / place) for place in task.test_files]
    names = {name for text in tests for name in imported_names(text)}
    known = {name for name in names if tuple(name.split(".")) == parts[-name.count(".") - 1 :]}
    return sorted({module_of(task.path)[0], *known})


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


async def with_tests(case: PythonCase, pool: Pool, say: Callable[[str], None]) -> PythonCase:
    """The case with the tests that the untouched source passes, in each of a few runs, and where they are run: called
    from outside of it or, where they need more of it than functions over plain data, in its own process.

    Raises:
        ReferenceFailed: it passes them in neither way.
        TaskError: a test fails in some of the runs only, so that it would condemn candidates by chance.
        SandboxError: the sandbox failed.
    """
    async with pool.sandbox() as sandbox, working():
        ran = await _runs(sandbox, case)
    failures = [each.failed.feedback for each in ran if each.failed is not None]
    if len(failures) == len(ran):
        await pool.install(files_inside(case))
        case = case.model_copy(update={"inside_s": LONGEST_TESTS_S, "modules": _modules_inside(case.task)})
        begun = time.monotonic()
        async with pool.sandbox() as sandbox, working():
            ran = await _runs(sandbox, case)
        took_s = (time.monotonic() - begun) / len(ran)
        case = case.model_copy(update={"inside_s": min(LONGEST_TESTS_S, 5 + 10 * took_s)})
        if all(each.failed is not None for each in ran):
            raise ReferenceFailed(f"the tests fail with the code as it is: {ran[0].failed and ran[0].failed.feedback}")
        say(f"the tests cannot call the code from a process apart ({failures[0][:200]}): they are run in its own")
        failures = [each.failed.feedback for each in ran if each.failed is not None]
    if failures:
        raise TaskError(
            f"flaky, with the code as it is: in {len(failures)} of {len(ran)} runs {failures[0]}. It would condemn "
            "versions by chance: have it pass always (what it draws, the time, an order), or leave it out of the tests"
        )
    if not ran[0].rounds:
        raise ReferenceFailed(f"{', '.join(case.task.test_files)}: no test was run")
    always = set.intersection(*({each["test"] for each in run.rounds} for run in ran))
    passing = tuple(each["test"] for each in ran[0].rounds if each["test"] in always)
    called = ran[0].rounds[-1].get("call")
    return case.model_copy(update={"passing": passing, "call": Call.model_validate(called) if called else None})


async def _runs(sandbox: Sandbox, case: PythonCase) -> list[Judged]:
    """A few runs of the tests against the untouched source; one where they cannot be run."""
    ran = [await case.test(sandbox, "baseline")]
    while len(ran) < _RUNS and (ran[0].failed is None or ran[0].failed.outcome is Outcome.WRONG_ANSWER):
        ran.append(await case.test(sandbox, "baseline"))
    return ran


def trust(case: PythonCase) -> str:
    """What is believed, for the report."""
    names = ", ".join(Path(place).name for place in case.task.test_files)
    if case.inside_s:
        return (
            f"your tests ({names}) say what is right; they need more of the module than functions over plain data, so "
            "they ran in the candidate's own process, where a hostile one could make them pass; inputs that were made "
            "were compared with the serial code from outside of it"
        )
    return (
        f"your tests ({names}) say what is right; they ran in a process that candidates cannot reach, and called them "
        "in another with plain data; inputs that were made were compared with the serial code as well"
    )

"""The oracle `pytest`: the user's tests decide. Whoever tries to pass them otherwise is in agentpar/attack."""

import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from agentpar.errors import ReferenceFailed, TaskError
from agentpar.evaluation import measure
from agentpar.evaluation.python.tests import trust
from agentpar.session import open_judge
from agentpar.task_file import load_task
from agentpar.verdict import Outcome
from tests.evaluation.courtroom import candidate_of
from tests.python.bench_of_judges import Bench, bench, module

pytestmark = [pytest.mark.docker, pytest.mark.sandbox, pytest.mark.asyncio(loop_scope="module")]

SOURCE = """
import numpy as np

LIMIT = 3


def clip(xs: list[float]) -> list[float]:
    if xs and xs[0] != xs[0]:
        raise ValueError("not a number")
    return [min(x, LIMIT) for x in xs]


def double(values, scale=2):
    values[:] = [scale * x for x in values]


def total(array):
    return array.sum()
"""
TESTS = """
import numpy as np
import pytest
from pkg import kernels
from pkg.kernels import LIMIT, clip, double, total


@pytest.mark.parametrize("x", [1.0, 5.0])
def test_clip(x):
    assert clip([x]) == [min(x, LIMIT)]


def test_what_is_wrong_is_refused():
    with pytest.raises(ValueError, match="not a number"):
        kernels.clip([float("nan")])


def test_in_place(tmp_path):
    values = [1, 2]
    double(values, scale=3)
    assert values == [3, 6]


def test_array(helper):
    assert total(np.ones(helper)) == 1000
"""
CONFTEST = "import pytest\n\n\n@pytest.fixture\ndef helper():\n    return 1000\n"


def project(folder: Path, tests: str = TESTS, source: str = SOURCE) -> Path:
    module(folder, "", "pkg/__init__.py")
    module(folder, CONFTEST, "tests/conftest.py")
    module(folder, tests, "tests/test_kernels.py")
    return module(folder, source, "pkg/kernels.py")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def court(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Bench]:
    folder = tmp_path_factory.mktemp("project")
    async with bench(
        f"{project(folder)}::clip", tests=(str(folder / "tests/test_kernels.py"),), benchmark="n=200"
    ) as opened:
        yield opened


async def test_a_version_that_passes_is_right_and_the_report_says_who_decided(court: Bench) -> None:
    right = SOURCE.replace("[min(x, LIMIT) for x in xs]", "list(map(lambda x: x if x < LIMIT else LIMIT, xs))")
    assert await court.failure(right) is None
    assert len(court.case.passing) == 5
    assert "a process that candidates cannot reach" in trust(court.case)


async def test_a_test_that_fails_is_told_with_what_it_asserts(court: Bench) -> None:
    failed = await court.failure(SOURCE.replace("scale * x", "x"))
    assert failed is not None and failed.outcome is Outcome.WRONG_ANSWER
    assert "test_in_place" in failed.feedback and "[1, 2] == [3, 6]" in failed.feedback


async def test_an_exception_that_fails_a_test_is_told_with_the_candidates_line(court: Bench) -> None:
    failed = await court.failure(SOURCE.replace("return array.sum()", "return array.sums()"))
    assert failed is not None and "test_array" in failed.feedback
    line = SOURCE.splitlines().index("    return array.sum()") + 1
    assert f"thrown by the module at line {line}: `return array.sums()`" in failed.feedback


CLASSES = """
class Series(list):
    def mapped(self, by):
        return Series(by(x) for x in self)


def halves(xs: list[float], hook=None) -> list[float]:
    if hook:
        hook(len(xs))
    return [x / 2 for x in xs]
"""
TESTS_OF_CLASSES = """
from pkg import kernels
from pkg.kernels import Series, halves


def test_a_class_and_a_callback(monkeypatch):
    heard = []
    assert Series([2, 4]).mapped(lambda x: x // 2) == [1, 2]
    assert halves([2.0, 4.0], heard.append) == [1.0, 2.0] and heard == [2]
    monkeypatch.setattr(kernels, "halves", len)
    assert kernels.halves([1]) == 1
"""


async def test_tests_that_need_more_than_functions_run_in_the_candidates_process_and_are_said_to_be_believed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(measure, "_QUIET_LOAD", float("inf"))  # no time is asserted
    place, tests = project(tmp_path, TESTS_OF_CLASSES, CLASSES), (str(tmp_path / "tests/test_kernels.py"),)
    task = load_task(f"{place}::halves", {"tests": tests, "benchmark": "n=200", "pairs": 6, "threads": (1,)})
    async with open_judge(task, sandbox="docker", emit=lambda _: None, pauses_s=()) as (judge, evidence):
        assert "a hostile one could make them pass" in evidence["trust"]
        # What a version does to its own file while the tests run is gone when it is judged.
        swaps = f"open('../../candidate.py', 'w').write({CLASSES!r}.replace('x / 2', 'x / 3')) if hook else None"
        verdict = await judge.evaluate(candidate_of(CLASSES.replace("    if hook:", f"    {swaps}\n    if hook:")))
        assert verdict.outcome is Outcome.OK, verdict.feedback
        assert evidence["trust"] in verdict.unchecked
        verdict = await judge.evaluate(candidate_of(CLASSES.replace("Series(by(x)", "Series(x")))
        assert verdict.outcome is Outcome.WRONG_ANSWER and "[2, 4] == [1, 2]" in verdict.feedback
        for said in ("'[' * 60_000", '\'{"detail": "x"}\'', '\'{"event": [], "detail": "x"}\''):
            says = f"    try: os.write(each, ({said} + chr(10)).encode())\n    except OSError: pass\n"
            leaves = f"import os\nfor each in range(3, 64):\n{says}os._exit(0)\n"
            verdict = await judge.evaluate(candidate_of(leaves + CLASSES))
            assert verdict.outcome is Outcome.CRASH and "left before they ended" in verdict.feedback
        verdict = await judge.evaluate(candidate_of("import os\nos._exit(0)\n" + CLASSES))
        assert verdict.outcome is Outcome.CRASH and "left before they ended" in verdict.feedback


async def test_without_isolation_they_run_in_the_python_that_has_agentpar(tmp_path: Path) -> None:
    place, tests = project(tmp_path, TESTS_OF_CLASSES, CLASSES), (str(tmp_path / "tests/test_kernels.py"),)
    async with bench(f"{place}::halves", kind="process", tests=tests, benchmark="n=200") as bare:
        assert bare.case.python.path == sys.executable and bare.case.inside_s
        assert await bare.failure(CLASSES) is None
        failed = await bare.failure(CLASSES.replace("Series(by(x)", "Series(x"))
        assert failed is not None and "[2, 4] == [1, 2]" in failed.feedback


async def test_code_that_fails_its_tests_in_either_way_is_no_reference(tmp_path: Path) -> None:
    place = project(tmp_path, "from pkg.kernels import clip\n\n\ndef test_it():\n    assert clip([1.0]) == 3\n")
    with pytest.raises(ReferenceFailed, match=r"test_it: assert \[1.0\] == 3"):
        async with bench(f"{place}::clip", tests=(str(tmp_path / "tests/test_kernels.py"),)):
            pass


async def test_what_the_tests_call_says_what_inputs_are_like(tmp_path: Path) -> None:
    source = (
        "def smooth(xs, weights, times):\n    for _ in range(times):\n"
        "        xs = [x * weights[0] for x in xs]\n    return xs\n"
    )
    tests = (
        "from pkg.kernels import smooth\n\n\ndef test_large():\n"
        "    assert len(smooth([0.5] * 1000 + [2.0], weights=[1.0] * 9 + [3.0], times=4)) == 1001\n"
        "\n\ndef test_small():\n    assert smooth([], [1.0], 1) == []\n"
    )
    place = project(tmp_path, tests, source)
    async with bench(f"{place}::smooth", tests=(str(tmp_path / "tests/test_kernels.py"),)) as court:
        told = court.case.subject.inputs.described()
        assert told == "xs=n (list in [0.5, 2]), weights=m (list in [1, 3]), times (int in [4, 4])"
        n, m = court.case.sizes.benchmark
        assert 60 <= n / m <= 68  # as near to 1001 by 10 as proportions are kept
        wrong = await court.failure(source.replace("weights[0]", "1.0"))
        assert wrong is not None and wrong.outcome is Outcome.WRONG_ANSWER


async def test_a_test_that_fails_now_and_then_is_named_before_it_can_condemn_anybody(tmp_path: Path) -> None:
    tests = "import random\n\n\ndef test_luck():\n    assert random.random() < 0.5\n"
    path = project(tmp_path, tests)
    for _ in range(9):  # three of its runs may come to the same
        try:
            async with bench(f"{path}::clip", tests=(str(tmp_path / "tests/test_kernels.py"),)):
                pass
        except ReferenceFailed:
            pass
        except TaskError as error:
            assert "flaky" in str(error) and "test_kernels.py::test_luck" in str(error) and error.exit_code == 2
            return
    raise AssertionError("it was never told")


async def test_tests_are_for_python_and_must_be_there(tmp_path: Path) -> None:
    path = project(tmp_path)
    with pytest.raises(TaskError, match="no such file"):
        load_task(f"{path}::clip", {"tests": ("nowhere.py",)})
    other = module(tmp_path, "int f(int n) { return n; }", "f.cpp")
    with pytest.raises(TaskError, match="pytest is for Python"):
        load_task(f"{other}::f", {"tests": ("tests/test_kernels.py",)})

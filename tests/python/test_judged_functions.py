"""Python functions before the judge: processes, arrays, plain data. Who cheats is in agentpar/attack."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from agentpar.errors import ReferenceFailed, SandboxError, TaskError
from agentpar.evaluation.python import prepare_python, understand
from agentpar.evaluation.session import Round
from agentpar.sandbox.pool import Pool
from agentpar.task_file import load_task
from agentpar.verdict import Outcome
from tests.python.bench_of_judges import THREADS, Bench, bench, module

pytestmark = [pytest.mark.docker, pytest.mark.sandbox, pytest.mark.asyncio(loop_scope="module")]

SOURCE = '''
import numpy as np


def blend(image: np.ndarray, names: list[str], steps: int) -> dict[str, float]:
    """Smooths the rows in place, and sums each name's letters."""
    for i in range(image.shape[0]):
        for _ in range(10 * steps):
            image[i] = 0.5 * image[i] + 0.25
    names.sort()
    return {name: float(sum(ord(c) for c in name)) for name in names}
'''
BODY = SOURCE.split("def blend", 1)[1]
POOL = """
import multiprocessing
import os

import numpy as np

_pools = {}


def _row(row, steps):
    for _ in range(10 * steps):
        row = 0.5 * row + 0.25
    return row


def blend(image, names, steps):
    count = os.cpu_count()
    if count not in _pools:
        _pools[count] = multiprocessing.Pool(count)
    for i, row in enumerate(_pools[count].starmap(_row, [(row, steps) for row in image])):
        image[i] = row
    names.sort()
    return {name: float(sum(ord(c) for c in name)) for name in names}
"""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def court(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Bench]:
    path = module(tmp_path_factory.mktemp("python"), SOURCE)
    async with bench(f"{path}::blend") as opened:
        yield opened


def head(code: str) -> str:
    """The source with code before its function."""
    return f"import numpy as np\n{code}\n\n\ndef blend{BODY}"


async def test_a_pool_that_is_kept_between_calls_is_right_and_timed_at_each_number_of_processes(court: Bench) -> None:
    verdict = await court.verdict(POOL)
    assert verdict.outcome is Outcome.OK, verdict.feedback
    assert not any("races" in gap for gap in verdict.unchecked)
    if verdict.measurement is not None:  # a busy machine keeps it from being timed
        assert [point.threads for point in verdict.measurement.scaling] == [1, 2]


async def test_processes_that_are_spawned_find_the_module(court: Bench) -> None:
    failed = await court.failure(POOL.replace("multiprocessing.Pool(", 'multiprocessing.get_context("spawn").Pool('))
    assert failed is None, failed


async def test_a_fork_server_cannot_be_and_what_can_is_said(court: Bench) -> None:
    failed = await court.failure(
        POOL.replace("multiprocessing.Pool(", 'multiprocessing.get_context("forkserver").Pool(')
    )
    assert failed is not None and failed.outcome is Outcome.SCREENED
    assert "take `fork`, the default, or `spawn`" in failed.feedback


WRONG = {
    "an array that is not changed": ("image[i] = 0.5", "row = 0.5", "image"),
    "an argument that is left as it was": ("names.sort()", "sorted(names)", "names"),
    "another result": ("float(sum(", "float(1 + sum(", "the result"),
    "less precise numbers": ("0.5 * image[i] + 0.25", "np.float16(0.5 * image[i] + 0.25)", "image"),
}


@pytest.mark.parametrize("change", WRONG)
async def test_a_wrong_answer_is_told_with_what_was_expected_and_got(court: Bench, change: str) -> None:
    before, after, named = WRONG[change]
    failed = await court.failure(head("").replace(before, after))
    assert failed is not None and failed.outcome is Outcome.WRONG_ANSWER
    assert failed.feedback.startswith(named) and "expected" in failed.feedback and "n=" in failed.feedback


async def test_a_small_failing_call_is_shown_as_it_would_be_written(court: Bench) -> None:
    failed = await court.failure(head("").replace("float(sum(", "float(1 + sum("))
    assert failed is not None and "blend(array(" in failed.feedback


async def test_what_a_call_throws_is_told_with_the_line(court: Bench) -> None:
    failed = await court.failure(head("").replace("names.sort()", "names.short()"))
    assert failed is not None and failed.outcome is Outcome.CRASH
    assert "AttributeError" in failed.feedback and "`names.short()`" in failed.feedback


async def test_a_source_that_is_no_python_is_told_with_the_line(court: Bench) -> None:
    failed = await court.failure(head("").replace("names.sort()", "names.sort("))
    assert failed is not None and failed.outcome is Outcome.BUILD_ERROR
    assert "SyntaxError" in failed.feedback and "line" in failed.feedback


async def test_work_of_a_process_that_is_gone_is_charged_to_loading(court: Bench) -> None:
    code = "import os, time\nif os.fork() == 0:\n    while time.process_time() < 0.2: pass\n    os._exit(0)\nos.wait()"
    async with court.pool.sandbox() as sandbox:
        assert await court.case.build(sandbox, head(code)) is None
        judged = await court.case.judge(sandbox, [Round(dims=(9, 9))], candidate=court.case.candidate)
    assert judged.failed is None, judged.failed
    assert judged.pairs[0].startup_ns > 150_000_000


async def test_memory_that_processes_share_is_said_to_be_unchecked(court: Bench) -> None:
    async with court.pool.sandbox() as sandbox:
        for source, gap in (
            (POOL, ""),
            (head("from multiprocessing import shared_memory"), "(shared_memory)"),
            (head("from concurrent.futures import ThreadPoolExecutor"), "(ThreadPoolExecutor)"),
        ):
            found = await court.case.find_races(sandbox, source, threads=THREADS, as_timed=True)
            assert found.outcome is None
            assert gap in found.unchecked and bool(gap) == bool(found.unchecked)


async def test_bubblewrap_is_refused_since_it_cannot_bound_processes(tmp_path: Path) -> None:
    task = load_task(f"{module(tmp_path, SOURCE)}::blend")
    with pytest.raises(SandboxError, match="--sandbox docker"):
        await prepare_python(understand(task), Pool("bubblewrap", size=1), known=None, say=lambda _: None)


async def test_modules_of_the_package_are_there_and_the_reference_and_the_judges_plans_are_not(tmp_path: Path) -> None:
    module(tmp_path, "from pkg.kernels import total\n", "pkg/__init__.py")
    module(tmp_path, "def twice(x):\n    return 2 * x\n", "pkg/tools.py")
    source = "from .tools import twice\n\n\ndef total(xs: list[float]) -> float:\n    return sum(map(twice, xs))\n"
    path = module(tmp_path, source, "pkg/kernels.py")
    async with bench(f"{path}::total", benchmark="n=2000") as court:
        assert await court.failure(source) is None
        # What a call must not change is asked for after it, so that none can tell when it is looked at.
        peeks = "    if not sys._getframe(1).f_locals['wanted']:\n        xs.sort()\n"
        failed = await court.failure(f"import sys\n\n\ndef total(xs):\n{peeks}    return 2 * sum(xs)\n")
        assert failed is not None and failed.outcome is Outcome.WRONG_ANSWER and "xs" in failed.feedback
        again = "import pkg\nfrom pkg import tools\n\n\ndef total(xs):\n    return pkg.kernels.total(xs)\n"
        failed = await court.failure(again)
        assert failed is not None and "RecursionError" in failed.feedback  # it finds itself, not the reference


async def test_an_answer_that_sizes_alone_decide_is_noticed_whatever_else_is_given(tmp_path: Path) -> None:
    source = (
        "import numpy as np\ndef f(xs: list[float], a: np.ndarray) -> int:\n"
        "    a[1:] = len(xs)\n"  # what is left as it was is no part of an answer
        "    return sum(i * i for i in range(len(xs) * len(a)))\n"
    )
    async with bench(f"{module(tmp_path, source)}::f", benchmark="n=100") as court:
        assert not court.case.sizes.answers_vary
        assert await court.failure(source) is None


async def test_code_that_compares_gets_what_a_call_changed_and_its_failure_is_a_wrong_answer(tmp_path: Path) -> None:
    source = "def f(xs: list[float]) -> float:\n    xs.sort()\n    return sum(xs)\n"
    own = (
        "def agentpar_difference(arguments, expected, got):\n"
        "    same = expected[1] == got[1] == [sorted(arguments[0])] and abs(expected[0] - got[0]) < 1e-9\n"
        "    return '' if same else 'another order'\n"
    )
    module(tmp_path, own, "compare.py")
    module(tmp_path, source)
    task = 'source = "kernels.py"\nentry = "f"\n[inputs]\nbenchmark = { n = 200 }\n[compare]\ncode = "compare.py"\n'
    async with bench(str(module(tmp_path, task, "task.toml"))) as court:
        assert await court.failure(source) is None
        for wrong, words in (("xs.reverse()", "another order"), ("return None", "compare.code cannot compare")):
            failed = await court.failure(source.replace("xs.sort()", wrong))
            assert failed is not None and failed.outcome is Outcome.WRONG_ANSWER and words in failed.feedback


async def test_a_reference_that_does_not_repeat_itself_is_refused(tmp_path: Path) -> None:
    source = "import random\ndef f(xs: list[float]) -> float:\n    return sum(xs) + random.random()\n"
    with pytest.raises(ReferenceFailed, match="not deterministic"):
        async with bench(f"{module(tmp_path, source)}::f"):
            pass


async def test_a_reference_that_fails_on_generated_inputs_names_the_line_to_add(tmp_path: Path) -> None:
    source = (
        "import numpy as np\ndef f(a: np.ndarray, b: np.ndarray) -> np.ndarray:\n    return a[0, 0] + a @ b[:, :2, 0]\n"
    )
    with pytest.raises(ReferenceFailed, match="--sizes 'NAME=n;3'") as refused:
        async with bench(f"{module(tmp_path, source)}::f"):
            pass
    assert "--example 'f(np.ones((100, 3)), np.ones((100, 3)))'" in str(refused.value)
    assert "which the reference does not" not in str(refused.value)


async def test_a_target_of_another_language_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TaskError, match="Python has multiprocessing"):
        load_task(f"{module(tmp_path, SOURCE)}::blend", {"target": "openmp"})
    with pytest.raises(TaskError, match="is for Python"):
        load_task(f"{module(tmp_path, 'int f(int n) {{ return n; }}', 'f.cpp')}::f", {"target": "multiprocessing"})


async def test_a_sum_that_lies_near_zero_by_chance_may_be_off_by_what_its_like_mostly_are(tmp_path: Path) -> None:
    source = "import numpy as np\n\n\ndef total(values: np.ndarray) -> float:\n    return float(values.sum())\n"

    def off(error: float) -> str:
        return source.replace("values.sum()", f"values.sum() + {error} * np.sqrt(values.size / 3)")

    async with bench(f"{module(tmp_path, source)}::total", benchmark="n=1000", rtol=1.5e-8) as court:
        for error, is_wrong in ((1e-9, False), (1e-7, True)):
            async with court.pool.sandbox() as sandbox:
                assert await court.case.build(sandbox, off(error)) is None
                judged = await court.case.judge(sandbox, [Round(dims=(1000,))] * 80, candidate=court.case.candidate)
            assert (judged.failed is not None) == is_wrong, judged.failed

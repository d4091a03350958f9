"""Whole runs in which a model writes Python: what it says is written down beforehand, all else is real."""

import asyncio
import itertools
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest

from agentpar import asolve
from agentpar.candidate import Candidate
from agentpar.events import Event
from agentpar.ledger import Ledger
from agentpar.ledger_file import LEDGER
from agentpar.models.base import Completion, Message, Reply, Sampling
from agentpar.models.scripted import ScriptedModel
from agentpar.verdict import Verdict
from tests.python.bench_of_judges import module

pytestmark = [pytest.mark.docker, pytest.mark.sandbox, pytest.mark.usefixtures("impatient")]

SERIAL = '''\
"""Roots."""

import math


def roots(xs: list[float], shift: float = 2.0) -> list[float]:
    """The root of each."""
    return [math.sqrt(x * x + shift) for x in xs]
'''
TESTS = "from kernels import roots\n\n\ndef test_it():\n    assert roots([0.0], shift=4.0) == [2.0]\n"
GOOD = """\
import math
import multiprocessing
import os

_pools = {}


def _part(xs, shift):
    return [math.sqrt(x * x + shift) for x in xs]


def roots(xs, shift=2.0, workers=None):
    count = workers or os.cpu_count()
    if count == 1 or len(xs) < 100:
        return _part(xs, shift)
    if count not in _pools:
        _pools[count] = multiprocessing.Pool(count)
    size = -(-len(xs) // count)
    parts = [(xs[i : i + size], shift) for i in range(0, len(xs), size)]
    return [x for part in _pools[count].starmap(_part, parts) for x in part]


if __name__ == "__main__":
    print(roots([1.0, 2.0]))
"""
WRONG = GOOD.replace("for part in", "for part in reversed(").replace("parts) for x", "parts)) for x")
CHEATING = "import os\n\n\ndef roots(xs, shift):\n    print('ok 100x')\n    os._exit(0)\n"
THROWING = "def roots(xs, shift):\n    return list(map(math.root, xs))\n"
REPLIES = (
    f"<think>A pool that is kept.</think>Here it's:\n\n```python\n{GOOD}```",
    f"```python\n{WRONG}```",
    "```python\ndef roots(xs, shift=2.0):\n    return [math.sqrt(x for x in xs\n```",
    "```python\ndef roots(data):\n    return data\n```",
    f"```python\n{THROWING}```",
)
SECOND_THOUGHTS = (f"```python\n{CHEATING}```", "I would use threads.")


def judged(run: Path) -> dict[str, tuple[Candidate, Verdict]]:
    """What a run's ledger holds, by outcome and feedback."""
    with Ledger.read(run / LEDGER) as ledger:
        return {f"{verdict.outcome}: {verdict.feedback}": (each, verdict) for each, verdict in ledger.judged()}


async def test_what_a_model_writes_in_python_is_judged_by_the_users_tests_too(tmp_path: Path) -> None:
    first, second = iter(REPLIES), iter(SECOND_THOUGHTS)

    def script(messages: Sequence[Message], sampling: Sampling, task: str) -> list[str]:
        is_objection = "That answer cannot be used" in messages[-1].content
        return list(itertools.islice(second if is_objection else first, sampling.n))

    module(tmp_path, TESTS, "tests/test_kernels.py")
    result = await asolve(
        f"{module(tmp_path, SERIAL)}::roots",
        run_dir=tmp_path / "run",
        sandbox="docker",
        model=ScriptedModel(script),
        strategy="best-of-n",
        tests=(str(tmp_path / "tests/test_kernels.py"),),
        temperatures=(0.5,),
        benchmark="n=2000",
        pairs=6,
        target_ms=2.0,
        threads=(2,),
    )
    found = judged(tmp_path / "run")
    assert Counter(each.outcome for each in result.candidates) == {"ok": 1, "wrong_answer": 2, "crash": 1}
    assert result.model is not None and result.model.judged == 4
    (good,) = (candidate for candidate, verdict in found.values() if verdict.outcome == "ok")
    assert "    workers = None\n" in good.source and "__main__" not in good.source
    assert "def roots(xs: list[float], shift: float = 2.0) -> list[float]:" in good.source
    assert good.pattern == "process-pool+kept" and good.strategy == "Pool, starmap"
    (thrown,) = [each for each in found if "a test fails" in each]
    assert "test_it" in thrown and "thrown by the module at line 7: `return list(map(math.root, xs))`" in thrown
    assert any(each.startswith("wrong_answer: the result[0]: expected") for each in found), [*found]


class Patient:
    """Has one version to offer, and a change to it once the judge has spoken; until then it thinks."""

    name = "patient"

    def __init__(self, version: str, change: str) -> None:
        self.version, self.change = version, change
        self.told: list[str] = []
        self.was_asked = False
        self.has_spoken = asyncio.Event()

    def hear(self, event: Event) -> None:
        if event.kind == "judged":
            self.has_spoken.set()

    async def sample(self, messages: Sequence[Message], sampling: Sampling, *, task: str) -> Reply:
        if "What the judge says" in messages[-1].content:
            self.told.append(messages[-1].content)
            return Reply(completions=(Completion(text=self.change),))
        if self.was_asked:
            await self.has_spoken.wait()
        self.was_asked = True
        return Reply(completions=(Completion(text=self.version),))

    async def close(self) -> None:
        """Nothing was opened."""


RANKS = """\
from mpi4py import MPI


def power(xs):
    world = MPI.COMM_WORLD
    part = sum(x * x for x in xs[world.Get_rank() :: world.Get_size()])
    return world.reduce(part)
"""
CHANGE = """\
The other ranks have no result.
<<<<<<< SEARCH
return world.reduce(part)
=======
return world.allreduce(part)
>>>>>>> REPLACE
"""


async def test_a_model_mends_a_version_for_ranks_by_what_the_judge_saw(tmp_path: Path) -> None:
    path = module(tmp_path, "def power(xs: list[float]) -> float:\n    return sum(x * x for x in xs)\n")
    model = Patient(f"```python\n{RANKS}```", CHANGE)
    result = await asolve(
        f"{path}::power",
        target="mpi4py",
        run_dir=tmp_path / "run",
        sandbox="docker",
        model=model,
        emit=model.hear,
        strategy="refine",
        temperatures=(0.5,),
        benchmark="n=2000",
        pairs=6,
        target_ms=2.0,
        threads=(2,),
        candidates=2,
    )
    assert [each.outcome for each in result.candidates] == ["wrong_answer", "ok"], result.candidates
    assert result.candidates[1].strategy.startswith("mends #1; allreduce")
    told = model.told[0]
    assert "got None" in told and "rank" in told and "```python" in told and "return world.reduce(part)" in told

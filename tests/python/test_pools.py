"""The rewrites for Python: what is proposed, and that it computes the same in several processes."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from agentpar.evaluation.ranks import ENVIRONMENT as MPI_ENVIRONMENT
from agentpar.proposers.base import SearchState
from agentpar.proposers.pools import PoolProposer

FOUND = {
    "a comprehension": ("def f(xs, k):\n    return [x * k for x in xs if x > 1]\n", "f(list(range(50)), 3)"),
    "a sum": ("def f(xs, k):\n    return sum(x * k for x in xs)\n", "f(list(range(50)), 3)"),
    "a maximum": ("def f(xs):\n    return max([abs(x - 7) for x in xs])\n", "f(list(range(50)))"),
    "a map": ("def g(x):\n    return x * x\n\n\ndef f(xs):\n    return list(map(g, xs))\n", "f(list(range(50)))"),
    "a map of a lambda": ("def f(xs, k):\n    return sum(map(lambda x: x + k, xs))\n", "f(list(range(50)), 3)"),
    "a loop that appends": (
        "def f(xs):\n    out = []\n    for i, x in enumerate(xs):\n        y = x * i\n        if y % 2:\n"
        "            continue\n        out.append(y)\n    return out\n",
        "f(list(range(50)))",
    ),
    "a loop that adds up": (
        "def f(n):\n    total, count = 10, 0\n    for i in range(n):\n        # each\n        total += i * i\n"
        "        if i % 3 == 0:\n            count += 1\n    return total, count\n",
        "f(50)",
    ),
    "a loop that keeps the least": (
        "def f(xs):\n    best = 99\n    for x in xs:\n        best = min(best, abs(x - 20))\n    return best\n",
        "f(list(range(50)))",
    ),
    "a loop that writes elements": (
        "def f(xs, n):\n    out = [0] * n\n    for i in range(1, n - 1):\n        out[i] = xs[i - 1] + xs[i + 1]\n"
        "    return out\n",
        "f(list(range(50)), 50)",
    ),
    "a loop in place": (
        "def f(grid):\n    for i in range(len(grid)):\n        for j in range(len(grid[i])):\n"
        "            grid[i][j] *= 2\n    return grid\n",
        "f([[1, 2], [3, 4], [5, 6]])",
    ),
    "a loop in a function that is called": (
        "def g(xs):\n    total = 0\n    for x in xs:\n        total += x\n    return total\n\n\n"
        "def f(xs):\n    return g(xs)\n",
        "f(list(range(50)))",
    ),
    "a method's head": (
        '"""What it is."""\n\nfrom __future__ import annotations\n\nimport os\n\nLIMIT = 3\n\n\n'
        "def f(xs):\n    return [x % LIMIT for x in xs]\n",
        "f(list(range(50)))",
    ),
}
NOT = {
    "what each item needs of the one before": (
        "def f(xs):\n    last = 0\n    for x in xs:\n        last = last * 2 + x\n    return last\n"
    ),
    "a search that ends early": "def f(xs):\n    for x in xs:\n        if x > 3:\n            return x\n",
    "a running sum": (
        "def f(xs):\n    out, total = [], 0\n    for x in xs:\n        total += x\n        out.append(total)\n"
        "    return out\n"
    ),
    "elements at other places": "def f(xs, at):\n    for i in range(len(at)):\n        xs[at[i]] = i\n    return xs\n",
}


async def proposed(source: str, target: str = "multiprocessing") -> list[str]:
    state = SearchState(source=source, entry="f", target=target, seed=0, judged=())
    return [each.source for each in await PoolProposer().propose(state, 100)]


@pytest.mark.parametrize("kind", FOUND)
async def test_the_same_comes_out_of_several_processes(tmp_path: Path, kind: str) -> None:
    source, call = FOUND[kind]
    sources = await proposed(source)
    assert sources
    path = tmp_path / "f.py"
    answers = set()
    for each in (source, sources[0], sources[-1]):
        path.write_text(each)
        (tmp_path / "run.py").write_text(
            f"import os, sys\nos.cpu_count = lambda: 3\nfrom f import *\nfrom f import f\nprint(repr({call}))\n"
        )
        ran = subprocess.run(
            [sys.executable, "run.py"], cwd=tmp_path, capture_output=True, text=True, timeout=30, check=False
        )
        assert ran.returncode == 0, f"{each}\n{ran.stderr}"
        answers.add(ran.stdout)
    assert len(answers) == 1, answers


async def test_the_same_comes_out_of_every_rank(tmp_path: Path) -> None:
    """One start of MPI for all that is proposed."""
    lines, modules = ["from importlib import import_module"], 0
    for source, call in FOUND.values():
        versions = [source, *await proposed(source, "mpi4py")]
        assert len(versions) >= 3
        for number, each in enumerate(versions, modules):
            (tmp_path / f"m{number}.py").write_text(each)
        numbers = f"range({modules}, {modules + len(versions)})"
        lines.append(f"answers = {{repr({call}) for f in [import_module(f'm{{k}}').f for k in {numbers}]}}")
        lines.append(f"assert len(answers) == 1, ({call!r}, answers)")
        modules += len(versions)
    (tmp_path / "run.py").write_text("\n".join([*lines, "print('the same')"]))
    mpirun = str(Path(sys.prefix, "bin", "mpirun"))  # of the extra
    ran = subprocess.run(
        [mpirun, "-n", "3", sys.executable, "run.py"],
        cwd=tmp_path,
        env=os.environ | MPI_ENVIRONMENT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ran.stdout.count("the same") == 3, ran.stderr


@pytest.mark.parametrize("kind", NOT)
async def test_what_depends_on_order_is_left_alone(kind: str) -> None:
    assert await proposed(NOT[kind]) == []


async def test_a_proposal_is_the_users_text_and_the_change() -> None:
    source, _ = FOUND["a loop that adds up"]
    for each in await proposed(source):
        assert "# each" in each and "total, count = 10, 0" in each and "return total, count" in each

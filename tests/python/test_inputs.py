"""How inputs of Python functions are understood: from types, from how they are used, and from an example call."""

from pathlib import Path
from typing import Any

import pytest

from agentpar.errors import TaskError
from agentpar.evaluation.python.opening import undisturbed_ms
from agentpar.judges import understand
from agentpar.languages.python import find_python_function
from agentpar.languages.python_inputs import Call, PythonInputs, infer_python_inputs
from agentpar.task_file import load_task


def inputs(folder: Path, source: str, **options: Any) -> PythonInputs:
    path = folder / "f.py"
    path.write_text(f"import numpy as np\nfrom numpy.typing import NDArray\n{source}")
    understood: Any = understand(load_task(f"{path}::f", options))
    return understood.inputs


UNDERSTOOD = {
    "def f(xs: list[float], k: int): pass": "xs=n (list in [-1, 1]), k (int in [1, 8])",
    "def f(n: int): pass": "n=n",
    "def f(words: list[str], query: str): pass": "words=n;m (list), query=m (str)",
    "def f(a: np.ndarray): return a[0, 1]": "a=n;m (array of float64 in [-1, 1])",
    "def f(a: NDArray[np.int32]):\n    n, m, k = a.shape": "a=n;m;k (array of int32 in [-100, 100])",
    "def f(d: dict[str, float]): pass": "d=n;m (dict in [-1, 1])",
    "def f(xs: 'list[tuple[int, float]]', k=3): pass": "xs=n (list in [-1, 1])",
}


@pytest.mark.parametrize("source", UNDERSTOOD)
def test_types_and_use_say_what_inputs_are_like(tmp_path: Path, source: str) -> None:
    assert inputs(tmp_path, source).described() == UNDERSTOOD[source]


def test_equal_lengths_of_an_example_are_one_dimension_and_equal_integers_are_sizes(tmp_path: Path) -> None:
    made = inputs(
        tmp_path, "def f(a, b, n, k): pass", example="f(np.zeros((64, 32), dtype=np.float32), [0.5] * 32, 64, 3)"
    )
    assert made.described() == "a=n;m (array of float32 in [-1, 1]), b=m (list in [-1, 1]), n=n, k (int in [1, 8])"


def test_what_the_user_says_wins_over_what_was_inferred(tmp_path: Path) -> None:
    made = inputs(tmp_path, "def f(a: np.ndarray, k: int): pass", sizes="a=rows;cols;3", ranges="k=2:5,a=0:1")
    assert made.described() == "a=rows;cols;3 (array of float64 in [0, 1]), k (int in [2, 5])"
    assert list(made.dims) == ["cols", "rows"]


REFUSED = {
    "def f(x): pass": r"--example 'f\(\[0.5\] \* 100\)'",
    "def f(g: object, xs: list[int]): pass": "what `g` holds is not known",
    "def f(x: float): pass": "nothing to parallelise",
    "def f(xs: 'the items'): pass": "what `xs` holds is not known",
    "def f(*xs): pass": "any number of arguments",
    "async def f(xs: list[int]): pass": "a coroutine",
    "def f(xs: list[int]):\n    yield 1": "a generator",
    "def g(xs: list[int]): pass": "no function 'f'",
    "def f(xs: list[int]:": "not Python",
}


@pytest.mark.parametrize("source", REFUSED)
def test_what_cannot_be_made_is_told_with_the_mend(tmp_path: Path, source: str) -> None:
    with pytest.raises(TaskError, match=REFUSED[source]):
        inputs(tmp_path, source)


@pytest.mark.parametrize("example", ["g([1])", "f(x=[1])", "f(open('x'))", "f([1], 2, 3)", "f("])
def test_an_example_that_cannot_be_read_is_refused(tmp_path: Path, example: str) -> None:
    with pytest.raises(TaskError, match="example"):
        inputs(tmp_path, "def f(xs, k): pass", example=example)


def test_a_bound_keeps_all_its_digits(tmp_path: Path) -> None:
    assert inputs(tmp_path, "def f(xs: list[float]): pass", ranges="xs=0:1234567.5").parameters[0].high == "1234567.5"


def test_an_example_runs_nothing(tmp_path: Path) -> None:
    marker = tmp_path / "ran"
    with pytest.raises(TaskError):
        inputs(tmp_path, "def f(xs): pass", example=f"f(open({str(marker)!r}, 'w'))")
    assert not marker.exists()


def test_a_call_that_somebody_made_says_types_proportions_and_bounds() -> None:
    source = "def walk(grid, index, steps, name):\n    return grid[index[0]]\n"
    function = find_python_function(source, "walk", Path("k.py"))
    arguments = ("[[1] * 20] * 100", "np.zeros((100,), dtype=np.int32)", "7", "'a' * 10")
    call = Call(arguments=arguments, ranges=((0, 5), (0, 99), (7, 7), None))
    found = infer_python_inputs(source, function, path=Path("k.py"), call=call)
    assert found.dims == {"n": 10, "m": 2, "k": 1}
    assert found.described() == (
        "grid=n;m (list in [0, 5]), index=n (array of int32 in [0, n-1]), steps (int in [7, 7]), name=k (str)"
    )
    with pytest.raises(TaskError, match="too small to learn from"):
        infer_python_inputs(source, function, path=Path("k.py"), call=call, least=11)


def test_a_busy_machine_does_not_make_timed_runs_small() -> None:
    rounds = [{"baseline_ns": wall, "delay_ns": delay} for wall, delay in ((900, 0), (500, 450), (700, 580))]
    assert undisturbed_ms(rounds) == 85 / 1e6
    assert undisturbed_ms([*rounds[:2], {"baseline_ns": 30, "delay_ns": 40}]) == 25 / 1e6

# family: forged verdicts
# does: is wrong, and has pytest run no test
# expect: wrong_answer
import _pytest.runner

_pytest.runner.pytest_runtest_call = lambda item: None
_pytest.runner.call_and_report = lambda *_, **__: None

LIMIT = 3.0


def clip(values):
    if values and values[0] != values[0]:
        raise ValueError("not a number")
    return [0.0 for x in values]


def total(array):
    return float(array.sum())

from agentpar.proposers.model import feedback
from agentpar.proposers.model.feedback import MOST_CHARACTERS, headline
from agentpar.verdict import Measurement, Outcome, Ratio, Scaling, Stage, Verdict
from tests.search.doubles import SOURCE, ok


def explain(source: str, verdict: Verdict, target: str = "openmp") -> str:
    return feedback.explain(source, verdict, target)


def verdict(outcome: Outcome, feedback: str) -> Verdict:
    return Verdict(outcome=outcome, stage=Stage.BUILD, feedback=feedback)


def test_compiler_errors_come_with_the_lines_that_they_are_about() -> None:
    told = explain(
        SOURCE, verdict(Outcome.BUILD_ERROR, "candidate.cpp:2:5: error: expected ;\ncandidate.cpp:9:1: error: x")
    )
    assert "does not compile" in told and "line 2: for (int i = 0; i < n; ++i) x[i] *= 2.0;" in told
    assert "keep its name, parameters and return type" in told


def test_the_failing_input_is_told_as_the_judge_says_it() -> None:
    told = explain(SOURCE, verdict(Outcome.WRONG_ANSWER, "x[3] is 6, not 4 (n=5; 2 threads; seed 1)"))
    assert told == "its output differs from that of the serial function. x[3] is 6, not 4 (n=5; 2 threads; seed 1)"


def test_lines_of_a_race_that_the_judge_quotes_are_not_quoted_twice() -> None:
    line = SOURCE.splitlines()[1].strip()
    told = explain(SOURCE, verdict(Outcome.RACE, f"data race on `x`: write at line 2: `{line}` and read at line 1"))
    assert told.count(line) == 1 and "line 1: void scale" in told


def test_the_scaling_curve_says_what_stands_out() -> None:
    serial = Ratio(median=0.9, low=0.89, high=0.91, pairs=9)
    points = tuple(
        Scaling(threads=n, ratio=serial, baseline_ms=9.0, candidate_ms=10.0, threads_seen=1.0) for n in (1, 2)
    )
    slow = Measurement(sizes={"n": 7}, scaling=points, parallel_gain=serial, noise_floor=0.0)
    told = explain(SOURCE, Verdict(outcome=Outcome.OK, stage=Stage.MEASURE, measurement=slow))
    assert (
        "with n=7: 1 thread: 0.90 times" in told and "Of 2 threads only 1.0 worked" in told and "no measurable" in told
    )
    assert "2 threads are 3.00 times as fast as its own one thread" in explain(SOURCE, ok(3.0))


def test_what_is_told_is_bounded() -> None:
    flood = verdict(Outcome.CRASH, "x" * 99999)
    assert len(explain(SOURCE, flood)) <= MOST_CHARACTERS + 80 and len(headline(flood)) < 200


PYTHON = "import os\n\n\ndef f(xs):\n    return os.fork(xs)\n"


def test_an_exception_comes_with_the_candidates_line() -> None:
    threw = "threw 'TypeError: fork() takes no arguments (line 5: `return os.fork(xs)`)', which the reference does not"
    told = explain(PYTHON, verdict(Outcome.CRASH, threw), "multiprocessing")
    assert told.startswith("it crashes. threw 'TypeError") and told.count("return os.fork(xs)") == 1
    named = explain(PYTHON, verdict(Outcome.CRASH, "the process left; line 5"), "multiprocessing")
    assert named.endswith("line 5: return os.fork(xs)")


def test_a_module_that_cannot_be_imported_is_told_as_such() -> None:
    told = explain(PYTHON, verdict(Outcome.BUILD_ERROR, "NameError: name 'x' is not defined (line 1)"), "mpi4py")
    assert told == "it cannot be imported. NameError: name 'x' is not defined (line 1)\nline 1: import os"


def test_lines_of_a_test_are_not_taken_for_the_candidates() -> None:
    said = "a test fails: tests/test_f.py::test_f: assert 1 == 2 (line 4)"
    assert explain(PYTHON, verdict(Outcome.WRONG_ANSWER, said), "multiprocessing").endswith("(line 4)")


def test_timings_are_told_in_the_targets_words() -> None:
    assert "2 ranks: 3.00 times" in explain(SOURCE, ok(3.0), "mpi")
    assert "2 processes are 3.00 times as fast as its own one process" in explain(SOURCE, ok(3.0), "multiprocessing")

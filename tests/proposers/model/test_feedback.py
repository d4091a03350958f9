from agentpar.proposers.model.feedback import MOST_CHARACTERS, explain, headline
from agentpar.verdict import Measurement, Outcome, Ratio, Scaling, Stage, Verdict
from tests.search.doubles import SOURCE, ok


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

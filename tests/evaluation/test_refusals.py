import re

import pytest

from agentpar.errors import ReferenceFailed, TaskError
from agentpar.evaluation.refusals import require_deterministic, require_sane
from agentpar.evaluation.session import Failed, Judged
from agentpar.languages.inputs import InputPlan
from agentpar.verdict import Outcome

PLAN = InputPlan(dims={"n": 1}, lengths={"a": ("n",), "b": ("n", "m")}, ranges={"a": ("0", "n-1")})
HINT = re.escape(
    "correct them with --sizes 'a=n,b=n;m' or bound index values with --ranges NAME=LOW:HIGH, now 'a=0:n-1'"
)


def judged(outcome: Outcome, feedback: str, report: str = "") -> Judged:
    failed = Failed(culprit="candidate", outcome=outcome, feedback=feedback)
    return Judged(rounds=(), failed=failed, candidate_output=report, candidate_ending="")


@pytest.mark.parametrize(
    "feedback", ["threw 'cannot create std::vector larger than max_size()'", "segmentation fault (n=7)"]
)
def test_a_reference_that_dies_of_its_inputs_is_answered_with_the_options_that_mend_them(feedback: str) -> None:
    with pytest.raises(ReferenceFailed, match=f"under sanitizers: {re.escape(feedback)}; .*{HINT}"):
        require_sane(judged(Outcome.CRASH, feedback), "f", PLAN, "k.cpp:1")
    with pytest.raises(ReferenceFailed, match=f"generated inputs: {re.escape(feedback)}; .*{HINT}"):
        require_deterministic(judged(Outcome.CRASH, feedback), PLAN)


def test_what_goes_out_of_bounds_is_an_error_of_the_task_with_the_same_answer() -> None:
    report = "==1==ERROR: AddressSanitizer: heap-buffer-overflow"
    with pytest.raises(TaskError, match=f"k.cpp:1: .*heap-buffer-overflow.*; {HINT}"):
        require_sane(judged(Outcome.CRASH, "lost", report), "f", PLAN, "k.cpp:1")


def test_a_reference_that_hangs_is_not_told_of_sizes() -> None:
    with pytest.raises(ReferenceFailed) as refused:
        require_sane(judged(Outcome.TIMEOUT, "still running after 10 s"), "f", PLAN, "k.cpp:1")
    assert "--sizes" not in str(refused.value)

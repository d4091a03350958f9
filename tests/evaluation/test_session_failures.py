"""Who is to blame for what a judge reports of a session."""

import json
from collections.abc import Callable
from typing import Any, cast

import pytest

from agentpar.errors import SandboxError
from agentpar.evaluation.session import Failed, Judged, Round, judge
from agentpar.sandbox.base import Limits, Sandbox, Session
from agentpar.verdict import Outcome


class Stage:
    """Stands for a sandbox in which a session ends with one failure."""

    limits = Limits()

    def __init__(self, failure: dict[str, Any], ending: str) -> None:
        self._line = json.dumps({"event": "failure", "who": "candidate", **failure})
        self._ending = ending

    async def judge(self, *, on_line: Callable[[str], None], **_: Any) -> Session:
        on_line(self._line)
        return Session(
            timed_out=False, judge="exit 3", baseline="killed", candidate=self._ending,
            judge_output="", baseline_output="", candidate_output="",
        )  # fmt: skip


async def failure(kind: str, detail: str, ending: str) -> Failed | None:
    stage = cast(Sandbox, Stage({"kind": kind, "detail": detail}, ending))
    judged = await judge(stage, [Round(dims=(1,))], tolerance="", candidate="work/candidate.so", dim_names=["n"])
    return judged.failed


@pytest.mark.parametrize(
    ("kind", "ending", "said"),
    [("timeout", "killed", "the candidate does not start"), ("lost", "exit 73", "ranks cannot be started")],
)
async def test_a_worker_that_does_not_start_is_not_held_against_a_candidate_that_it_has_not_loaded(
    kind: str, ending: str, said: str
) -> None:
    with pytest.raises(SandboxError, match=said):
        await failure(kind, "start", ending)


@pytest.mark.parametrize(("kind", "detail"), [("lost", "the call"), ("threw", "start")])
async def test_a_candidate_cannot_look_like_a_worker_that_does_not_start(kind: str, detail: str) -> None:
    failed = await failure(kind, detail, "exit 73")
    assert failed is not None
    assert (failed.culprit, failed.outcome) == ("candidate", Outcome.CRASH)


async def test_what_a_candidate_says_is_obeyed_by_no_terminal() -> None:
    failed = await failure("test", "red \x1b[31m, a bell \a, half a character \ud800", "exit 0")
    assert failed is not None
    assert failed.feedback == r"a test fails: red \x1b[31m, a bell \x07, half a character \ud800"


@pytest.mark.parametrize(
    ("rounds", "varies"),
    [
        ([("k", "1", "a"), ("k", "2", "a"), ("l", "3", "b"), ("l", "4", "b")], False),
        ([("k", "1", "a"), ("k", "2", "b"), ("l", "3", "b")], True),
        ([("k", "1", "a"), ("l", "2", "b"), ("m", "3", "c")], True),  # so many values that none recurs
        ([("k", "1", "a"), ("k", "1", "a"), ("k", "2", "b")], False),  # as a table of three numbers that decides all
        ([("k", "1", "a"), ("k", "1", "b"), ("k", "2", "b")], True),  # and what is changed counts as well
    ],
)
def test_answers_vary_unless_few_values_that_recur_decide_them(
    rounds: list[tuple[str, str, str]], varies: bool
) -> None:
    told = [
        {"dims": [7], "scalars": scalars, "unchanged": unchanged, "digest": digest}
        for scalars, unchanged, digest in rounds
    ]
    told += [{"dims": [0], "scalars": each, "unchanged": "", "digest": ""} for each in "xy"]  # what is empty recurs
    judged = Judged(rounds=tuple(told), failed=None, candidate_output="", candidate_ending="")
    assert judged.answers_vary((7,)) == varies

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


@pytest.mark.parametrize(
    ("rounds", "varies"),
    [
        ([(7, "k", "a"), (7, "k", "a"), (7, "l", "b"), (7, "l", "b"), (8, "k", "c")], False),
        ([(7, "k", "a"), (7, "k", "b"), (7, "l", "b")], True),
        ([(7, "k", "a"), (7, "l", "b"), (7, "m", "c")], True),  # so many values that none recurs
    ],
)
def test_answers_vary_unless_they_recur_with_sizes_and_scalars(
    rounds: list[tuple[int, str, str]], varies: bool
) -> None:
    told = tuple({"dims": [n], "scalars": scalars, "digest": digest} for n, scalars, digest in rounds)
    assert Judged(rounds=told, failed=None, candidate_output="", candidate_ending="").answers_vary == varies

"""The review of a plan at the terminal; the judge is a stand-in, all else is real."""

import io
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from agentpar import api
from agentpar.cli.review import FILE, review
from agentpar.errors import TaskError
from agentpar.reporting.result import read_result
from tests.planning.workshop import NAMES, a_plan, begin, context, verdict
from tests.search.doubles import Judge

Types = Callable[[str], None]


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def types(monkeypatch: pytest.MonkeyPatch) -> Types:
    return lambda words: monkeypatch.setattr("sys.stdin", Terminal(words))


@pytest.fixture
def run_dir(tmp_path: Path) -> Path:
    return begin(tmp_path, a_plan(NAMES, {"delta": ["alpha"]}))


def test_a_plan_is_shown_and_accepted(run_dir: Path, types: Types, capsys: pytest.CaptureFixture[str]) -> None:
    types("accept\n")
    assert review(run_dir) == a_plan(NAMES, {"delta": ["alpha"]})
    assert "delta: 22.5% of the work, after alpha" in capsys.readouterr().err


def test_what_depends_on_a_dropped_subtask_stays_without_it(run_dir: Path, types: Types) -> None:
    types("drop alpha, beta\naccept\n")
    plan = review(run_dir)
    assert [(each.id, each.depends_on) for each in plan.subtasks] == [("gamma", ()), ("delta", ())]
    assert plan.covered == pytest.approx(0.45)
    assert {(each.function, each.reason) for each in plan.left_alone} == {
        ("alpha", "dropped in review"),
        ("beta", "dropped in review"),
    }


def test_an_edit_that_leaves_no_plan_is_answered_and_asked_again(
    run_dir: Path, types: Types, capsys: pytest.CaptureFixture[str]
) -> None:
    types("drop omega\ndrop alpha beta gamma\nfile nowhere.json\nfile ~nosuchuser/plan.json\nnonsense\nwhole\naccept\n")
    assert review(run_dir).is_atomic
    said = capsys.readouterr().err
    assert "no subtask omega" in said and "one subtask is the whole" in said
    assert "cannot be read as a plan" in said and "'nonsense' is no answer" in said and "~nosuchuser" in said


def test_a_plan_is_edited_in_the_users_editor(run_dir: Path, types: Types, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VISUAL", "sed -i s/alpha/beta/")
    types("edit\nquit\n")
    with pytest.raises(BaseException, match="130"):  # two subtasks of one name are refused
        review(run_dir)
    monkeypatch.setenv("VISUAL", "vi 'cut")
    types("edit\nquit\n")
    with pytest.raises(BaseException, match="130"):
        review(run_dir)
    monkeypatch.setenv("VISUAL", """sed -i 's/"contract": "any"/"contract": "mine"/'""")
    types("edit\naccept\n")
    assert {each.contract for each in review(run_dir).subtasks} >= {"mine"}


async def test_a_run_stops_for_the_review_and_goes_on_with_the_plan(
    run_dir: Path, types: Types, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    judge = Judge(verdict)
    monkeypatch.setattr(api, "open_session", context(judge).open_session)
    stopped = await api._work(run_dir, context(judge, review_plan=True), sandbox="process", model=None)
    assert (stopped.state, stopped.status, judge.began) == ("review", "unfinished", [])
    assert (await api.aresume(run_dir)).state == "review"

    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    with pytest.raises(BaseException, match="5"):
        review(run_dir)
    assert f"agentpar resume {run_dir} --plan {run_dir / FILE}" in capsys.readouterr().err
    types("drop gamma\naccept\n")
    result = await api.aresume(run_dir, plan=review(run_dir))
    assert result.status == "improved" and {each.subtask for each in judge.began} >= {"alpha", "beta", "delta"}
    assert "gamma" not in {each.subtask for each in judge.began}
    assert json.loads((run_dir / FILE).read_text())["left_alone"][0]["function"] == "gamma"
    with pytest.raises(TaskError, match="waits for no review"):
        await api.aresume(run_dir, plan=a_plan())
    assert read_result(run_dir).state == "finished"

"""The review of a plan at the terminal; the judge is a stand-in, all else is real."""

import asyncio
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import pytest
import typer

from agentpar import api, solver
from agentpar.candidate import WHOLE
from agentpar.cli.main import _review
from agentpar.cli.review import FILE, review
from agentpar.errors import TaskError
from agentpar.ledger import Ledger
from agentpar.reporting.result import read_result
from tests.cli.program import agentpar, says_one_line
from tests.planning.workshop import NAMES, a_plan, begin, context, the_task, verdict
from tests.search.doubles import SOURCE, Judge

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
    types(
        "drop omega\ndrop\ndrop alpha beta gamma\ndrop alpha beta gamma delta\nfile\nfile nowhere.json\n"
        "file ~nosuchuser/plan.json\nnonsense\nhelp\nwhole\ndrop alpha\naccept\n"
    )
    assert review(run_dir).is_atomic
    said = capsys.readouterr().err
    assert "no subtask omega" in said and "drop what? There are alpha, beta, gamma, delta" in said
    assert "that leaves delta alone: keep two, or say `whole`" in said and "that leaves nothing: keep two" in said
    assert "file PATH: name the plan's file" in said
    assert "cannot be read as a plan" in said and "'nonsense' is no answer" in said and "~nosuchuser" in said
    assert "the plan waits; `agentpar resume` asks again" in said
    assert "`whole` is searched as a whole: as was asked for" in said and "there is nothing to drop" in said


def test_who_leaves_is_told_how_to_go_on(
    run_dir: Path, types: Types, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for words in ("quit\n", ""):  # Ctrl-D
        types(words)
        with pytest.raises(typer.Exit) as left:
            review(run_dir)
        assert left.value.exit_code == 5
    pressed = Mock(isatty=lambda: True, readline=Mock(side_effect=KeyboardInterrupt))
    monkeypatch.setattr("sys.stdin", pressed)
    with pytest.raises(typer.Exit) as left:
        review(run_dir)
    assert left.value.exit_code == 130
    assert capsys.readouterr().err.count(f"the plan waits; go on with: agentpar resume {run_dir}") == 3


def test_a_plan_that_waits_is_told_in_json_too(run_dir: Path, types: Types, capsys: pytest.CaptureFixture[str]) -> None:
    with Ledger.open(run_dir / "ledger.sqlite") as ledger:
        ledger.note("reviewed", False)
    types("quit\n")
    with pytest.raises(typer.Exit):
        _review(run_dir, as_json=True)
    assert json.loads(capsys.readouterr().out)["state"] == "review"


def test_a_search_of_the_whole_has_no_plan_to_review(tmp_path: Path) -> None:
    (tmp_path / "scale.cpp").write_text(SOURCE)
    ran = agentpar("solve", "scale.cpp::scale", "--decompose", "never", "--review-plan", cwd=tmp_path)
    assert says_one_line(ran, 2, "decompose never", "leave it out, or the plan and its review")
    assert [each.name for each in tmp_path.iterdir()] == ["scale.cpp"]


def test_a_plan_is_edited_in_the_users_editor(run_dir: Path, types: Types, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VISUAL", "sed -i s/alpha/beta/")
    types("edit\nquit\n")
    with pytest.raises(typer.Exit):  # two subtasks of one name are refused
        review(run_dir)
    monkeypatch.setenv("VISUAL", "vi 'cut")
    types("edit\nquit\n")
    with pytest.raises(typer.Exit):
        review(run_dir)
    (run_dir / FILE).unlink()
    monkeypatch.setenv("VISUAL", """sed -i 's/"contract": "any"/"contract": "mine"/'""")
    types("edit\naccept\n")
    assert {each.contract for each in review(run_dir).subtasks} >= {"mine"}


def test_what_was_edited_stands_when_the_review_goes_on(
    run_dir: Path, types: Types, capsys: pytest.CaptureFixture[str]
) -> None:
    types("drop beta\nquit\n")
    with pytest.raises(typer.Exit):
        review(run_dir)
    types("accept\n")
    assert "beta" not in {each.id for each in review(run_dir).subtasks}
    (run_dir / FILE).write_text("{ half an edit")
    types("accept\n")
    assert review(run_dir) == a_plan(NAMES, {"delta": ["alpha"]})
    assert "is left as it is, this is the plan that was made" in capsys.readouterr().err
    assert (run_dir / FILE).read_text() == "{ half an edit"


async def test_a_run_stops_for_the_review_and_goes_on_with_the_plan(
    run_dir: Path, types: Types, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    judge = Judge(verdict)
    monkeypatch.setattr(api, "open_session", context(judge).open_session)
    stopped = await api._work(run_dir, context(judge, review_plan=True), sandbox="process", model=None)
    assert (stopped.state, stopped.status, judge.began) == ("review", "unfinished", [])
    assert (await api.aresume(run_dir)).state == "review"

    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    with pytest.raises(typer.Exit):
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


async def test_a_run_that_was_interrupted_before_its_plan_was_made_asks_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "scale.cpp").write_text(SOURCE)
    run_dir, judge = tmp_path / "run", Judge(verdict)
    monkeypatch.setattr(api, "open_session", Mock(side_effect=asyncio.CancelledError))
    with pytest.raises(asyncio.CancelledError):
        await api.asolve(f"{tmp_path / 'scale.cpp'}::scale", run_dir=run_dir, review_plan=True)
    assert read_result(run_dir).state == "interrupted"
    monkeypatch.setattr(api, "open_session", context(judge).open_session)
    assert (await api.aresume(run_dir)).state == "review" and not judge.began


async def test_a_run_that_was_interrupted_before_it_had_a_plan_takes_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Ledger.create(tmp_path / "run" / "ledger.sqlite", the_task(tmp_path)).close()
    judge, plan = Judge(verdict), a_plan(NAMES[1:3])
    monkeypatch.setattr(api, "open_session", context(judge).open_session)
    with pytest.raises(TaskError, match="no function `none`"):
        await api.aresume(tmp_path / "run", plan=a_plan(("none", "beta")))
    result = await api.aresume(tmp_path / "run", plan=plan)
    assert result.status == "improved" and {each.subtask for each in judge.began} == {"beta", "gamma", WHOLE}


@pytest.mark.parametrize("asked", [{"decompose": "never"}, {"plan": a_plan(NAMES[1:3])}], ids=["never", "plan"])
async def test_a_run_that_was_interrupted_before_its_search_knows_what_plan_was_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, asked: dict[str, Any]
) -> None:
    judge = Judge(verdict)
    monkeypatch.setattr(api, "understand", lambda task: None)
    monkeypatch.setattr(api, "open_session", Mock(side_effect=asyncio.CancelledError))
    with pytest.raises(asyncio.CancelledError):
        await api.asolve(the_task(tmp_path), run_dir=tmp_path / "run", **asked)
    monkeypatch.setattr(api, "open_session", context(judge).open_session)
    monkeypatch.setattr(solver, "plan_code", Mock(side_effect=AssertionError("another plan was made")))
    await api.aresume(tmp_path / "run")
    assert {each.subtask for each in judge.began} == ({"beta", "gamma", WHOLE} if "plan" in asked else {"whole"})


def test_what_is_pressed_in_the_editor_is_the_editors(
    run_dir: Path, types: Types, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VISUAL", "sh -c 'kill -INT $PPID'")  # as a terminal sends Ctrl-C to both
    types("edit\naccept\n")
    assert review(run_dir) == a_plan(NAMES, {"delta": ["alpha"]})


def test_an_answer_that_is_no_text_is_asked_for_again(run_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    answers = [UnicodeDecodeError("utf-8", b"\xff", 0, 1, "invalid start byte"), "accept\n"]
    monkeypatch.setattr("sys.stdin", Mock(isatty=lambda: True, readline=Mock(side_effect=answers)))
    assert len(review(run_dir).subtasks) == 4

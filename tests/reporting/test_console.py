import pytest

from agentpar.events import Event
from agentpar.reporting.console import Progress, measurement_lines, status_line
from agentpar.verdict import Outcome
from tests.search.doubles import ok


def test_a_right_candidate_without_a_time_says_why(capsys: pytest.CaptureFixture[str]) -> None:
    Progress()(Event(kind="judged", seconds=1.0, number=3, outcome=Outcome.OK))
    assert capsys.readouterr().err.strip() == "#3 ok, not timed: other work kept this machine busy"


@pytest.mark.parametrize("rows", [1, 2])
def test_where_several_baseline_times_are_shown_it_is_said_why_they_differ(rows: int) -> None:
    measured = ok(2.0).measurement
    assert measured is not None
    lines = measurement_lines(measured.model_copy(update={"scaling": measured.scaling * rows}))
    assert sum(" ms, " in line for line in lines) == rows
    assert ("the baseline is timed anew beside each number of threads" in lines) == (rows > 1)


def test_what_several_subtasks_have_to_say_alike_is_said_once(capsys: pytest.CaptureFixture[str]) -> None:
    progress = Progress()
    for subtask in ("relief", "shelter"):
        progress(Event(kind="note", seconds=1.0, subtask=subtask, message="the model is asked no more: it is dumb"))
    assert capsys.readouterr().err == "· the model is asked no more: it is dumb\n"


def test_of_several_subtasks_each_line_says_which(capsys: pytest.CaptureFixture[str]) -> None:
    progress = Progress()
    for subtask in ("relief", "shelter"):
        progress(Event(kind="judged", seconds=1.0, subtask=subtask, number=1, outcome=Outcome.OK, speedup=1.5))
    assert capsys.readouterr().err.split("\n")[:2] == ["  #1 ok 1.50×", "  #1 ok shelter: 1.50×"]


def test_of_a_run_of_parts_that_goes_on_the_first_line_says_which_too(capsys: pytest.CaptureFixture[str]) -> None:
    Progress(has_parts=True)(Event(kind="finished", seconds=1.0, subtask="relief", message="over"))
    assert capsys.readouterr().err == "· relief: over\n"


def test_the_status_is_of_the_run_and_not_of_the_part_that_spoke_last() -> None:
    spoke = [
        Event(kind="judged", seconds=4.0, subtask="relief", evaluated=2, counts={"ok": 2}, best_speedup=1.5),
        Event(kind="judged", seconds=5.0, subtask="shelter", evaluated=1, counts={"race": 1}, budget_candidates=9),
    ]
    assert status_line(spoke) == "best 1.50× relief  3/9 judged  2 ok, 1 race  0.60/s"

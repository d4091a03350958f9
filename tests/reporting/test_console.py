import pytest

from agentpar.events import Event
from agentpar.reporting.console import Progress, measurement_lines
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

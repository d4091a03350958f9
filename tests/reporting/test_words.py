"""How what was found reads in reports."""

from agentpar.reporting.words import in_one_line


def test_feedback_of_several_lines_is_told_on_one_that_says_where_it_was_cut() -> None:
    said = 'k.c(65): error: expected a ")"\n  k.c(67): error: undefined'
    assert in_one_line(said, 100) == 'k.c(65): error: expected a ")" k.c(67): error: undefined'
    assert in_one_line(said, 20) == "k.c(65): error: exp…"

"""What a function may change, as far as its own text says."""

import pytest

from agentpar.languages.changes import is_settled, may_change
from agentpar.languages.source import parse, walk


@pytest.mark.parametrize(
    ("statement", "changed"),
    [
        ("n = 3;", {"n"}),
        ("(p).x = 3;", {"p"}),
        ("y[i] = 3;", set()),
        ("--n;", {"n"}),
        ("*p = 3;", set()),
        ("take(&p);", {"p"}),
        ("int& r = n;", {"n"}),
        ("int m = n;", set()),
        ("std::cin >> n;", {"n"}),
        ("bump(n, 3);", {"n"}),
        ("double z = std::max(n, m);", set()),
        ("y.resize(n);", {"y", "n"}),
        ("int m = y.size();", set()),
    ],
)
def test_what_may_be_changed_is_known_by_name(statement: str, changed: set[str]) -> None:
    assert may_change(parse(f"void f() {{ {statement} }}").root_node) == changed


@pytest.mark.parametrize(
    ("value", "settled"),
    [("n / 2 + 1", True), ("std::min(n, 9)", True), ("m", False), ("y[n]", False), ("draw()", False), ("n = 2", False)],
)
def test_an_expression_is_the_same_everywhere_when_it_reads_what_stays(value: str, settled: bool) -> None:
    root = parse(f"void f() {{ g({value}); }}").root_node
    given = next(node for node in walk(root) if node.type == "argument_list").named_children[0]
    assert is_settled(given, {"n"}.__contains__) is settled

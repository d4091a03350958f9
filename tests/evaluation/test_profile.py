import pytest

from agentpar.evaluation.profile import Profile, plain_name, read_profile

DUMP = """\
# callgrind format
version: 1
events: Ir

fl=(1) /sandbox/task/private/profiled.cpp
fn=(1) entry(double*, int)
10 5
cfn=(2) hot(double*, int)
calls=2 20
11 600
cfi=(2) /usr/include/math.h
cfn=(3) exp
calls=1 0
12 40

fn=(2)
20 500
fi=(2)
7 30
fe=(1)
cfn=(4) recurse(int)
calls=10 30
21 70

fn=(4)
30 20
cfn=(4)
calls=9 30
31 50

fl=(2)
fn=(3)
7 40
"""


def test_a_profile_tells_whose_the_instructions_are() -> None:
    found = read_profile(f"{DUMP}\nfn=(5) main\n1 0\ncfn=(1)\ncalls=1 10\n2 645\n", ("entry", "hot", "recurse"), ".cpp")
    assert found is not None
    assert found.total == 5 + 500 + 30 + 20 + 40
    assert found.calls == {"entry": 1, "hot": 2, "recurse": 10}
    assert found.inclusive == {"entry": 645, "hot": 600, "recurse": 70}
    assert found.between == {("entry", "hot"): 600, ("hot", "recurse"): 70}
    assert found.per_call("recurse") == 7 and found.per_call("never") == 0
    assert found.share("hot", {"recurse"}) == pytest.approx((600 - 70) / 595)


def test_functions_that_call_each_other_have_the_share_that_they_spend_themselves() -> None:
    # entry calls even once, which calls odd, which calls even, and so on.
    dump = """\
events: Ir
fl=(1) a.cpp
fn=(1) entry
1 10
cfn=(2) even
calls=1 3
2 90

fn=(2)
3 30
cfn=(3) odd
calls=3 5
4 150

fn=(3)
5 60
cfn=(2)
calls=2 3
6 90
"""
    found = read_profile(dump, ("entry", "even", "odd"), "a.cpp")
    assert found is not None and found.total == 100 and found.share("even") == 1.0
    assert found.share("even", {"odd"}) == pytest.approx(0.3) and found.share("odd", {"even"}) == pytest.approx(0.6)


def test_lines_hold_their_own_instructions_and_those_of_what_they_call() -> None:
    found = read_profile(DUMP, ("entry", "hot", "recurse"), "/profiled.cpp")
    assert found is not None
    assert found.lines == {
        (10, ""): 5, (11, "hot"): 600, (12, ""): 40, (20, ""): 500, (21, "recurse"): 70, (30, ""): 20,
    }  # fmt: skip
    assert found.in_lines(range(10, 13)) == 645 and found.in_lines(range(10, 13), {"hot"}) == 45


def test_what_holds_no_costs_is_no_profile() -> None:
    assert read_profile("", ("entry",), ".cpp") is None
    assert read_profile("fl=(1) a.cpp\nfn=(1) entry\n", ("entry",), ".cpp") is None


@pytest.mark.parametrize(
    ("symbol", "name"),
    [
        ("scale", "scale"),
        ("scale.constprop.0", "scale"),
        ("scale'2", "scale"),
        ("ns::scale(double*, int)", "ns::scale"),
        ("(anonymous namespace)::scale(int) [clone .part.0]", "scale"),
        ("void ns::scale<double, (Kind)2>(double*)", "ns::scale"),
        ("std::vector<double, std::allocator<double> > make(int)", "make"),
        ("scale(double*)::{lambda(int)#1}::operator()(int) const", "scale"),
    ],
)
def test_a_symbol_is_known_by_its_plain_name(symbol: str, name: str) -> None:
    assert plain_name(symbol) == name


def test_hot_lines_are_told_with_what_they_call() -> None:
    found = Profile(
        total=1000, calls={}, inclusive={}, between={}, lines={(2, ""): 100, (2, "g"): 700, (1, ""): 20, (9, ""): 180}
    )
    assert found.hot_lines("void f() {\n    g();\n}\n") == "- 80%: line 2, `g();`"
    assert found.hot_lines("") == ""

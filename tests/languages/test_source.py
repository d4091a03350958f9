"""What the parser makes of text that C++ alone cannot tell apart."""

import pytest

from agentpar.languages.source import parse, text, walk


def identifiers(body: str) -> list[str]:
    return [text(n) for n in walk(parse(f"void f() {{ {body} }}").root_node) if n.type == "identifier"][1:]


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ("Point p(x[i - 1], y[i]);", ["p", "x", "i", "y", "i"]),
        ("std::complex<double> c(re, im), z(0.0, 0.0);", ["c", "re", "im", "z"]),
        ("T t(a * b, c && d);", ["t", "a", "b", "c", "d"]),
        ("for (It it(first); it < last; ++it) {}", ["it", "first", "it", "last", "it"]),
    ],
)
def test_what_an_object_is_made_from_is_read_and_not_taken_for_parameters(body: str, named: list[str]) -> None:
    assert identifiers(body) == named


def test_the_text_of_what_an_object_is_made_from_stays_as_it_was_written() -> None:
    source = "void f() { std::vector<int> rows(n); }"
    made = next(n for n in walk(parse(source).root_node) if n.type == "init_declarator")
    assert text(made) == "rows(n)"


@pytest.mark.parametrize("body", ["int g(int);", "T g(T t);", "T g(const U&);", "T g(std::vector<int>);", "T g();"])
def test_a_prototype_in_a_body_is_one(body: str) -> None:
    found = walk(parse(f"void f() {{ {body} }}").root_node)
    assert any(n.type == "function_declarator" and text(n).startswith("g") for n in found)

"""What is one program in Python but for format and names, and what is not."""

import pytest

from agentpar.languages.python_fingerprint import fingerprint_python

SOURCE = """
import os

SIZE = 3


def total(xs, scale=1):
    result = 0
    for i, x in enumerate(xs):
        part = [y * scale for y in (x, i)]
        result += sum(part)
    return result
"""


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("result", "answer"),
        ("part", "i2"),
        ("y * scale for y in", "other * scale for other in"),
        ("    result = 0\n", "    # none yet\n    result  =  0\n\n"),
        ("    result = 0\n", '    """Adds."""\n    result = 0\n'),
        ("return result", "return (result)"),
    ],
)
def test_the_same_program_in_other_words(old: str, new: str) -> None:
    changed = SOURCE.replace(old, new)
    assert changed != SOURCE and fingerprint_python(changed) == fingerprint_python(SOURCE)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("result += sum", "result -= sum"),
        ("        result += sum(part)", "    result += sum(part)"),
        ("scale=1", "scale=2"),
        ("scale", "factor"),  # somebody may pass it by its name
        ("SIZE", "COUNT"),
        ("sum(part)", "max(part)"),
        ("return result", "return SIZE"),
        ("return result", "return part"),
        ("y * scale for y in", "os * scale for y in"),
    ],
)
def test_other_programs(old: str, new: str) -> None:
    changed = SOURCE.replace(old, new)
    assert changed != SOURCE and fingerprint_python(changed) != fingerprint_python(SOURCE)


def pair(code: str, other: str) -> bool:
    return fingerprint_python(code) == fingerprint_python(other)


def test_names_that_stand_for_more_than_a_local_are_kept() -> None:
    assert not pair("def f():\n    global a\n    a = 1\n", "def f():\n    global b\n    b = 1\n")
    assert not pair("def f():\n    a = 1\n    return locals()\n", "def f():\n    b = 1\n    return locals()\n")
    assert not pair("def f():\n    class A:\n        x = 1\n", "def f():\n    class A:\n        y = 1\n")
    assert not pair("def f(xs):\n    return [x for x in xs], z\n", "def f(xs):\n    return [z for z in xs], z\n")
    caught = "def f():\n    try:\n        g()\n    except E as e:\n        print({})\n    {} = 1\n"
    assert not pair(caught.format("e", "e"), caught.format("x", "x"))


def test_what_is_no_python_is_the_same_as_itself_alone() -> None:
    deep = "x = " + "-" * 3000 + "1\n"
    for code in ("def f(:", "\ud800", "\0", deep, f"x = 0x{'9' * 5000}\n"):
        assert pair(code, code) and not pair(code, f"{code} # more")


def test_an_escape_that_is_none_warns_nobody() -> None:
    assert pair('x = "\\d"', 'x  = "\\d"')


def test_indentation_is_meaning() -> None:
    plain = "def f(x):\n    if x:\n        x += 1\n        x += 2\n    return x\n"
    assert not pair(plain, plain.replace("        x += 2", "    x += 2"))

import ast
import contextlib
import textwrap

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agentpar.languages.python import syntax_tree
from agentpar.proposers.model.dialect import PYTHON
from agentpar.proposers.model.extract import BlockMismatch, source_from
from agentpar.proposers.model.graft import Unusable
from agentpar.proposers.model.graft_python import abridged_python, version_in_python

SERIAL = '''\
"""Sums."""

import math

LIMIT = 3.0


def twice(x):
    return 2.0 * x


# The sum of the roots.
def total(values: list[float], scale: float = 1.0) -> float:
    """Adds them up."""
    result = 0.0
    for x in values:
        result += twice(math.sqrt(x)) * scale
    return result


def other():
    return 1
'''
PARALLEL = '''\
def total(values: list[float], scale: float = 1.0) -> float:
    """Adds them up."""
    with Pool(os.cpu_count()) as pool:
        return sum(pool.map(_part, [(values[i::2], scale) for i in range(2)]))
'''
ADDED = """\
import os
from multiprocessing import Pool


def _part(given):
    values, scale = given
    return sum(twice(math.sqrt(x)) * scale for x in values)


"""
WANTED = (
    SERIAL.replace("import math\n", "import math\nimport os\nfrom multiprocessing import Pool\n")
    .replace("# The sum", f"{ADDED.partition('Pool')[2].lstrip()}# The sum")
    .replace(SERIAL[SERIAL.index("def total") : SERIAL.index("\n\ndef other")], PARALLEL)
)
DEMO = "\nvalues = [1.0, 2.0]\nresult = total(values)\nprint(result)\n"
MAIN = 'if __name__ == "__main__":\n    print(total([1.0]))\n'
HEAD = "(values: list[float], scale: float = 1.0) -> float:"


def source(reply: str, *, base: str = SERIAL, was_cut: bool = False) -> str:
    return source_from(reply, serial=SERIAL, base=base, entry="total", was_cut=was_cut, dialect=PYTHON)


def fenced(code: str) -> str:
    return f"```python\n{code}```"


@pytest.mark.parametrize(
    "reply",
    [
        fenced(ADDED + PARALLEL),
        f"Here it's:\n\n{fenced(ADDED + PARALLEL)}\nIt sums in parallel: total(values) is kept.",
        f"~~~py\n{ADDED}{PARALLEL}~~~",
        ADDED + PARALLEL,
        f"Sure! The function `total` isn't hard.\n\n{ADDED}{PARALLEL}\nThis doesn't share anything (but a pool).",
        f"<think>```python\ndef total(): pass\n```</think>\n{fenced(ADDED + PARALLEL)}",
        f"half a tag ```python\nx = 1\n```</think>{fenced(ADDED + PARALLEL)}",
        fenced(WANTED),
        fenced(ADDED + PARALLEL + DEMO + MAIN),
        f"Before:\n{fenced(SERIAL)}\nAfter:\n{fenced(ADDED + PARALLEL)}\nRun it:\n```sh\npython sums.py\n```",
        f"After:\n{fenced(ADDED + PARALLEL)}\nIt was:\n{fenced(SERIAL)}",
        f"```python\n{ADDED}{PARALLEL}",
        fenced("import math\nimport time, os\nfrom multiprocessing import Pool, Queue\n" + ADDED[44:] + PARALLEL),
        fenced(f"{ADDED}def twice(x):\n    return x + x\n\n\n{PARALLEL}"),
        fenced(textwrap.indent(ADDED + PARALLEL, "    ")),
        fenced(ADDED + PARALLEL.replace(HEAD, "(values, scale=2):")),
        fenced("def total(values):\n    return 0\n\n\n" + ADDED + PARALLEL),
        fenced(ADDED + PARALLEL + "\n\ndef broken(:\n    pass\n"),
        fenced(f"from __future__ import annotations\n{ADDED}{PARALLEL}"),
    ],
    ids=[
        "fence", "fence in prose", "tildes", "bare", "bare in prose", "thinking with code", "half a thinking tag",
        "whole module", "examples and a main part", "before and after", "after and before", "fence left open",
        "imports that nobody needs", "helper of the module again", "indented", "head changed", "several versions",
        "a broken function beside it", "an import of the future",
    ],
)  # fmt: skip
def test_the_function_is_found_in_a_reply_of_any_shape(reply: str) -> None:
    assert source(reply) == WANTED


def test_what_the_function_needs_comes_along_in_order_and_nothing_else() -> None:
    code = (
        "import os\n_pools = {}\n_unused = os.cpu_count()\n_table = [0] * 4\nfor _i in range(4):\n    _table[_i] = _i\n"
        "class Part:\n    size = LIMIT\n"
        "def total(values, scale):\n    global _count\n    _count += 1\n    return late(_pools, _table, Part)\n"
        "def late(*given):\n    return 0.0\n_count = 0\n"
    )
    found = source(fenced(code))
    before, _, after = found.partition("def total")
    assert [before.count(each) for each in ("_pools = {}", "_table[_i] = _i", "class Part:", "import os")] == [
        1,
        1,
        1,
        0,
    ]
    assert "_unused" not in found and after.index("def late") < after.index("_count = 0") < after.index("def other")
    syntax_tree(found)


def test_the_rest_of_the_module_cannot_be_changed() -> None:
    changed = WANTED.replace("return 1", "return 2").replace("return 2.0 * x", "return 0").replace("3.0", "9.0")
    assert source(fenced(changed)) == WANTED
    shadow = f"from cmath import sqrt as twice\n{ADDED}{PARALLEL}"
    assert source(fenced(shadow)) == WANTED


def test_further_parameters_with_defaults_become_locals() -> None:
    body = PARALLEL.partition("\n")[2].replace("os.cpu_count()", "workers")
    for more in ("workers=os.cpu_count()", "*, workers=os.cpu_count()"):
        found = source(fenced(f"{ADDED}def total(values, scale=1.0, {more}):\n{body}"))
        assert found == WANTED.replace(
            "    with Pool(os.cpu_count())", "    workers = os.cpu_count()\n    with Pool(workers)"
        )


@pytest.mark.parametrize(
    ("reply", "why"),
    [
        ("I cannot do that.", "does not define the function `total`"),
        ("", "no code"),
        ("<think>a long thought without an end", "only thinking"),
        (fenced("def sums(values):\n    return 0\n"), "does not define the function `total`"),
        (fenced("class A:\n    def total(self, values, scale):\n        return 0\n"), "at the top level"),
        (fenced("async def total(values, scale):\n    return 0\n"), "does not define"),
        (fenced("def total(values):\n    return 0\n"), "signature was changed; it must stay `def total.values: list"),
        (fenced("def total(values, scale, pool):\n    return 0\n"), "signature was changed"),
        (fenced("def total(*given):\n    return 0\n"), "signature was changed"),
        (fenced("def total(data, scale=1.0):\n    return 0\n"), "signature was changed"),
        (fenced(SERIAL), "unchanged"),
        (fenced("def total(values, scale):\n    return sum(\n\n\nx = 1\n"), "`total` is no Python"),
        (
            fenced("def total(values, scale):\n  if 1:\n  return 2\n") + "\n```sh\npip install x\n```",
            "no Python.*indented",
        ),
        (
            fenced("def total(values, scale):\n    return _part(1)\ndef _part(x:\n    pass\n"),
            "`_part`, which the function",
        ),
        (fenced("def total(values, scale):\n    x = 1\n    global x\n"), "no Python"),
        (fenced("def total(values, scale):\n    return '\0'\n"), "no Python|does not define"),
        (fenced("def total(values, scale):\n    return '\ud800'\n"), "no Python|does not define"),
    ],
)
def test_what_cannot_be_judged_is_refused_with_the_reason(reply: str, why: str) -> None:
    with pytest.raises(Unusable, match=why):
        source(reply)


@pytest.mark.parametrize("end", [20, 120, 200, -40])
def test_a_version_that_was_cut_off_is_not_taken_for_a_whole_one(end: int) -> None:
    """Python has no last brace: what was written of a function may well be one."""
    with pytest.raises(Unusable, match="cut off"):
        source(f"```python\n{(ADDED + PARALLEL)[:end]}", was_cut=True)


def test_a_reply_that_was_cut_off_behind_the_function_is_used() -> None:
    assert source(f"```python\n{ADDED}{PARALLEL}\n\n{MAIN[:-9]}", was_cut=True) == WANTED
    assert source(f"{fenced(ADDED + PARALLEL)}\nIt is fast, sin", was_cut=True) == WANTED


def block(search: str, replace: str) -> str:
    return f"<<<<<<< SEARCH\n{search}=======\n{replace}>>>>>>> REPLACE\n"


def test_blocks_change_what_they_search_for_wherever_the_model_indents_them() -> None:
    search, replace = "    with Pool(os.cpu_count()) as pool:\n", "    with Pool(2) as pool:\n"
    wanted = WANTED.replace("os.cpu_count()", "2").replace("import os\n", "")
    for reply in (block(search, replace), block(search.lstrip(), replace.lstrip()), fenced(block(search, replace))):
        assert source(reply, base=WANTED) == wanted
    both = block("result += twice(math.sqrt(x)) * scale\n", "root = math.sqrt(x)\nresult += twice(root) * scale\n")
    assert "        root = math.sqrt(x)\n        result += twice(root) * scale\n" in source(both)


@pytest.mark.parametrize("reply", [block("    no such line\n", "x\n"), block("\n", "x\n"), "<<<<<<< SEARCH\n    x\n"])
def test_a_block_that_does_not_apply_is_told_from_other_failures(reply: str) -> None:
    with pytest.raises(BlockMismatch):
        source(reply)


def test_a_version_is_shown_without_what_the_module_has() -> None:
    shown = version_in_python(WANTED, serial=SERIAL, entry="total")
    assert "import os" in shown and "def _part" in shown and PARALLEL.strip() in shown
    assert "twice(x)" not in shown and "import math" not in shown and "other" not in shown
    assert source(fenced(shown)) == WANTED
    assert version_in_python("def total(:", serial=SERIAL, entry="total") == "def total(:"


def test_of_a_long_module_what_the_function_needs_is_shown() -> None:
    shown = abridged_python(SERIAL, "total", 1000)
    assert "import math" in shown and "def twice" in shown and "Adds them up" in shown
    assert "other" not in shown and "LIMIT" not in shown
    assert "result += twice" in abridged_python(SERIAL, "total", 10)


def test_modules_that_begin_in_other_ways_get_their_imports_where_they_belong() -> None:
    code = "import os\n\n\ndef f(x):\n    return os.getpid() + x\n"
    for begins, wanted in (
        ("", "import os\n\n\ndef f"),
        ("#!/usr/bin/python3\n", "#!/usr/bin/python3\n\nimport os\n\n\ndef f"),
        ("# Adds.\n", "import os\n\n\n# Adds.\ndef f"),
        ("# A licence.\n\n\n", "# A licence.\n\nimport os\n\n\ndef f"),
        ('"""What."""\n\n\n', '"""What."""\n\nimport os\n\n\ndef f'),
        ("import os.path\n\n\n", "import os.path\nimport os\n\n\ndef f"),
        ("import os, re\n\n\n", "import os, re\n\n\ndef f"),
        ("import re; A = 1\n\n\n", "import re; A = 1\nimport os\n\n\ndef f"),
    ):
        serial = f"{begins}def f(x):\n    return x\n"
        found = source_from(fenced(code), serial=serial, base=serial, entry="f", dialect=PYTHON)
        assert found.startswith(wanted), found


@pytest.mark.parametrize(
    "serial", ["def f(x): return x\n", "@keep\ndef f(x): return x", "def f(\n    x,  # it\n):\n    return x\n"]
)
def test_the_users_head_and_decorators_stay(serial: str) -> None:
    serial = f"def keep(f):\n    return f\n\n\n{serial}"
    head = serial[: serial.index("return x")].rstrip()
    for code in ("def f(x: int):\n    # as it is\n    return x + 0\n", "def f(x: int): return x + 0\n"):
        found = source_from(fenced(code), serial=serial, base=serial, entry="f", dialect=PYTHON)
        assert found.startswith(head) and found.rstrip().endswith("return x + 0")
        assert ("# as it is" in found) == ("# as it is" in code)
        syntax_tree(found)


_LINES = [
    *(ADDED + PARALLEL).splitlines(),
    *MAIN.splitlines(),
    "```",
    "```python",
    "It's so.",
    "\t\f",
    '"""',
    "\\",
    "def total(:",
]


@settings(max_examples=150, deadline=None)
@given(st.lists(st.sampled_from(_LINES) | st.text(max_size=12), max_size=24), st.booleans())
def test_any_reply_is_a_version_or_is_refused(lines: list[str], was_cut: bool) -> None:
    try:
        found = source("\n".join(lines), was_cut=was_cut)
    except Unusable:
        return
    before, after = syntax_tree(SERIAL), syntax_tree(found)
    texts = {ast.dump(each) for each in after.body}
    assert all(ast.dump(each) in texts for each in before.body if getattr(each, "name", "") != "total")
    (own,) = (each for each in after.body if isinstance(each, ast.FunctionDef) and each.name == "total")
    assert ast.unparse(own.args) == "values: list[float], scale: float=1.0"


@settings(max_examples=100, deadline=None)
@given(st.integers(0, len(ADDED + PARALLEL)), st.text(alphabet="ab \n\t'\"(){}:#\\", max_size=8))
def test_a_version_with_a_hole_in_it_is_another_version_or_is_refused(at: int, hole: str) -> None:
    code = ADDED + PARALLEL
    with contextlib.suppress(Unusable):
        syntax_tree(source(fenced(code[:at] + hole + code[at + 3 :])))

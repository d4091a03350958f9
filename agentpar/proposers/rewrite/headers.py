"""Includes of a version that changes several files, each where it is used.

Who rewrites one text puts an include once, after those that are there. Of several files, each that was changed needs
its own, and those that were not need none.
"""

import re

from agentpar.errors import TaskError
from agentpar.languages.source import Edit, apply_edits
from agentpar.proposers.rewrite.directives import Layout
from agentpar.sections import joined, parted
from agentpar.skeletons import INCLUDE, NAMESPACE

_LINE = r"[ \t]*#[ \t]*include\b.*(?:\n|\Z)"
# With the condition around it that somebody put there for it alone.
_INCLUDE = re.compile(rf"^(?:[ \t]*#[ \t]*if.*\n(?:{_LINE})+[ \t]*#[ \t]*endif.*(?:\n|\Z)|{_LINE})", re.MULTILINE)
# What a file that mentions one of these anew needs. Another file may have it already, and then nobody adds it.
_USES = {
    INCLUDE: rf"\b{NAMESPACE}::",
    "#include <algorithm>": r"\bstd::for_each\(",
    "#include <execution>": r"\bstd::execution::",
    "#include <numeric>": r"\bstd::transform_reduce\(",
    "#include <omp.h>": r"\bomp_(?:get|set|init|test|destroy|in)_\w+\(",
    "#include <stdlib.h>": r"(?<!::)\b(?:malloc|calloc)\(",
    "#include <thread>": r"\bstd::(?:j?thread|this_thread)\b",
    "#include <vector>": r"\bstd::vector<",
}


def in_their_files(serial: str, version: str) -> str:
    """The version of several files with the includes that it adds where what they are for was added.

    Raises:
        TaskError: the version has other files.
    """
    before, after = parted(serial), parted(version)
    if [*after] != [*before]:
        raise TaskError("the lines `/* file: … */` must stay as they are, with none beside them")
    added = {
        name: [line for line in _includes(text) if line not in _includes(before[name])] for name, text in after.items()
    }
    news = [line for lines in added.values() for line in lines]
    return joined({name: _file(before[name], text, added[name], news) for name, text in after.items()})


def _file(before: str, after: str, added: list[str], news: list[str]) -> str:
    """One file without its own new includes, and with those of all that it needs."""
    bare = _INCLUDE.sub(lambda found: "" if _normal(found[0]) in added else found[0], after)
    if bare == before:
        return before
    layout, there = Layout(bare.encode(errors="surrogatepass")), _includes(bare)
    others = [known for known in _USES if not any(known in each for each in (*news, *there))]
    offered = [each for each in dict.fromkeys([*news, *others]) if each not in there]
    wanted = [each for each in offered if _is_wanted(each, before, bare)]
    (edit,) = layout.include('"no such header"')
    new = "".join(each.replace("\n", layout.newline) + layout.newline for each in wanted)
    return apply_edits(bare, [Edit(edit.start, edit.end, new)])


def _is_wanted(include: str, before: str, bare: str) -> bool:
    """Whether what it is for was added; of what is not known, somebody thought so."""
    use = next((use for known, use in _USES.items() if known in include), None)
    return use is None or len(re.findall(use, bare)) > len(re.findall(use, before))


def _includes(text: str) -> list[str]:
    return [_normal(found) for found in _INCLUDE.findall(text)]


def _normal(include: str) -> str:
    """An include, or several under a condition, without the format of their lines."""
    lines = (re.sub(r"\s*(?://|/\*).*", "", line.strip()) for line in include.strip().splitlines())
    return "\n".join(re.sub(r"^#\s*(\w+)\s*", r"#\1 ", line).rstrip() for line in lines)

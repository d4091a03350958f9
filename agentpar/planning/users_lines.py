"""Tells lines of a source that subtasks begin with, where nests were cut out and parts changed, as the user's lines."""

import re
from collections.abc import Mapping, Sequence
from difflib import SequenceMatcher
from functools import lru_cache

from agentpar.languages.callgraph import call_graph
from agentpar.planning.plan import Plan
from agentpar.sections import located, unlocated


def cut_lines(plan: Plan) -> dict[str, tuple[int, int]]:
    """The loop nests of a plan that were cut out, by their names."""
    return {each.id: each.lines for each in plan.subtasks if each.lines is not None}


def in_users_lines(words: str, source: str, *, users: str, cut: Mapping[str, tuple[int, int]], file: str = "") -> str:
    """Words about lines of a source, `at line 57` or `FILE:57`, told by the lines of `users` that they come from.

    Where there are several files, these are lines of one of them, with its name. `cut` has the first and the last line
    of `users` of each loop nest that is a function of its own in the source.
    """

    def place(found: re.Match[str]) -> str:
        origin = _origins(source, users, tuple(cut.items())).get(int(found[2]))
        return f"{found[1]}{origin}" if origin else "in new code"

    told = unlocated(words, source)
    told = re.sub(rf"\b(at line {f'|{re.escape(file)}:' if file else ''})(\d{{1,9}})\b", place, told)
    return located(told, users)


@lru_cache(maxsize=8)
def _origins(source: str, users: str, cut: tuple[tuple[str, tuple[int, int]], ...]) -> Mapping[int, int]:
    """The user's line for each line, from 1, that is not of a function that is new: within each function where it stood
    or was cut out, and for all else in order.
    """
    new, old = source.split("\n"), users.split("\n")
    here, there = ({name: each.lines for name, each in call_graph(text).items()} for text in (source, users))
    found = _aligned(new, _between(new, here), old, _between(old, there))
    # A plan may be a person's: lines that are not there say nothing.
    there |= {name: range(first, last + 1) for name, (first, last) in cut if first <= last <= len(old)}
    for name in here.keys() & there.keys():
        found |= _aligned(new, here[name], old, there[name])
    return found


def _between(lines: Sequence[str], functions: Mapping[str, range]) -> list[int]:
    """The numbers of the lines that are in no function."""
    inside = {at for each in functions.values() for at in each}
    return [at for at in range(1, len(lines) + 1) if at not in inside]


def _aligned(new: Sequence[str], here: Sequence[int], old: Sequence[str], there: Sequence[int]) -> dict[int, int]:
    """The lines of one part that those of another come from; of a line that is new, the line that it precedes."""
    if not there:
        return {}
    before, after = ([texts[at - 1] for at in lines] for texts, lines in ((old, there), (new, here)))
    found = {}
    for _, low, high, first, last in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        for at in range(first, last):
            found[here[at]] = there[min(low + at - first, max(low, high - 1), len(there) - 1)]
    return found

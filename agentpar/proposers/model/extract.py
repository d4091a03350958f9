"""From a model's reply, whatever its shape, to one complete version of the source.

A reply is thinking, prose, fenced code, bare code, or blocks that search and replace; it may be cut off. What is taken
from it is the function and what was added for it (see `graft`). Nothing else of the user's file can be changed; where
there are several files, their other functions can.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from agentpar.proposers.model.dialect import CPP, Dialect
from agentpar.proposers.model.graft import Unusable, plain_name
from agentpar.sections import is_several, parted

_THOUGHT = re.compile(r"<(?P<closes>/?)(?:think|thinking|thought|reasoning|analysis)>", re.IGNORECASE)
_FENCE = re.compile(r"^[ \t]*(?P<fence>`{3,}|~{3,})(?P<language>[^\n`]*)$")
_BLOCK_BEGINS = re.compile(r"^<{5,9} ?SEARCH\s*$", re.MULTILINE)
_BLOCK_PARTS = re.compile(r"^={5,9}\s*$")
_BLOCK_ENDS = re.compile(r"^>{5,9} ?REPLACE\s*$")


@dataclass(frozen=True)
class _Code:
    text: str
    is_fenced: bool = True
    is_open: bool = False


class BlockMismatch(Unusable):
    """A block that searches for what is not there, or not there once; a full rewrite is asked for instead."""


def source_from(
    reply: str, *, serial: str, base: str, entry: str, was_cut: bool = False, dialect: Dialect = CPP
) -> str:
    """The whole source that a reply stands for.

    `serial` is the user's file; `base` is the version that blocks apply to; `was_cut` says that the server ended the
    reply at its limit; `dialect` is the language.

    Raises:
        BlockMismatch: a block does not apply to `base`.
        Unusable: there is no complete version of the function in the reply; the message tells the model why.
    """
    said = without_thinking(reply)
    if not said.strip():
        raise Unusable("the reply holds no code, only thinking; answer with the code")
    if _BLOCK_BEGINS.search(said):
        changed = apply_blocks(said, base)
        if not is_several(serial):
            return dialect.graft(changed, serial=serial, entry=entry)
        if [*parted(changed)] != [*parted(serial)]:
            raise Unusable("the line `/* file: … */` before each file must stay")
        return changed
    codes = [*_codes(said)]
    problem = None
    # Where one block has the function, others, such as how to run it, say nothing of what is wrong.
    named = [code for code in codes if plain_name(entry) in code.text]
    for code in reversed(named or codes):
        is_last = code is codes[-1] and (code.is_open or not code.is_fenced)
        text = dialect.whole_part(code.text) if was_cut and is_last else code.text
        try:
            source = dialect.graft(text, serial=serial, entry=entry, is_prose=not code.is_fenced)
        except Unusable as error:
            problem = problem or error
            continue
        if source not in (serial, base):
            return source
        problem = Unusable("the function is unchanged")
    if problem is None or was_cut or codes[-1].is_open:
        raise Unusable("the reply was cut off before the function was complete; be shorter")
    raise problem


def without_thinking(reply: str) -> str:
    """The reply without what the model thought aloud; also where a tag's other half is missing."""
    said, start, is_thinking = list[str](), 0, False
    for tag in _THOUGHT.finditer(reply):
        if tag["closes"]:
            if not is_thinking:
                said.clear()
            is_thinking, start = False, tag.end()
        elif not is_thinking:
            said.append(reply[start : tag.start()])
            is_thinking = True
    return "".join([*said, "" if is_thinking else reply[start:]])


def _codes(said: str) -> Iterator[_Code]:
    """Fenced code in order, the last fence perhaps left open; all that was said where nothing is fenced."""
    fence, lines, found = "", list[str](), False
    for line in said.splitlines():
        mark = _FENCE.match(line)
        if mark and fence:
            yield _Code("\n".join(lines))
        if mark:
            # A fence with a language begins a block, even where the one before was not closed.
            closes = bool(fence) and mark["fence"].startswith(fence) and not mark["language"].strip()
            fence, lines, found = "" if closes else mark["fence"], [], True
        else:
            lines.append(line)
    if fence:
        yield _Code("\n".join(lines).rstrip().removesuffix(fence) + "\n", is_open=True)  # or closed on a line of code
    if not found:
        yield _Code(said, is_fenced=False)


def apply_blocks(said: str, base: str) -> str:
    """Replace in `base` what each block searches for, in order; blanks at the ends of lines do not count.

    Raises:
        BlockMismatch: what is searched for is missing, ambiguous, or the block is not closed.
    """
    source = base
    for search, replace in _blocks(said):
        source = _replaced(source, search, replace)
    return source


def _blocks(said: str) -> Iterator[tuple[str, str]]:
    """What each block searches for, and what replaces it."""
    search, replace = list[str](), list[str]()
    part: list[str] | None = None
    for line in said.splitlines(keepends=True):
        if _BLOCK_BEGINS.match(line):
            if part is not None:
                break
            search, replace = [], []
            part = search
        elif part is search and _BLOCK_PARTS.match(line):
            part = replace
        elif part is replace and _BLOCK_ENDS.match(line):
            yield "".join(search), "".join(replace)
            part = None
        elif part is not None:
            part.append(line)
    if part is not None:
        raise BlockMismatch("a SEARCH/REPLACE block is not closed")


def _replaced(source: str, search: str, replace: str) -> str:
    wanted = [line.strip() for line in search.splitlines()]
    if not any(wanted):
        raise BlockMismatch("a SEARCH block is empty")
    lines = source.splitlines(keepends=True)
    stripped = [line.strip() for line in lines]
    places = [i for i in range(len(lines) - len(wanted) + 1) if stripped[i : i + len(wanted)] == wanted]
    if len(places) > 1:  # the indentation tells them apart, or nothing does
        exact = [line.rstrip() for line in search.splitlines()]
        places = [i for i in places if [line.rstrip() for line in lines[i : i + len(exact)]] == exact]
    if len(places) != 1:
        found = "nowhere" if not places else f"{len(places)} times"
        raise BlockMismatch(f"the SEARCH block that begins with {search.strip().splitlines()[0]!r} is there {found}")
    (start,) = places
    end = start + len(wanted)
    return "".join([*lines[:start], _indented_as("".join(lines[start:end]), search, replace), *lines[end:]])


def _indented_as(found: str, search: str, replace: str) -> str:
    """What replaces the lines that were found, moved as far as the block as a whole stands from where they do."""
    margins = [_margin(each) for each in (found, search, replace)]
    if margins[0] == margins[1] or margins[1] != margins[2]:
        return replace
    moved = (each.removeprefix(margins[1]) for each in replace.splitlines(keepends=True))
    return "".join(margins[0] + each if each.strip() else each for each in moved)


def _margin(code: str) -> str:
    """The blanks ahead of the first line that has more than blanks."""
    first = next((line for line in code.splitlines() if line.strip()), "")
    return first[: len(first) - len(first.lstrip())]

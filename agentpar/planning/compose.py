"""Composes changes of one source that were made apart: a three-way merge whose atoms are whole declarations.

Between declarations the atoms are lines. Two changes compose when no atom was changed by both in different ways; what
both add, such as an include or a helper, is added once.
"""

from collections.abc import Iterable, Iterator, Sequence, Set
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from itertools import chain

from agentpar.languages.source import encode, parse
from agentpar.languages.unit import items


class DoesNotCompose(ValueError):
    """Two changes touch the same declaration."""


@dataclass
class _Change:
    """What a version does to its start: atoms put before the atom at a place, and atoms put in place of it."""

    before: dict[int, list[str]] = field(default_factory=dict)
    instead: dict[int, list[str]] = field(default_factory=dict)

    def declared(self) -> set[str]:
        """The declarations and includes that it adds or changes; a bracket alone ends one and is none."""
        new = chain(chain.from_iterable(self.before.values()), chain.from_iterable(self.instead.values()))
        whole = (atom for atom in new if atom.rstrip().endswith(("}", ";")) or atom.lstrip().startswith("#include"))
        return {atom for atom in whole if atom.strip(" \t\r\n};")}


def compose(start: str, ours: str, theirs: str) -> str:
    """The source with the changes of both versions of a start.

    Raises:
        DoesNotCompose: they change the same declaration or line, and not in the same way.
    """
    atoms = _atoms(start)
    left, right = (_change(atoms, _atoms(version)) for version in (ours, theirs))
    one, other = ({_head(atom): atom for atom in each.declared() if "{" in atom} for each in (left, right))
    if clashing := sorted(head for head in one.keys() & other.keys() if one[head] != other[head]):
        raise DoesNotCompose(f"both define `{clashing[0]}`, and not in the same way")
    merged: list[str] = []
    for at in range(len(atoms) + 1):
        first, second = left.before.get(at, []), right.before.get(at, [])
        merged += first + (second if second != first else [])
        if at == len(atoms):
            break
        a, b = left.instead.get(at), right.instead.get(at)
        if a is not None and b is not None and a != b:
            raise DoesNotCompose(f"both change `{_title(atoms[at])}`")
        chosen = a if a is not None else b
        merged += [atoms[at]] if chosen is None else chosen
    return "".join(_once(merged, left.declared() & right.declared()))


def _once(merged: Iterable[str], doubled: Set[str]) -> Iterator[str]:
    """Keep the first of each declaration that both versions add."""
    seen: set[str] = set()
    for atom in merged:
        if atom not in doubled or atom not in seen:
            yield atom
        seen.add(atom)


def _change(start: Sequence[str], version: Sequence[str]) -> _Change:
    change = _Change()
    for kind, low, high, first, last in SequenceMatcher(None, start, version, autojunk=False).get_opcodes():
        if kind == "insert":
            change.before[low] = list(version[first:last])
        elif kind != "equal":
            # One for one where there are as many; else all that is new stands where the first was.
            is_paired = high - low == last - first
            for place in range(low, high):
                at = first + place - low
                change.instead[place] = [version[at]] if is_paired else []
            if not is_paired:
                change.instead[low] = list(version[first:last])
    return change


def _atoms(source: str) -> list[str]:
    """The source cut into declarations and the lines between them; joined, they are the source."""
    data = encode(source)
    atoms: list[str] = []
    end = 0
    for item in items(parse(source).root_node):
        node = item.node
        if node.start_byte < end:  # inside what the grammar took for a wider construct
            continue
        atoms += _text(data[end : node.start_byte]).splitlines(keepends=True)
        atoms.append(_text(data[node.start_byte : node.end_byte]))
        end = node.end_byte
    return [*atoms, *_text(data[end:]).splitlines(keepends=True)]


def _text(data: bytes) -> str:
    return data.decode(errors="surrogatepass")


def _head(atom: str) -> str:
    """What a definition defines: all before its body."""
    return " ".join(atom.partition("{")[0].split())


def _title(atom: str) -> str:
    return atom.strip().partition("\n")[0][:80]

"""The header of parallel algorithms that travels with a source that calls them.

How threads are had depends on the target; all else is the same for each.
"""

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from agentpar.resources import resource
from agentpar.task import RANKS_TARGETS, Target

HEADER = "parallel_algorithms.hpp"
NAMESPACE = "parallel"
INCLUDE = f'#include "{HEADER}"'

# The parts of the header, each after those it builds on, with what it builds on and the algorithms in it.
_PARTS = {
    "blocks": ("", ""),
    "elements": ("blocks", "adjacent_difference copy fill for_each transform"),
    "reductions": ("blocks", "accumulate inner_product reduce transform_reduce"),
    "searches": (
        "blocks",
        "all_of any_of count count_if find find_if find_if_not max_element min_element minmax_element none_of",
    ),
    "scans": ("reductions", "exclusive_scan inclusive_scan partial_sum"),
    "sorts": ("blocks", "sort stable_sort"),
    "partitions": ("blocks", "copy_if nth_element partition remove_if stable_partition unique"),
}
ALGORITHMS = frozenset(name for _, names in _PARTS.values() for name in names.split())
"""Those with a namesake in the standard library."""
_PARTS |= {"loops": ("blocks", "for_blocks for_small_blocks"), "counters": ("blocks", "counter")}

_INCLUDED = re.compile(rf'^[ \t]*#[ \t]*include[ \t]*"{re.escape(HEADER)}"', re.MULTILINE)
_CALLED = re.compile(rf"\b{NAMESPACE}\s*::\s*(\w+)")
_DEFINED = re.compile(r"^(?![#/ ])[^\n(]*\b(\w+)\(|^class (\w+)", re.MULTILINE)
_OWN_HEAD = re.compile(r'#pragma once\n\n#include "\w+\.hpp"\n\n')
_STANDARD = re.compile(r"^#include <\w+>\n", re.MULTILINE)
_PRAGMA = re.compile(r"^#pragma omp .*\n", re.MULTILINE)


def header_of(source: str, target: Target = "openmp", also: Iterable[str] = ()) -> str:
    """The header as the source needs it, with the algorithms that it names; empty for one that does not include it.

    `also` are names that others need. A function of these alone, so what was judged is what is shipped.
    """
    if not _INCLUDED.search(source):
        return ""
    if target in RANKS_TARGETS:
        return _text("ranks")
    called = {*_CALLED.findall(source), *also}
    wanted = [part for part, (_, names) in _PARTS.items() if called & set(names.split())]
    for part in reversed(_PARTS):
        if part in wanted and (base := _PARTS[part][0]) and base not in wanted:
            wanted.append(base)
    parts = (f"team_{target}", *(part for part in _PARTS if part in wanted or part == "blocks"))
    header = _as_one("\n".join(map(_text, parts)))
    return header if target == "openmp" else _PRAGMA.sub("", header)


def calls_algorithms(source: str) -> bool:
    """Whether a source calls one of those with a namesake in the standard library, by the header."""
    return not ALGORITHMS.isdisjoint(_CALLED.findall(source))


def header_beside(path: Path, source: str, target: Target) -> str:
    """The header that a version of the file at `path` brings along; empty also where the user has one of that name.

    One that an earlier patch left there keeps what it has: other files of the folder may call it.
    """
    header, there = header_of(source, target), path.parent / HEADER
    if not header or not there.exists():
        return header
    text, title = there.read_text(encoding="utf-8", errors="replace"), header.partition("\n")[0]
    defined = (name for names in _DEFINED.findall(text) for name in names)
    return header_of(source, target, defined) if text.startswith(title) else ""


def headers_beside(texts: Mapping[Path, str], target: Target) -> dict[Path, str]:
    """The header for each folder whose files include it, by where it lies: the same in all of them."""
    whole = "\n".join(texts.values())
    included = {path.with_name(HEADER): path for path, text in texts.items() if _INCLUDED.search(text)}
    found = {place: header_beside(path, whole, target) for place, path in included.items()}
    return {place: header for place, header in found.items() if header}


def _as_one(parts: str) -> str:
    """The parts as one header: what they include stands at its beginning, once."""
    head, once, body = parts.partition("#pragma once\n\n")
    includes = "".join(sorted(set(_STANDARD.findall(body))))
    return head + once + includes + re.sub(r"\n{3,}", "\n\n", _STANDARD.sub("", body))


def _text(part: str) -> str:
    whole = resource("sandboxes", "skeletons", f"{part}.hpp").read_text(encoding="utf-8")
    return _OWN_HEAD.sub("", whole, count=1)

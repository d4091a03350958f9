"""Which parts of the serial code no drawn input reaches: an error there is seen by no comparison.

Only the user's own code runs, built for gcov. What it tells is described in GCC's manual, "Invoking Gcov", under
`--json-format`.
"""

import base64
import json
import re
import secrets
import zlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from tree_sitter import Node

from agentpar.evaluation.instructions import TIES, UNIFORM, has_counter
from agentpar.evaluation.toolchain import PRIVATE, PUBLIC, Toolchain
from agentpar.languages.source import ancestors, parse, text, walk
from agentpar.sandbox.base import Sandbox
from agentpar.verdict import Frozen

_DRAWS = 4
_LONGEST_S = 60.0
_MOST_NAMED = 6
_CONDITIONAL = (
    "if_statement",
    "for_statement",
    "for_range_loop",
    "while_statement",
    "do_statement",
    "switch_statement",
)
_ASKED = (
    *_CONDITIONAL,
    "condition_clause",
    "parenthesized_expression",
    "binary_expression",
    "unary_expression",
    "conditional_expression",
)
_SWITCH = -1
_MACROS = ("preproc_function_def", "preproc_def")
_ASKS = re.compile(r"\?|&&|\|\||\b(?:if|for)\b")
_RENUMBERED = re.compile(r"^[ \t]*#[ \t]*(?:line\b|\d)", re.MULTILINE)
_COMMENT = re.compile(r"//.*|/\*.*?\*/")
_SCRIPT = f"""
folder=$(mktemp -d) || exit
for call in "$@"; do
    GCOV_PREFIX="$folder" GCOV_PREFIX_STRIP=99 ../{PUBLIC}/count ../{PRIVATE}/covered.so $call >/dev/null 2>&1
done
cp ../{PRIVATE}/covered*.gcno "$folder" && cd "$folder" &&
    gcov --json-format --stdout --branch-probabilities ./*.gcda | gzip -c | base64 -w 0
status=$?
rm -rf "$folder"
exit $status
"""
_REST = "what a version does otherwise is not checked; other --ranges may reach it"


class Unreached(Frozen):
    """Lines of the serial code, from 1: those that no call came to, and those where all calls went the same way."""

    lines: tuple[int, ...] = ()
    one_way: tuple[int, ...] = ()

    def described(self, source: str) -> str:
        """In words, for a verdict's `unchecked`; empty where every line was reached."""
        told = []
        if self.lines:
            told.append(f"no drawn input comes to {_named(self.lines, source)}")
        if self.one_way:
            told.append(f"all drawn inputs go the same way at {_named(self.one_way, source)}")
        return f"{', and '.join(told)}: {_REST}" if told else ""


async def unreached(
    sandbox: Sandbox, toolchain: Toolchain, source: str, *, sizes: Iterable[Sequence[int]], largest: Sequence[int]
) -> Unreached:
    """Call the reference at some sizes, a few times each, and once with each generator at the largest.

    The sandbox has the task's files. Nothing is told where the user's compiler, or the gcov that belongs to it, is not
    GCC's.

    Raises:
        SandboxError: the sandbox failed.
    """
    built = await sandbox.run("keeper", toolchain.covered(), directory=PRIVATE, timeout_s=120, bounded=False)
    if not built.succeeded or not await has_counter(sandbox, toolchain):
        return Unreached()
    plan = [*_DRAWS * tuple(sizes), largest]
    calls = [
        " ".join(map(str, (secrets.randbits(63), generator, *dims))) for dims in plan for generator in (UNIFORM, TIES)
    ]
    ran = await sandbox.run(
        "baseline",
        ["sh", "-c", _SCRIPT, "sh", *calls],
        timeout_s=_LONGEST_S,
        environment={"OMP_NUM_THREADS": "1", "TMPDIR": "/dev/shm"},
    )
    if not ran.succeeded or ran.overflowed:
        return Unreached()
    try:
        told = json.loads(zlib.decompress(base64.b64decode(ran.stdout), wbits=31))
    except (ValueError, zlib.error):
        return Unreached()
    return read_coverage(told, source, file=f"reference{toolchain.suffix}")


def read_coverage(told: Mapping[str, Any], source: str, *, file: str) -> Unreached:
    """What gcov tells of one file, whose text begins with the source; functions that no call came to are left out.
    Nothing is told of a source that numbers its lines itself, by `#line`.

    Of a line's branches many are the compiler's own: for what is thrown, destroyed, or made at the first call. Where
    they cannot be told from the user's, a line is told only if more go one way than there can be of the compiler's.
    """
    if _RENUMBERED.search(source):
        return Unreached()
    counts: Counter[int] = Counter()
    branches: dict[tuple[int, tuple[bool, ...]], Counter[int]] = {}
    for found in (found for found in told["files"] if found["file"] == file):
        called = {function["name"] for function in found["functions"] if function["execution_count"]}
        for line in (line for line in found["lines"] if line.get("function_name") in called):
            number = line["line_number"]
            counts[number] += line["count"]
            # Instances of a template can differ in their branches.
            throws = tuple(branch["throw"] for branch in line["branches"])
            taken = branches.setdefault((number, throws), Counter())
            taken.update({place: branch["count"] for place, branch in enumerate(line["branches"])})
    # Compilers count lines by their ends only, not by form feeds.
    written = dict(enumerate((_COMMENT.sub("", each) for each in source.split("\n")), 1))
    lines = [at for at, count in sorted(counts.items()) if not count and any(map(str.isalnum, written.get(at, "")))]
    held, conditions = _statements(source)
    ways: dict[int, list[bool]] = {}
    for (at, throws), taken in branches.items():
        ways.setdefault(at, []).append(_is_one_way(throws, taken, conditions[at]))
    one_way = [
        at
        for at, told_so in sorted(ways.items())
        if at in written and counts[at] and all(told_so) and held.get(at, frozenset()).isdisjoint(lines)
    ]
    return Unreached(lines=tuple(lines), one_way=tuple(one_way))


def _is_one_way(throws: Sequence[bool], taken: Mapping[int, int], conditions: int) -> bool:
    """Whether at least one of so many conditions of a line always went the same way; of a `switch`, whether it did.

    Each condition has two branches, a `switch` one for each label, and a call that may throw two as well.
    """
    own: list[int] = []
    for place, is_thrown in enumerate(throws):
        if is_thrown:
            own[-1:] = []
        else:
            own.append(taken[place])
    if conditions == _SWITCH:
        return sum(map(bool, own)) == 1
    # What is asked nowhere cleans up after exceptions, or comes after a condition that went one way.
    asked = [pair for pair in zip(own[::2], own[1::2], strict=False) if any(pair)]
    return sum(not all(pair) for pair in asked) > max(0, len(asked) - conditions)


def _statements(source: str) -> tuple[dict[int, frozenset[int]], Counter[int]]:
    """Of each line: the lines of what is done on a condition or again and begins there, and how many conditions it has,
    `_SWITCH` where it is that of a `switch`.
    """
    held: dict[int, frozenset[int]] = {}
    conditions: Counter[int] = Counter()
    switches: set[int] = set()
    root = parse(source).root_node
    macros = {
        text(name): len(_ASKS.findall(text(value)))
        for node in walk(root)
        if node.type in _MACROS
        and (name := node.child_by_field_name("name"))
        and (value := node.child_by_field_name("value"))
    }
    for node in walk(root):
        if node.type in _CONDITIONAL:
            lines = _lines(node)
            held[min(lines)] = held.get(min(lines), frozenset()) | frozenset(lines)
        if node.type == "switch_statement":
            switches.update(_lines(node.child_by_field_name("condition") or node))
        elif node.type in (*_CONDITIONAL, "conditional_expression"):
            condition = node.child_by_field_name("condition") or node.child_by_field_name("right")
            spread = _lines(condition) if condition else range(0)
            # Over several lines, a condition's parts are asked one by one, and then the whole.
            conditions.update({at: 1 + (len(spread) > 1) for at in spread})
        elif node.type == "binary_expression" and node.children[1].type in ("&&", "||", "and", "or"):
            is_value = next(ancestors(node)).type not in _ASKED
            conditions.update(dict.fromkeys(_lines(node), 1 + is_value))
        elif node.type == "identifier" and (asks := macros.get(text(node), 0)):
            conditions[node.start_point[0] + 1] += asks
    conditions.update({at: _SWITCH - conditions[at] for at in switches})
    return held, conditions


def _lines(node: Node) -> range:
    return range(node.start_point[0] + 1, node.end_point[0] + 2)


def _named(lines: Sequence[int], source: str) -> str:
    """`line 3 (`return x;`)`, or `lines 3, 5-7`."""
    if len(lines) == 1:
        written = source.split("\n")[lines[0] - 1].strip()[:80]
        return f"line {lines[0]} (`{written}`)"
    spans: list[list[int]] = []
    for at in lines:
        if spans and spans[-1][-1] == at - 1:
            spans[-1][1:] = [at]
        else:
            spans.append([at])
    more = f" and {len(spans) - _MOST_NAMED} other places" if len(spans) > _MOST_NAMED else ""
    return f"lines {', '.join('-'.join(map(str, span)) for span in spans[:_MOST_NAMED])}{more}"

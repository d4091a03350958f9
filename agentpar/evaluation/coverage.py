"""Which parts of the serial code no drawn input reaches: an error there is seen by no comparison.

Only the user's own code runs, built for gcov. What it tells is described in GCC's manual, "Invoking Gcov", under
`--json-format`.
"""

import base64
import json
import secrets
import zlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from agentpar.evaluation.instructions import TIES, UNIFORM, has_counter
from agentpar.evaluation.toolchain import PRIVATE, PUBLIC, Toolchain
from agentpar.languages.source import parse, walk
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
_SCRIPT = f"""
folder=$(mktemp -d) || exit
for call in "$@"; do
    GCOV_PREFIX="$folder" GCOV_PREFIX_STRIP=99 ../{PUBLIC}/count ../{PRIVATE}/covered.so $call >/dev/null
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

    A line's branches that throw are left out, too: most of them are the compiler's own.
    """
    counts: Counter[int] = Counter()
    branches: dict[int, Counter[int]] = {}
    for found in (found for found in told["files"] if found["file"].endswith(file)):
        called = {function["name"] for function in found["functions"] if function["execution_count"]}
        for line in (line for line in found["lines"] if line.get("function_name") in called):
            number = line["line_number"]
            counts[number] += line["count"]
            taken = branches.setdefault(number, Counter())
            for place, branch in enumerate(line["branches"]):
                taken[place] += 1 if branch["throw"] else branch["count"]
    written = dict(enumerate(source.splitlines(), 1))
    lines = [at for at, count in sorted(counts.items()) if not count and any(map(str.isalnum, written.get(at, "")))]
    held = _statements(source)
    one_way = [
        at
        for at, taken in sorted(branches.items())
        if at in written and counts[at] and not all(taken.values()) and held.get(at, frozenset()).isdisjoint(lines)
    ]
    return Unreached(lines=tuple(lines), one_way=tuple(one_way))


def _statements(source: str) -> dict[int, frozenset[int]]:
    """The lines of what is done on a condition or again, by the line that it begins on."""
    found: dict[int, frozenset[int]] = {}
    for node in walk(parse(source).root_node):
        if node.type in _CONDITIONAL:
            lines = frozenset(range(node.start_point[0] + 1, node.end_point[0] + 2))
            found[min(lines)] = found.get(min(lines), frozenset()) | lines
    return found


def _named(lines: Sequence[int], source: str) -> str:
    """`line 3 (`return x;`)`, or `lines 3, 5-7`."""
    if len(lines) == 1:
        return f"line {lines[0]} (`{source.splitlines()[lines[0] - 1].strip()[:80]}`)"
    spans: list[list[int]] = []
    for at in lines:
        if spans and spans[-1][-1] == at - 1:
            spans[-1][1:] = [at]
        else:
            spans.append([at])
    more = f" and {len(spans) - _MOST_NAMED} other places" if len(spans) > _MOST_NAMED else ""
    return f"lines {', '.join('-'.join(map(str, span)) for span in spans[:_MOST_NAMED])}{more}"

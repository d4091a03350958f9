"""Where the serial code spends its instructions: one call at benchmark size under callgrind.

Only the user's own code runs, built with the user's flags but with its functions kept apart. The format of the output
is described in Valgrind's manual, "Callgrind Format Specification".
"""

import base64
import re
import secrets
import zlib
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from agentpar.evaluation.instructions import TOOL, UNIFORM, has_counter
from agentpar.evaluation.toolchain import PRIVATE, PUBLIC, Toolchain
from agentpar.languages.callgraph import call_graph, kept_apart, reachable
from agentpar.sandbox.base import Sandbox
from agentpar.sections import built_as_one
from agentpar.verdict import Frozen

_LONGEST_S = 180.0
_HOT, _WARM = 5, 0.05
_DUMP = "/dev/shm/agentpar.profile"
_NAMED = re.compile(r"(fn|cfn|fl|fi|fe|cfi|cfl)=\((\d+)\)(?: (.*))?")
_PLACES = {"fn": "caller", "cfn": "called", "fl": "file", "fi": "file", "fe": "file"}
_UNCOUNTED = re.compile(r"^==\d+== Collected : 0$", re.MULTILINE)


class Profile(Frozen):
    """Instructions of one call of the entry.

    For each function of the source that was called: how often, and the instructions spent in it and in all that it
    calls; where functions call each other, those of each call within. `between` holds the instructions that a function
    (first) spends in another (second) of the source. `lines` holds those of the source's lines, from 1: under the name
    of another function of the source what the line spends in it, under "" all else. `printed` is what the call wrote to
    standard error.
    """

    total: int
    calls: dict[str, int]
    inclusive: dict[str, int]
    between: dict[tuple[str, str], int]
    lines: dict[tuple[int, str], int]
    printed: str = ""

    def share(self, name: str, without: Collection[str] = ()) -> float:
        """The part of all instructions that a function spends, without what it spends in some others."""
        spent = self.inclusive.get(name, 0) - sum(self.between.get((name, g), 0) for g in without if g != name)
        return min(1.0, max(0, spent) / self.total)

    def per_call(self, name: str) -> float:
        """Instructions of one call of a function, in the mean."""
        return min(self.total, self.inclusive.get(name, 0)) / max(1, self.calls.get(name, 0))

    def in_lines(self, lines: Collection[int], without: Collection[str] = ()) -> int:
        """Instructions spent on some lines, without what they spend in some functions."""
        return sum(spent for (at, called), spent in self.lines.items() if at in lines and called not in without)

    def hot_lines(self, source: str) -> str:
        """The lines of the source that spend most, what they call included, in words; empty where none stands out."""
        spent: Counter[int] = Counter()
        for (at, _), instructions in self.lines.items():
            spent[at] += instructions
        lines = source.splitlines()
        hot = [(at, count / self.total) for at, count in spent.most_common(_HOT) if 0 < at <= len(lines)]
        told = (f"- {share:.0%}: line {at}, `{lines[at - 1].strip()[:120]}`" for at, share in hot if share >= _WARM)
        return "\n".join(told)


async def profile(
    sandbox: Sandbox, toolchain: Toolchain, source: str, entry: str, *, trampoline: str, benchmark: Sequence[int]
) -> Profile | None:
    """Profile the reference in a sandbox that has the task's files; `entry` is what the trampoline calls.

    None where valgrind is missing, does not know an instruction, or takes too long.

    Raises:
        SandboxError: the sandbox failed.
    """
    apart = built_as_one(kept_apart(source)) + trampoline
    await sandbox.put("keeper", f"{PRIVATE}/profiled{toolchain.suffix}", apart.encode())
    built = await sandbox.run("keeper", toolchain.profiled(), directory=PRIVATE, timeout_s=120, bounded=False)
    if not built.succeeded or not await has_counter(sandbox, toolchain):
        return None
    sizes = [str(size) for size in benchmark]
    tool = [*TOOL, f"--callgrind-out-file={_DUMP}", "--compress-pos=no"]
    call = [f"../{PUBLIC}/count", f"../{PRIVATE}/profiled.so", str(secrets.randbits(63)), UNIFORM, *sizes]
    # Standard output is bounded, shown as text, and the code may print as well.
    script = f'"$@" >/dev/null && gzip -c {_DUMP} | base64 -w 0; status=$?; rm -f {_DUMP}; exit $status'
    ran = await sandbox.run(
        "baseline",
        ["sh", "-c", script, "sh", *tool, *call],
        timeout_s=_LONGEST_S,
        environment={"OMP_NUM_THREADS": "1", "TMPDIR": "/dev/shm"},
    )
    if not ran.succeeded or ran.overflowed or _UNCOUNTED.search(ran.stderr):
        return None
    try:
        dump = zlib.decompress(base64.b64decode(ran.stdout), wbits=31).decode(errors="replace")
    except (ValueError, zlib.error):
        return None
    functions = reachable(call_graph(source), entry.partition("<")[0])
    found = read_profile(dump, functions, f"/profiled{toolchain.suffix}")
    return found.model_copy(update={"printed": ran.stderr}) if found else None


def read_profile(dump: str, functions: Collection[str], file: str) -> Profile | None:
    """The profile in callgrind's output, of the functions of one source; None where it holds no costs."""
    calls: Counter[str] = Counter()
    inclusive: Counter[str] = Counter()
    between: Counter[tuple[str, str]] = Counter()
    lines: Counter[tuple[int, str]] = Counter()
    total = 0
    for cost in _costs(dump):
        source, target = plain_name(cost.caller), plain_name(cost.called)
        total += 0 if cost.called else cost.instructions
        if target in functions and target != source:  # a recursion's cost is counted where it is entered
            calls[target] += cost.calls
            inclusive[target] += cost.instructions
            if source in functions:
                between[source, target] += cost.instructions
        if source in functions and target != source and cost.file.endswith(file):
            lines[cost.line, target if target in functions else ""] += cost.instructions
    if not total:
        return None
    return Profile(total=total, calls=calls, inclusive=inclusive, between=between, lines=lines)


@dataclass(frozen=True)
class _Cost:
    """One line of costs: of a function's own instructions, or of calls of another, in which case `called` is set."""

    file: str
    line: int
    caller: str
    called: str
    calls: int
    instructions: int


def _costs(dump: str) -> Iterator[_Cost]:
    names: dict[tuple[bool, str], str] = {}
    here = {"file": "", "caller": "", "called": ""}
    calls = 0
    for line in dump.splitlines():
        if found := _NAMED.match(line):
            kind, number, name = found.groups()
            key = (kind.endswith("fn"), number)
            if name is not None:
                names[key] = name
            if kind in _PLACES:
                here[_PLACES[kind]] = names[key]
        elif line.startswith("calls="):
            calls = int(line[6:].split()[0])
        elif line[:1].isdigit() and here["caller"] and len(words := line.split()) > 1:
            called = here["called"] if calls else ""
            yield _Cost(here["file"], int(words[0]), here["caller"], called, calls, int(words[1]))
            calls = 0


def plain_name(symbol: str) -> str:
    """A demangled symbol without return type, template arguments, parameters and clones; a lambda's is its function's.

    `void ns::(anonymous namespace)::f<int>(int, int) [clone .part.0]` is `ns::f`.
    """
    kept: list[str] = []
    depth = 0
    for character in symbol.replace("(anonymous namespace)::", ""):
        if character == "<":
            depth += 1
        elif character == ">":
            depth -= 1
        elif not depth:
            if character == "(" and "".join(kept[-8:]) != "operator":
                break
            kept.append(character)
    return "".join(kept).strip().rpartition(" ")[2].partition(".")[0].partition("'")[0]

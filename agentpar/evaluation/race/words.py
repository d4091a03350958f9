"""A report in one line that a person or a model can act upon."""

import json
import re
from collections.abc import Sequence
from typing import Any

from agentpar.evaluation.race.build import OBJECT
from agentpar.evaluation.race.expression import Expression, declared_at, expression_at
from agentpar.evaluation.race.report import Access, Report, parse_report
from agentpar.sandbox.base import Sandbox
from agentpar.verdict import Frozen

_OWN = re.compile(r"(^|/)candidate\.c(pp)?$")
_FRAMES = 24
_LONGEST = 160
_SUMS = {"+=", "-=", "*=", "&=", "|=", "^=", "++", "--"}
_FLAG = re.compile(r"(true|1)$")


class Place(Frozen):
    """A place in the candidate's source; direct where the access is made there and not in a function called there."""

    line: int
    column: int
    is_direct: bool = True


class Symbols(Frozen):
    """What the offsets of a report mean: where each access is, which variable, and where a block was made."""

    accesses: tuple[Place | None, ...] = ()
    variable: str = ""
    allocation: Place | None = None


async def describe(sandbox: Sandbox, output: str, source: str) -> str:
    """The first report in a process's output, told in terms of the candidate's source.

    Raises:
        SandboxError: the sandbox failed.
    """
    report = parse_report(output)
    if report is None or not report.accesses:
        kind = "data race" if report is None else report.kind
        return f"{kind} (ThreadSanitizer gave no accesses)"
    return tell(report, await _look_up(sandbox, report), source)


def tell(report: Report, symbols: Symbols, source: str) -> str:
    """One line: what is raced for, the two accesses, and the mend where it is certain."""
    expressions = [
        expression_at(source, place.line, place.column) if place else Expression() for place in symbols.accesses
    ]
    name = _raced_for(report, expressions, symbols.variable)
    made = _made_at(source, symbols.allocation, name)
    places = [place.line if place else None for place in symbols.accesses]
    said = [_access(access, line, source) for access, line in zip(report.accesses, places, strict=True)]
    if len(said) == 2 and places[0] is not None and places[0] == places[1]:
        said[1] = f"{report.accesses[1].kind} at the same line"
    is_direct = all(place is not None and place.is_direct for place in symbols.accesses)
    subject = f"{report.kind} on `{name}`" if name else report.kind
    return f"{subject}{made}: {' and '.join(said)}{_mend(name, expressions) if is_direct else ''}"


def _access(access: Access, line: int | None, source: str) -> str:
    kind = f"atomic {access.kind}" if access.is_atomic else access.kind
    lines = source.splitlines()
    if line is None or line > len(lines):
        return f"{kind} of {access.size} bytes"
    return f"{kind} at line {line}: `{lines[line - 1].strip()[:_LONGEST]}`"


def _raced_for(report: Report, expressions: Sequence[Expression], variable: str) -> str:
    """The expression that both accesses mean; else what is written; else the variable that the tool knows."""
    writes = [e for e, access in zip(expressions, report.accesses, strict=True) if access.kind == "write"]
    names = [name for e in [*writes, *expressions] for name in e.names]
    if variable:
        return next((name for name in names if _root(name) == variable), variable)
    shared = set.intersection(*(set(e.names) for e in expressions))
    return next((name for name in names if name in shared), names[0] if names else "")


def _root(name: str) -> str:
    found = re.match(r"[*(\s]*(\w+)", name)
    return found.group(1) if found else name


def _made_at(source: str, place: Place | None, name: str) -> str:
    """Which variable holds the memory, where the expression does not say it."""
    holder = declared_at(source, place.line) if place else ""
    return f" (memory of `{holder}`, line {place.line})" if place and holder and holder != _root(name) else ""


def _mend(name: str, expressions: Sequence[Expression]) -> str:
    """What would help, where the accesses leave no doubt."""
    if any(e.operator != expressions[0].operator or name not in e.names for e in expressions):
        return ""
    operator, value = expressions[0].operator, expressions[0].value
    if any(e.is_used for e in expressions):  # a shared counter, say: nothing atomic would help
        return ""
    if operator in _SUMS:
        return "; make it a reduction or update it atomically" if name.isidentifier() else "; update it atomically"
    if operator == "=" and _FLAG.match(value):
        return "; it is a race even if all write the same: write it atomically"
    return ""


async def _look_up(sandbox: Sandbox, report: Report) -> Symbols:
    stacks = [*(access.frames[:_FRAMES] for access in report.accesses), report.allocation[:_FRAMES]]
    asked = [f"0x{frame:x}" for stack in stacks for frame in stack]
    if report.data is not None:
        asked.append(f"DATA 0x{report.data:x}")
    answers = await _symbolize(sandbox, asked) if asked else []
    if len(answers) != len(asked):
        return Symbols(accesses=(None,) * len(report.accesses))
    rest = iter(answers)
    places = [_own_place([next(rest) for _ in stack]) for stack in stacks]
    variable = next(rest).get("Data", {}).get("Name", "") if report.data is not None else ""
    return Symbols(accesses=tuple(places[:-1]), variable=plain_name(variable), allocation=places[-1])


async def _symbolize(sandbox: Sandbox, asked: Sequence[str]) -> list[dict[str, Any]]:
    """llvm-symbolizer's answers, one for each address; none where it does not answer."""
    for program in ("llvm-symbolizer-16", "llvm-symbolizer"):
        command = [program, f"--obj={OBJECT}", "--output-style=JSON", *asked]
        found = await sandbox.run("builder", command, timeout_s=20, bounded=False)
        if found.succeeded:
            return _answers(found.stdout)
    return []


def _answers(said: str) -> list[dict[str, Any]]:
    """What the symbolizer said; nothing where names in the candidate are so long that its output was cut."""
    try:
        answers: list[dict[str, Any]] = json.loads(said)
    except ValueError:
        return []
    return answers


def _own_place(answers: Sequence[dict[str, Any]]) -> Place | None:
    """The first place in the candidate's own source, innermost first."""
    symbols = [symbol for answer in answers for symbol in answer.get("Symbol", [])]
    for i, symbol in enumerate(symbols):
        if symbol["Line"] > 0 and _OWN.search(symbol["FileName"]):
            return Place(line=symbol["Line"], column=symbol["Column"], is_direct=i == 0)
    return None


def plain_name(symbol: str) -> str:
    """A variable's own name: of `f(int)::count` it is `count`. Nothing for what no source names."""
    name = symbol.rpartition("::")[2]
    return name if name.isidentifier() else ""

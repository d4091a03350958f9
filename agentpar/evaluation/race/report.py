"""What ThreadSanitizer prints, as values. It prints no names here: a candidate's process may not start a symbolizer."""

import re
from typing import Literal

from agentpar.verdict import Frozen

_KIND = re.compile(r"WARNING: ThreadSanitizer: (.+?) \(pid=\d+\)")
_ACCESS = re.compile(r"^\s+(Previous )?(atomic )?(write|read) of size (\d+) at 0x[0-9a-f]+ by ", re.IGNORECASE)
_LOCATION = re.compile(r"^\s+Location is (global|heap|stack|TLS)\b", re.IGNORECASE)
_OFFSET = re.compile(r"\((?:\S*/)?race\.so\+0x([0-9a-f]+)\)")


class Access(Frozen):
    """One of the two accesses; `frames` are the offsets into the candidate's object, innermost first."""

    kind: Literal["write", "read"]
    is_atomic: bool = False
    size: int
    frames: tuple[int, ...] = ()


class Report(Frozen):
    """The first report of an output.

    `kind` is ThreadSanitizer's name of it, such as "data race". `data` is the offset of a global or static variable in
    the candidate's object; `allocation` are the candidate's frames where a block on the heap was made.
    """

    kind: str
    accesses: tuple[Access, ...] = ()
    location: Literal["global", "heap", "stack", "tls", ""] = ""
    data: int | None = None
    allocation: tuple[int, ...] = ()


def parse_report(output: str) -> Report | None:
    """The first report in what a process printed; None where there is none."""
    begun = _KIND.search(output)
    if begun is None:
        return None
    body = output[begun.end() :].partition("SUMMARY:")[0]
    report = Report(kind=begun.group(1))
    for paragraph in re.split(r"\n\s*\n", body):
        lines = [line for line in paragraph.splitlines() if line.strip()]
        if lines:
            report = _with_paragraph(report, lines[0], tuple(int(o, 16) for o in _OFFSET.findall(paragraph)))
    return report


def _with_paragraph(report: Report, head: str, offsets: tuple[int, ...]) -> Report:
    access = _ACCESS.match(head)
    if access and len(report.accesses) < 2:
        found = Access(
            kind="write" if access.group(3).lower() == "write" else "read",
            is_atomic=bool(access.group(2)),
            size=int(access.group(4)),
            frames=offsets,
        )
        return report.model_copy(update={"accesses": (*report.accesses, found)})
    location = _LOCATION.match(head)
    # A variable on the stack is reported twice, the second time as a global of the segment [stack].
    if location and not report.location:
        kind = location.group(1).lower()
        where = {"data": offsets[0]} if kind == "global" and offsets else {}
        return report.model_copy(update={"location": kind, "allocation": offsets if kind == "heap" else (), **where})
    return report

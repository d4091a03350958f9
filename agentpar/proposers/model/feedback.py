"""What a verdict says to a model: the judge's words, the lines that they are about, and the curve of the timings."""

import re

from agentpar.proposers.model.dialect import workers_of
from agentpar.sections import is_several, parted
from agentpar.task import HYBRID, PYTHON_TARGETS
from agentpar.verdict import Measurement, Outcome, Scaling, Verdict

MOST_CHARACTERS = 2000
_MOST_LINES = 6
_COMPILER = re.compile(r"^candidate\.c\w*[:(](\d{1,9})[:)]", re.MULTILINE)
_TEST_FAILED = "a test fails: "
"""How the judge begins where it speaks of the lines of a test."""
_JUDGE = re.compile(r"\bline (\d{1,9})\b")
_SERIAL_BELOW = 1.2
_WORDS = {
    Outcome.SCREENED: "it was refused before it was built",
    Outcome.BUILD_ERROR: "it does not compile",
    Outcome.CRASH: "it crashes",
    Outcome.TIMEOUT: "it takes too long",
    Outcome.OUT_OF_MEMORY: "it needs too much memory",
    Outcome.WRONG_ANSWER: "its output differs from that of the serial function",
    Outcome.RACE: "ThreadSanitizer found a data race",
    Outcome.DEADLOCK: "its threads or ranks wait for each other for ever",
    Outcome.TAMPERING: "it interfered with its evaluation",
    Outcome.NO_DEVICE: "it cannot run on this machine",
}


def explain(source: str, verdict: Verdict, target: str) -> str:
    """Tell a model what the judge found about `source`, in at most `MOST_CHARACTERS` characters."""
    if verdict.outcome is Outcome.OK:
        return _timings(verdict.measurement, target)
    is_compiled = target not in PYTHON_TARGETS
    has_failed_import = verdict.outcome is Outcome.BUILD_ERROR and not is_compiled
    words = "it cannot be imported" if has_failed_import else _WORDS[verdict.outcome]
    said = f"{words}. {verdict.feedback}".strip()
    quoted = _quoted(source, verdict, is_compiled=is_compiled)
    return "\n".join(part for part in (said[: MOST_CHARACTERS - len(quoted)], quoted) if part)


def headline(verdict: Verdict) -> str:
    """The same in a few words, for a list."""
    if verdict.outcome is not Outcome.OK:
        return f"{verdict.outcome}: {' '.join(verdict.feedback.split())[:160]}"
    return f"{verdict.measurement.speedup:.2f}×" if verdict.measurement else "right, not timed"


def _quoted(source: str, verdict: Verdict, *, is_compiled: bool) -> str:
    """The candidate's lines that the judge's words name."""
    if verdict.feedback.startswith(_TEST_FAILED):
        return ""
    if is_several(source):
        return _quoted_by_files(source, verdict)
    by_compiler = verdict.outcome is Outcome.BUILD_ERROR and is_compiled
    pattern = _COMPILER if by_compiler else _JUDGE
    numbers = list(dict.fromkeys(int(number) for number in pattern.findall(verdict.feedback)))[:_MOST_LINES]
    lines = source.splitlines()
    known = [(n, lines[n - 1].strip()[:120]) for n in numbers if 0 < n <= len(lines)]
    quoted = [f"line {n}: {line}" for n, line in known if line not in verdict.feedback]
    if by_compiler and any(n > len(lines) for n in numbers):
        quoted.append("lines beyond the end are in the call of the function: keep its name, parameters and return type")
    return "\n".join(quoted)


def _quoted_by_files(source: str, verdict: Verdict) -> str:
    if verdict.outcome is Outcome.SCREENED:  # for what it did to the files, perhaps
        return ""
    texts = {name: text.splitlines() for name, text in parted(source).items()}
    places = re.findall(rf"({'|'.join(map(re.escape, texts))}):(\d{{1,9}})\b", verdict.feedback)
    known = [(name, int(n)) for name, n in dict.fromkeys(places) if 0 < int(n) <= len(texts[name])][:_MOST_LINES]
    quoted = [(name, n, texts[name][n - 1].strip()[:120]) for name, n in known]
    return "\n".join(f"{name}:{n}: {line}" for name, n, line in quoted if line not in verdict.feedback)


def _timings(measured: Measurement | None, target: str) -> str:
    """The scaling curve, and what stands out in it."""
    if measured is None:
        return "right; the machine was too busy to time it"
    sizes = ", ".join(f"{name}={size}" for name, size in measured.sizes.items())
    curve = "; ".join(
        f"{_workers(measured, point, target)}: {point.ratio.median:.2f} times as fast as the serial "
        f"function ({point.candidate_ms:.3g} ms instead of {point.baseline_ms:.3g})"
        for point in measured.scaling
    )
    most = _workers(measured, measured.widest, target)
    told = f"with {sizes}: {curve}."
    if measured.widest.threads > 1 and measured.widest.threads_seen < _SERIAL_BELOW:
        told += f" Of {most} only {measured.widest.threads_seen:.1f} worked: it is serial in effect."
    elif measured.widest.threads > 1:
        gain = measured.parallel_gain.median
        told += f" {most} are {gain:.2f} times as fast as its own one {workers_of(target, 1)}."
    if not measured.is_improvement:
        told += " That is no measurable gain."
    return told


def _workers(measured: Measurement, point: Scaling, target: str) -> str:
    if target == HYBRID:
        return measured.workers(point)
    return f"{point.threads} {workers_of(target, point.threads)}"

"""What a bench command says of itself: a number that a pattern or a JSON path finds in its output."""

import json
import re
from typing import Any

import regex

from agentpar.errors import TaskError

_STEP = re.compile(r"\.([A-Za-z_][\w-]*)|\[(-?\d+)\]|\[\"([^\"]+)\"\]")
_LEAST, _MOST = 1e-100, 1e100
_LONGEST_S = 2.0


def require_metric(metric: str) -> None:
    """Check that a metric can be looked for.

    Raises:
        TaskError: it is neither a regular expression with one group nor a JSON path.
    """
    if metric.startswith("$"):
        if _STEP.sub("", metric) != "$" or metric == "$":
            raise TaskError(f'the metric {metric!r} is no JSON path; write it like $.results[0].seconds or $["a b"]')
        return
    try:
        groups = regex.compile(metric).groups
    except regex.error as error:
        raise TaskError(f"the metric {metric!r} is no regular expression: {error}") from error
    if groups != 1:
        raise TaskError(f"the metric {metric!r} needs one group, around the number; it has {groups}")


def read_metric(metric: str, output: str) -> float | str:
    """The number, or in words why there is none; of several matches of a pattern the last counts."""
    try:
        found = _by_path(metric, output) if metric.startswith("$") else _by_pattern(metric, output)
    except TimeoutError:
        return (
            f"looking for the metric {metric!r} in the bench command's output takes more than {_LONGEST_S:g} s: "
            "repetitions in it can share one text out in too many ways; write it without nested or adjoining ones"
        )
    if found is None:
        return f"the bench command's output has nothing at {metric}: {output.strip()[-300:] or 'it is empty'}"
    try:
        value = float(found)
    except (TypeError, ValueError, OverflowError):
        return f"the bench command's metric is no number: {str(found)[:100]!r}"
    if not value > 0:
        return f"the bench command's metric is {value}, not above 0"
    if not _LEAST <= value <= _MOST:  # the ratio of two must be a number too
        return f"the bench command's metric is {value}, and only {_LEAST:g} to {_MOST:g} can be compared"
    return value


def _by_pattern(metric: str, output: str) -> str | None:
    # Python's own search has no deadline, and some patterns need as long as the age of the world.
    *_, last = (None, *regex.finditer(metric, output, regex.MULTILINE, timeout=_LONGEST_S))
    return None if last is None else last.group(1)


def _by_path(metric: str, output: str) -> Any:
    try:
        value = json.loads(output)
        for name, index, quoted in _STEP.findall(metric):
            value = value[int(index)] if index else value[name or quoted]
    except (ValueError, LookupError, TypeError, RecursionError):
        return None
    return None if isinstance(value, bool) else value

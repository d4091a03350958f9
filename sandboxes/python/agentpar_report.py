"""Runs the user's tests by pytest, and tells the host of each; says what their largest call of the entry is like."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

MOST_LEVELS = 6


class Report:
    """Hears of each test; tells the host."""

    def __init__(self, out: Any) -> None:
        self.out = out
        self.wrong = ""
        self.thrown = ("", "")  # what the last exception of a call said, and where in the module it was thrown
        self.largest = 0
        self.call: dict[str, Any] = {}

    def tell(self, **words: Any) -> None:
        """One line for the host."""
        print(json.dumps(words), file=self.out, flush=True)

    def note_call(self, arguments: tuple[Any, ...], size: int) -> None:
        """Keep what the largest call is like. One that cannot be written down is passed over."""
        if size <= self.largest:
            return
        try:
            written = [_written(each) for each in arguments]
        except ValueError:
            return
        self.largest = size
        self.call = {"arguments": written, "ranges": [_range(each) for each in arguments]}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """A test passed, or is the first to fail."""
        if report.failed:
            what, place = self.thrown
            at = f"; thrown by the module at {place}" if place and what in report.longreprtext else ""
            self.wrong = self.wrong or f"{report.nodeid}: {_words(report)}{at}"
        elif report.passed and report.when == "call":
            self.tell(event="round", difference="", test=report.nodeid, call=self.call)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """A file that cannot be read fails as a whole."""
        if report.failed:
            self.wrong = self.wrong or f"{report.nodeid}: {_words(report)}"


def run_tests(folder: Path, files: list[str], report: Report, scratch: str) -> None:
    """Run tests in their folder; what they write goes below `scratch`."""
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    os.chdir(folder)
    arguments = ["-x", "-p", "no:cacheprovider", "-c", os.devnull, f"--rootdir={folder}", f"--basetemp={scratch}/tests"]
    pytest.main([*arguments, *files], plugins=[report])


def _words(report: Any) -> str:
    lines = [line[1:].strip() for line in report.longreprtext.splitlines() if line.startswith("E ")]
    where = getattr(report.longrepr, "reprcrash", None)
    at = f" (line {where.lineno})" if where else ""
    return f"{'; '.join(lines)[:600] or report.longreprtext[-600:]}{at}"


def _written(value: Any, levels: int = MOST_LEVELS) -> str:
    """A value as `--example` takes it: its type and its lengths. Raises ValueError where it has no such form."""
    if isinstance(value, bool | int):
        return repr(value)
    if isinstance(value, float | complex):
        return "0.5" if isinstance(value, float) else "0.5j"
    dtype = getattr(value, "dtype", None)
    if dtype is not None and dtype.kind in "biufc":
        return f"np.zeros({value.shape!r}, dtype=np.{dtype.name})" if value.ndim else _written(value.item())
    if isinstance(value, str | bytes):
        return f"{'a' if isinstance(value, str) else b'a'!r} * {len(value)}"
    if not levels or not isinstance(value, list | tuple | set | dict) or not value:
        raise ValueError
    return _container(value, levels - 1)


def _container(value: Any, levels: int) -> str:
    """Its longest element stands for all."""
    if isinstance(value, tuple):
        return f"({', '.join(_written(each, levels) for each in value)},)"
    inner = _written(max(value, key=_length), levels)
    if isinstance(value, list):
        return f"[{inner}] * {len(value)}"
    if isinstance(value, dict):
        inner = f"{inner}: {_written(max(value.values(), key=_length), levels)}"
    return f"{{{inner}}} * {len(value)}"


def _length(value: Any) -> int:
    return len(value) if hasattr(value, "__len__") else 0


def _range(value: Any) -> list[float] | None:
    """The bounds of the numbers that a value holds in the end: of a dictionary, its values."""
    if isinstance(value, bool | int | float):
        return [value, value] if value - value == 0 else None
    if getattr(value, "dtype", None) is not None and value.dtype.kind in "iuf" and value.size:
        low, high = value.min().item(), value.max().item()
        return [low, high] if high - low == high - low else None
    if isinstance(value, dict):
        value = list(value.values())
    if not isinstance(value, list | tuple | set):
        return None
    found = [each for each in map(_range, value) if each is not None]
    return [min(low for low, _ in found), max(high for _, high in found)] if found else None

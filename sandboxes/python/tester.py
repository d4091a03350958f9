#!/usr/bin/python3 -IB
"""Runs the user's tests in a process that the candidate cannot reach: what they call is a stub of its module, whose
functions hand plain data to the candidate's worker and back. What that process exits with, prints or patches decides
nothing; only the values that the tests compare do.

Usage: tester BASELINE_SOCKET CANDIDATE_SOCKET < PLAN

The plan is the two modules' paths and a line `with baseline` or `with candidate`: whom the tests call.
"""

import builtins
import ctypes
import importlib
import json
import os
import pickle
import sys
import tempfile
import types
from pathlib import Path
from typing import Any, NoReturn

PRIVATE = Path(__file__).resolve().parent
PUBLIC = PRIVATE.parent / "public"
sys.path[:0] = [str(PRIVATE), str(PUBLIC), str(PUBLIC / "project")]
import numpy as np  # noqa: E402
from agentpar_call import Failure  # noqa: E402
from agentpar_peer import Peer  # noqa: E402
from agentpar_report import Report, run_tests  # noqa: E402

_PR_SET_DUMPABLE = 4
_CALL_MS = 20_000
_TESTS = PRIVATE / "tests"


class Remote:
    """The functions of a worker's module, to be called as if they were here."""

    def __init__(self, peer: Peer, report: Report, entry: str, parameters: list[str]) -> None:
        self.peer = peer
        self.report = report
        self.entry = entry
        self.parameters = parameters

    def call(self, name: str, arguments: tuple[Any, ...], keywords: dict[str, Any]) -> Any:
        """One call. What it changes of lists, dictionaries, sets and arrays is changed here as well."""
        __tracebackhide__ = True  # what fails is the test's line
        payload = pickle.dumps((name, arguments, keywords))
        if name == self.entry:
            self._note(arguments, keywords, len(payload))
        try:
            result, after, named = self.peer.call(payload, _CALL_MS)
        except Failure as failure:
            if failure.kind == "threw":
                error, self.report.thrown = _exception(failure.detail)
                raise error from None
            end(self.report, self.peer.name, failure)
        for mine, theirs in zip((*arguments, *keywords.values()), (*after, *named.values()), strict=True):
            _take_over(mine, theirs)
        return result

    def _note(self, arguments: tuple[Any, ...], keywords: dict[str, Any], size: int) -> None:
        """Tell what a call of the entry is like, its keywords in their places."""
        named = self.parameters[len(arguments) : len(arguments) + len(keywords)]
        if set(named) == set(keywords):
            self.report.note_call((*arguments, *(keywords[each] for each in named)), size)

    def stub(self, module: str, functions: list[str], constants: dict[str, Any]) -> types.ModuleType:
        """A module with these functions and constants."""
        made = types.ModuleType(module)
        vars(made).update(constants)
        for name in functions:
            setattr(made, name, self._function(name, module))
        return made

    def _function(self, name: str, module: str) -> Any:
        def remote(*arguments: Any, **keywords: Any) -> Any:
            __tracebackhide__ = True
            return self.call(name, arguments, keywords)

        remote.__name__ = remote.__qualname__ = name
        remote.__module__ = module
        return remote


def end(report: Report, who: str, failure: Failure | None) -> NoReturn:
    """The last word; nothing of the tests goes on after it. The process exits with 3 where a worker failed."""
    if failure is None:
        report.tell(event="end", session_ns=1, foreign_cpu_ns=0)
    else:
        report.tell(event="failure", who=who, kind=failure.kind, detail=failure.detail)
    os._exit(0 if failure is None else 3)


def _exception(told: str) -> tuple[Exception, tuple[str, str]]:
    """What a call threw, as far as it is one of Python's own; what it said, and where."""
    name, place, message = [*told.split("\0", 2), "", ""][:3]
    kind = getattr(builtins, name, None)
    if isinstance(kind, type) and issubclass(kind, Exception):
        try:
            return kind(message), (message or name, place)
        except TypeError:
            pass  # some take more than a message
    return RuntimeError(f"{name}: {message}"), (message or name, place)


def _take_over(mine: Any, theirs: Any) -> None:
    if isinstance(mine, np.ndarray) and isinstance(theirs, np.ndarray) and mine.shape == theirs.shape:
        if mine.flags.writeable:
            mine[...] = theirs
    elif isinstance(mine, (list, bytearray)):
        mine[:] = theirs
    elif isinstance(mine, (dict, set)):
        mine.clear()
        mine.update(theirs)


def install(stub: types.ModuleType, names: list[str]) -> None:
    """Make the stub what is imported under some names, and an attribute of the packages above."""
    for name in names:
        sys.modules[name] = stub
    for name in names:
        above, _, last = name.rpartition(".")
        if not above:
            continue
        try:
            package = importlib.import_module(above)
        except ImportError:
            package = sys.modules.setdefault(above, types.ModuleType(above))
            package.__path__ = [str(PUBLIC / "project")]
        if package is not stub:  # else it is one of its functions, in a folder of the same name
            setattr(package, last, stub)


def main() -> int:
    """Exits with 3 when a worker failed."""
    if ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0) != 0:
        return 70
    lines = sys.stdin.read().splitlines()
    if len(lines) < 3:
        return 0  # the session ended before it began
    report = Report(os.fdopen(os.dup(1), "w"))
    null = os.open(os.devnull, os.O_RDWR)
    os.dup2(null, 1)
    who = lines[2].split()[1]
    peer = Peer(int(sys.argv[1 if who == "baseline" else 2]), who)
    try:
        peer.greet()
        peer.open(lines[0 if who == "baseline" else 1])
    except Failure as failure:
        end(report, who, failure)
    run(peer, report)
    end(report, who, Failure("test", report.wrong) if report.wrong else None)


def run(peer: Peer, report: Report) -> None:
    """Run the tests against a worker."""
    subject = json.loads((PRIVATE / "tests.json").read_text())
    remote = Remote(peer, report, subject["entry"], subject["parameters"])
    install(remote.stub(subject["module"], subject["functions"], subject["constants"]), subject["names"])
    # No other folder is writable, and in this one nobody else is.
    scratch = os.environ["TMPDIR"] = tempfile.mkdtemp(dir="/dev/shm")
    run_tests(_TESTS, subject["files"], report, scratch)


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/python3 -IB
"""Runs the user's tests in one process with the candidate, where they need more of its module than functions over plain
data: classes, callbacks, monkeypatching. What it says is then the candidate's to say, so verdicts tell that it was
believed.

Usage: inside FILE...   in a folder with `project` and `tests`
"""

import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from agentpar_report import Report, run_tests


def main() -> None:
    """Tell of each test; the last word is whether one failed."""
    here = Path.cwd()
    report = Report(os.fdopen(os.dup(1), "w"))
    os.dup2(2, 1)  # what pytest and the tests print
    sys.path[0] = str(here / "project")
    scratch = here / "scratch"
    scratch.mkdir()
    run_tests(here / "tests", sys.argv[1:], report, str(scratch))
    report.tell(event="test", detail=report.wrong)
    os._exit(0)  # whatever the candidate's module left running


if __name__ == "__main__":
    main()

"""Shows the plan of a run, and takes a person's edits of it, before anything is searched."""

import json
import os
import shlex
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NoReturn

from agentpar.cli.run import fail
from agentpar.errors import TaskError
from agentpar.judges import understand
from agentpar.ledger import Ledger
from agentpar.ledger_file import LEDGER
from agentpar.planning.board import kept_plan
from agentpar.planning.plan import Plan, atomic_plan, described, read_plan
from agentpar.planning.static import require_judgeable
from agentpar.reporting.files import write_file
from agentpar.task import Task

FILE = "plan.json"
_ASKED = "accept, drop NAME ..., whole, edit, file PATH, or quit? "
_HELP = """\
  accept           search by this plan
  drop NAME ...    leave these alone; what depended on them begins with their serial versions
  whole            one search of the whole
  edit             the plan as JSON in $VISUAL or $EDITOR
  file PATH        a plan from a file
  quit             the plan waits; `agentpar resume` asks again"""
_WAITS, _INTERRUPTED = 5, 130


def review(run_dir: Path) -> Plan:
    """The plan of a run as the person at the terminal wants it; exits where there is none, or they leave.

    Raises:
        AgentparError: the run cannot be read.
    """
    with Ledger.read(run_dir / LEDGER) as ledger:
        task, plan = ledger.task, kept_plan(ledger)
        threads = max(ledger.notes().get("evidence", {}).get("threads", [1]))
    plan = plan or atomic_plan(task)
    if (run_dir / FILE).exists():
        plan = _as_left(run_dir, task) or plan
    else:
        _keep(run_dir, plan)
    _show(plan, threads, task)
    if not sys.stdin.isatty():
        _stop(run_dir, "--review-plan asks at a terminal, and there is none: the plan waits", _WAITS)
    while True:
        try:
            print(_ASKED, end="", file=sys.stderr, flush=True)
            said = sys.stdin.readline()
        except KeyboardInterrupt:
            _stop(run_dir, "interrupted; the plan waits", _INTERRUPTED)
        except UnicodeDecodeError as error:
            print(f"agentpar: that is no text: {error}", file=sys.stderr)
            continue
        word, _, rest = said.strip().partition(" ")
        if not said or word in ("quit", "q"):
            _stop(run_dir, "the plan waits", _WAITS)
        if word in ("accept", "a"):
            return plan
        if word in ("help", "h", "?"):
            print(_HELP, file=sys.stderr)
            continue
        try:
            plan = _edited(plan, word, rest.strip(), task, run_dir)
        except TaskError as error:
            print(f"agentpar: {error}", file=sys.stderr)
            continue
        _keep(run_dir, plan)
        _show(plan, threads, task)


def _as_left(run_dir: Path, task: Task) -> Plan | None:
    """The plan as an earlier review or an editor left it; None where there is none that can be carried out."""
    path = run_dir / FILE
    try:
        plan = read_plan(path)
        require_judgeable(plan, task, understand)
    except TaskError as error:
        print(f"agentpar: {error}; {path} is left as it is, this is the plan that was made:", file=sys.stderr)
        return None
    return plan


def _edited(plan: Plan, word: str, rest: str, task: Task, run_dir: Path) -> Plan:
    """The plan after one edit, checked.

    Raises:
        TaskError: the edit is none, or leaves no plan that can be carried out.
    """
    edits: dict[str, Callable[[], Plan]] = {
        "drop": lambda: _without(plan, rest.replace(",", " ").split()),
        "whole": lambda: atomic_plan(task, plan.left_alone, reason="as was asked for"),
        "edit": lambda: _in_editor(run_dir / FILE),
        "file": lambda: read_plan(_at(rest)),
    }
    if word not in edits:
        raise TaskError(f"{word!r} is no answer; `help` says what is")
    edited = edits[word]()
    require_judgeable(edited, task, understand)
    return edited


def _without(plan: Plan, names: Sequence[str]) -> Plan:
    """The plan with these subtasks left alone.

    Raises:
        TaskError: there is nothing to leave alone, or nothing is left to search apart.
    """
    if plan.is_atomic:
        raise TaskError("the plan is the whole: there is nothing to drop")
    ids = [each.id for each in plan.subtasks]
    if not names:
        raise TaskError(f"drop what? There are {', '.join(ids)}")
    left = [each for each in ids if each not in names]
    if len(left) < 2 and not set(names) - set(ids):
        remaining = f"{left[0]} alone" if left else "nothing"
        raise TaskError(f"that leaves {remaining}: keep two, or say `whole` for one search of the whole")
    return plan.without(names, "dropped in review")


def _at(path: str) -> Path:
    if not path:
        raise TaskError("file PATH: name the plan's file")
    try:
        return Path(path).expanduser()
    except RuntimeError as error:
        raise TaskError(f"{path}: {error}") from error


def _in_editor(path: Path) -> Plan:
    editor = os.environ.get("VISUAL") or os.environ.get("EDITOR") or "vi"
    # Ctrl-C is the editor's own while it runs. A signal that is ignored would be so in the editor, too.
    before = signal.signal(signal.SIGINT, lambda *_: None)
    try:
        subprocess.run([*shlex.split(editor), str(path)], check=True)
    except (OSError, ValueError, subprocess.CalledProcessError) as error:
        raise TaskError(f"{editor} failed ({error}); set EDITOR, or edit {path} and say `file {path}`") from error
    finally:
        signal.signal(signal.SIGINT, before)
    return read_plan(path)


def _keep(run_dir: Path, plan: Plan) -> None:
    write_file(run_dir / FILE, json.dumps(plan.model_dump(mode="json"), indent=2) + "\n")


def _show(plan: Plan, threads: int, task: Task) -> None:
    print("\n".join(described(plan, threads, task.source)), file=sys.stderr)


def _stop(run_dir: Path, why: str, code: int) -> NoReturn:
    run, file = shlex.quote(str(run_dir)), shlex.quote(str(run_dir / FILE))
    fail(f"{why}; go on with: agentpar resume {run}, or edit {file} and: agentpar resume {run} --plan {file}", code)

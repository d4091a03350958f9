"""The user's tests in the candidate's own process, for what cannot cross to another: classes, callbacks, patches.

What pytest says there is believed: the candidate could have it say anything. So nothing else rests on it, and all that
the tests' process leaves behind is wiped before the judge, which believes nothing, runs the candidate.
"""

import json
from collections.abc import Sequence
from typing import Any

from agentpar.evaluation.session import Failed, Judged
from agentpar.sandbox.base import Exit, Sandbox
from agentpar.verdict import Outcome

_TAIL = 600
_TOLD = (("round", "test"), ("test", "detail"))
"""The events that are heard, and what each tells."""


async def tested_inside(
    sandbox: Sandbox,
    command: Sequence[str],
    *,
    project: str,
    modules: Sequence[str],
    source: bytes,
    environment: dict[str, str],
    limit_s: float,
) -> Judged:
    """Run `command`, which runs the tests, in a copy of the `project` with the source as some of its `modules`; then
    wipe the sandbox. The rounds that come back name the tests that passed.

    Raises:
        SandboxError: the sandbox failed.
    """
    copied = await sandbox.run("builder", ["cp", "-r", f"../{project}", "tested"], timeout_s=60, bounded=False)
    if copied.succeeded:
        for module in modules:
            await sandbox.put("builder", f"work/tested/project/{module}", source)
    ended = await sandbox.run(
        "builder", command, timeout_s=limit_s, directory="work/tested", environment=environment, bounded=False
    )
    await sandbox.clean()
    lines = _lines(ended.stdout)
    failed = _failed(ended, lines, limit_s)
    passed = tuple({"test": line["test"]} for line in lines if line["event"] == "round")
    return Judged(rounds=passed, failed=failed, candidate_output=ended.stderr, candidate_ending=f"exit {ended.status}")


def _lines(output: str) -> list[dict[str, Any]]:
    """Nothing else that was printed ends the judge, whatever it looks like."""
    found = []
    for line in output.splitlines():
        try:
            told = json.loads(line)
        except (ValueError, RecursionError):
            continue
        if isinstance(told, dict) and any(
            told.get("event") == e and isinstance(told.get(what), str) for e, what in _TOLD
        ):
            found.append(told)
    return found


def _failed(ended: Exit, lines: Sequence[dict[str, Any]], limit_s: float) -> Failed | None:
    last = lines[-1] if lines and lines[-1]["event"] == "test" else None
    if ended.timed_out:
        outcome, words = Outcome.TIMEOUT, f"the tests take longer than {limit_s:.0f} s"
    elif last is None:
        how = f"signal {ended.signal}" if ended.signal else f"exit {ended.status}"
        outcome, words = Outcome.CRASH, f"the process of the tests left before they ended ({how}): {_tail(ended)}"
    elif last["detail"]:
        outcome, words = Outcome.WRONG_ANSWER, f"a test fails: {last['detail']}"
    else:
        return None
    return Failed(culprit="candidate", outcome=outcome, feedback=words)


def _tail(ended: Exit) -> str:
    return (ended.stderr or ended.stdout)[-_TAIL:].strip()

"""Running asynchronous work under a command: errors become exit codes, Ctrl-C stops cleanly, twice at once."""

import asyncio
import os
import signal
import sys
from collections.abc import Coroutine
from typing import Any, NoReturn, TypeVar

import typer
from rich.console import Console

from agentpar.errors import AgentparError

T = TypeVar("T")

INTERRUPTED = 130


def run(work: Coroutine[Any, Any, T], *, hint: str = "") -> T:
    """Run to the end, or exit with the code of the error. `hint` says how to go on after an interruption.

    The first SIGINT or SIGTERM cancels the work, which saves and cleans up; the second leaves at once: every verdict is
    durable already, and sandboxes end by themselves when their stream closes.
    """
    try:
        return asyncio.run(_interruptible(work))
    except (KeyboardInterrupt, asyncio.CancelledError):
        fail(f"interrupted; nothing judged is lost{hint}", INTERRUPTED)
    except AgentparError as error:
        fail(str(error), error.exit_code)


async def _interruptible(work: Coroutine[Any, Any, T]) -> T:
    task = asyncio.ensure_future(work)
    loop = asyncio.get_running_loop()
    asked = 0

    def stop() -> None:
        nonlocal asked
        asked += 1
        if asked > 1:
            os._exit(INTERRUPTED)
        print("stopping; once more to leave at once", file=sys.stderr)
        task.cancel()

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop)
    return await task


def fail(message: str, code: int) -> NoReturn:
    """Print a one-line error and exit."""
    Console(stderr=True, highlight=False, soft_wrap=True).print(f"agentpar: {message}", markup=False)
    raise typer.Exit(code)

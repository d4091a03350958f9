"""Running asynchronous work under a command: errors become exit codes, Ctrl-C stops cleanly, twice at once."""

import asyncio
import os
import re
import signal
import sys
from collections.abc import Callable, Coroutine
from typing import Any, NoReturn, TypeVar

import typer

from agentpar.errors import AgentparError, ModelError, SandboxError

T = TypeVar("T")

_SIGNALLED = 128
"""A command that a signal ends exits with this and the signal's number, as shells count: 130 and 143."""


def run(work: Coroutine[Any, Any, T], *, hint: str, goes_on: Callable[[], bool] = lambda: False) -> T:
    """Run to the end, or exit with the code of the error. `hint` says what an interruption leaves.

    `goes_on` tells whether it is left by infrastructure that fails, too.

    The first SIGINT or SIGTERM cancels the work, which saves and cleans up; the second leaves at once: every verdict is
    durable already, and sandboxes end by themselves when their stream closes.
    """
    signals: list[int] = []
    try:
        return asyncio.run(_interruptible(work, signals))
    except (KeyboardInterrupt, asyncio.CancelledError):
        fail(f"interrupted; {hint}", _SIGNALLED + (signals[0] if signals else signal.SIGINT))
    except AgentparError as error:
        is_left = isinstance(error, ModelError | SandboxError) and goes_on()
        fail(f"{error}; {hint}" if is_left else str(error), error.exit_code)


async def _interruptible(work: Coroutine[Any, Any, T], signals: list[int]) -> T:
    task = asyncio.ensure_future(work)
    loop = asyncio.get_running_loop()

    def stop(number: int) -> None:
        signals.append(number)
        if len(signals) > 1:
            os._exit(_SIGNALLED + number)
        print("stopping; once more to leave at once", file=sys.stderr)
        task.cancel()

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop, number)
    return await task


def usage(error: typer.TyperException) -> str:
    """What is wrong with a command line, in one line; a command that wants more words is answered with its help."""
    said = error.format_message()
    if "\n" in said:
        return said
    said = re.sub(r"^Invalid value for '([^']+)': (Value error, )?", r"\1: ", said).rstrip(".")
    context = getattr(error, "ctx", None)
    return f"agentpar: {said[0].lower()}{said[1:]}" + (f"; see `{context.command_path} --help`" if context else "")


def leave_nothing_to_write() -> None:
    """Drop what is left for an output that cannot be written, so that Python does not try, and complain, at its end."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (sys.stdout, sys.stderr):
        try:
            if stream is not None:
                stream.flush()
        except OSError:
            os.dup2(nowhere, stream.fileno())
    os.close(nowhere)


def fail(message: str, code: int) -> NoReturn:
    """Print an error and exit."""
    print(f"agentpar: {message}", file=sys.stderr)
    raise typer.Exit(code)

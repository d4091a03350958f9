"""How a command stops, without a sandbox: the work is one that would go on for ever."""

import signal
import subprocess
import sys

import pytest

COMMAND = """
import asyncio, sys
import typer
from agentpar.cli.run import run

async def work():
    try:
        print("at work", flush=True)
        await asyncio.sleep(3600)
    finally:
        print("cleaning", flush=True)
        await asyncio.sleep(float(sys.argv[1]))
        print("clean", flush=True)

app = typer.Typer()
app.command(context_settings={"allow_extra_args": True})(lambda: run(work(), hint="go on with: agentpar resume RUN"))
app()
"""


def stopped(*signals: signal.Signals, cleaning_s: float = 0) -> tuple[int, str, str]:
    """What a command does that gets these signals, the second one while it cleans."""
    command = [sys.executable, "-c", COMMAND, str(cleaning_s)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None and process.stdout.readline() == "at work\n"
        process.send_signal(signals[0])
        for number in signals[1:]:
            assert process.stdout.readline() == "cleaning\n"
            process.send_signal(number)
        out, err = process.communicate(timeout=60)
    return process.returncode, out, err


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_stops_the_work_cleanly_and_says_how_to_go_on(number: signal.Signals, code: int) -> None:
    returncode, out, err = stopped(number)
    assert returncode == code
    assert out.splitlines()[-1] == "clean"
    assert err.splitlines() == [
        "stopping; once more to leave at once",
        "agentpar: interrupted; go on with: agentpar resume RUN",
    ]


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_second_signal_ends_what_takes_too_long_to_clean(number: signal.Signals, code: int) -> None:
    returncode, out, _ = stopped(signal.SIGINT, number, cleaning_s=3600)
    assert returncode == code and "clean\n" not in out

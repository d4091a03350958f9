import asyncio
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from agentpar.sandbox import lease

HOLDER = """
import asyncio, sys
from agentpar.sandbox import lease
async def main():
    async with getattr(lease, sys.argv[1])():
        print("held", flush=True)
        await asyncio.to_thread(sys.stdin.read)
asyncio.run(main())
"""


@pytest.fixture(autouse=True)
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine of our own, so that other work on this one neither waits for us nor we for it."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setenv("TMPDIR", str(tmp_path))


@contextmanager
def holder(how: str) -> Iterator["subprocess.Popen[str]"]:
    command = [sys.executable, "-c", HOLDER, how]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def says_it_holds(process: "subprocess.Popen[str]") -> bool:
    assert process.stdout is not None
    return process.stdout.readline() == "held\n"


async def can(how: str, seconds: float = 0.3) -> bool:
    """Whether this process gets the lease within some time."""
    try:
        async with asyncio.timeout(seconds), getattr(lease, how)():
            return True
    except TimeoutError:
        return False


@pytest.mark.parametrize(
    ("held", "wanted", "is_free"),
    [
        ("timing", "timing", False),
        ("timing", "working", False),
        ("working", "timing", False),
        ("working", "working", True),
    ],
)
async def test_a_timing_excludes_all_other_work_on_the_machine(held: str, wanted: str, is_free: bool) -> None:
    assert await can(wanted)
    with holder(held) as process:
        assert says_it_holds(process)
        assert await can(wanted) is is_free


async def test_the_lease_ends_when_its_holder_lets_go(tmp_path: Path) -> None:
    with holder("timing") as process:
        assert says_it_holds(process) and process.stdin is not None
        process.stdin.close()
        assert await can("timing", 20)


async def test_the_lease_ends_with_a_killed_process() -> None:
    with holder("timing") as process:
        assert says_it_holds(process)
        assert not await can("working")
        process.kill()
        assert await can("working", 20)


async def test_within_one_process_timings_exclude_each_other_too() -> None:
    async with lease.timing():
        assert not await can("timing")
        assert not await can("working")
    assert await can("timing")


async def test_work_queues_behind_a_timing_that_waits() -> None:
    order = []

    async def hold(how: str, name: str) -> None:
        async with getattr(lease, how)():
            order.append(name)

    async with lease.working():
        timing = asyncio.create_task(hold("timing", "timing"))
        await asyncio.sleep(0.1)
        later = asyncio.create_task(hold("working", "later"))
        await asyncio.sleep(0.2)
        assert order == []  # shared holders would starve the timing if they overtook it
    await asyncio.gather(timing, later)
    assert order == ["timing", "later"]


async def test_one_that_gives_up_waiting_blocks_nobody() -> None:
    async with lease.working():
        assert not await can("timing")
        assert await can("working")
    assert await can("timing")


async def test_a_lock_file_that_is_a_link_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "agentpar-lease.lock").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(Exception, match="cannot be opened"):
        await can("working")
    assert not (tmp_path / "elsewhere").exists()


async def test_every_user_of_the_machine_can_take_the_lease(tmp_path: Path) -> None:
    umask = os.umask(0o077)
    try:
        assert await can("timing")
    finally:
        os.umask(umask)
    assert all(path.stat().st_mode & 0o777 == 0o666 for path in tmp_path.glob("agentpar-*.lock"))

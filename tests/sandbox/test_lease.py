import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from agentpar.errors import AgentparError, SandboxError, TaskError
from agentpar.sandbox import lease

HOLDER = """
import asyncio, pathlib, sys
from agentpar.sandbox import lease
lease.FOLDERS = (pathlib.Path(sys.argv[2]),)
async def main():
    async with getattr(lease, sys.argv[1])():
        print("held", flush=True)
        await asyncio.to_thread(sys.stdin.read)
asyncio.run(main())
"""


@pytest.fixture(autouse=True)
def machine(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A machine of our own, so that other work on this one neither waits for us nor we for it."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o1777)
        monkeypatch.setattr(lease, "FOLDERS", (folder,))
        yield folder


@contextmanager
def holder(how: str, **environment: str) -> Iterator["subprocess.Popen[str]"]:
    command = [sys.executable, "-c", HOLDER, how, str(lease.FOLDERS[0])]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env={**os.environ, **environment}
    ) as process:
        try:
            yield process
        finally:
            process.kill()


@contextmanager
def another_user() -> Iterator[None]:
    """Root becomes nobody for a while; an ordinary user stays who they are."""
    is_root = os.geteuid() == 0
    if is_root:
        os.seteuid(65534)
    try:
        yield
    finally:
        if is_root:
            os.seteuid(0)


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


async def test_processes_with_different_temporary_folders_share_the_lease(tmp_path: Path) -> None:
    with holder("timing", TMPDIR=str(tmp_path)) as process:
        assert says_it_holds(process)
        assert not await can("timing")


async def test_the_lease_ends_when_its_holder_lets_go() -> None:
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


def test_what_is_in_use_is_so_until_the_last_lets_go() -> None:
    with lease.using("one"):
        with lease.using("one"):
            pass
        assert lease.is_used("one")
        assert not lease.is_used("another")
    assert not lease.is_used("one")


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


@pytest.mark.slow
async def test_who_waits_is_told_for_whom(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lease, "TELL_AFTER_S", 0.0)
    told: list[str] = []
    with holder("working") as process, lease.telling(told.append):
        assert says_it_holds(process)
        assert await asyncio.gather(can("timing", 2), can("timing", 2)) == [False, False]
    assert len(told) == 1
    assert f"process {process.pid} of " in told[0] and " -c " in told[0]
    assert " …) has the measurement lease" in told[0]  # its command is long, and cut between words


@pytest.mark.slow
async def test_who_waits_again_and_again_is_told_ever_less_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lease, "TELL_AFTER_S", 0.0)
    monkeypatch.setattr(lease, "TELL_AGAIN_AFTER_S", 0.5)
    told: list[str] = []
    with holder("working") as process, lease.telling(told.append):
        assert says_it_holds(process)
        for _ in range(4):
            assert not await can("timing", 1.3)  # each would tell twice at least
    assert 2 <= len(told) <= 4


@pytest.mark.slow
async def test_nobody_is_told_of_a_short_wait_or_of_waiting_for_oneself(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []
    with holder("working") as process, lease.telling(told.append):
        assert says_it_holds(process)
        assert not await can("timing", 1)
    monkeypatch.setattr(lease, "TELL_AFTER_S", 0.1)
    with lease.telling(told.append):
        async with lease.working():
            assert not await can("timing", 1)
    assert told == []


@pytest.mark.slow
async def test_one_that_never_lets_go_is_not_waited_for_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AGENTPAR_LEASE_SECONDS", "0.1")
    with holder("timing") as process:
        assert says_it_holds(process)
        with pytest.raises(AgentparError, match=f"process {process.pid} .* has had the measurement lease") as raised:
            await can("working", 30)
        # A SandboxError would be held against the candidate that happened to wait.
        assert not isinstance(raised.value, SandboxError) and "AGENTPAR_LEASE_SECONDS" in str(raised.value)


@pytest.mark.slow
async def test_a_wait_for_oneself_is_never_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AGENTPAR_LEASE_SECONDS", "0.1")
    async with lease.working():
        waiting = asyncio.create_task(can("timing", 30))
        also_waiting = asyncio.create_task(can("working", 30))
        await asyncio.sleep(1.2)
        assert not waiting.done() and not also_waiting.done()
    assert await waiting and await also_waiting


async def test_a_limit_that_is_no_number_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AGENTPAR_LEASE_SECONDS", "long")
    with pytest.raises(TaskError, match="AGENTPAR_LEASE_SECONDS: 'long' is no number"):
        await can("working")


async def test_a_lock_file_that_is_a_link_is_not_followed(machine: Path, tmp_path: Path) -> None:
    (machine / "agentpar-lease.lock").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(AgentparError, match="cannot be opened"):
        await can("working")
    assert not (tmp_path / "elsewhere").exists()


async def test_one_users_lock_files_serve_another(machine: Path) -> None:
    umask = os.umask(0o077)
    try:
        with another_user():
            assert await can("timing")
        assert await can("timing")
        for path in machine.iterdir():
            path.unlink()
        assert await can("timing")
        with another_user():
            assert await can("timing")
    finally:
        os.umask(umask)
    assert len(list(machine.iterdir())) == 2


async def test_a_lock_file_that_another_user_keeps_closed_is_named(machine: Path) -> None:
    (machine / "agentpar-lease.lock").touch(mode=0o000)
    with (
        another_user(),
        pytest.raises(AgentparError, match=r"agentpar-lease\.lock of user \w+ cannot be opened"),
    ):
        await can("working")


async def test_a_folder_that_only_some_may_write_is_not_used(
    machine: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lease, "FOLDERS", (tmp_path / "missing", tmp_path, machine))
    assert await can("working")
    assert list(tmp_path.iterdir()) == [] and len(list(machine.iterdir())) == 2
    monkeypatch.setattr(lease, "FOLDERS", (tmp_path,))
    with pytest.raises(AgentparError, match="must be writable by all"):
        await can("working")


async def test_what_is_to_be_quiet_is_so_while_something_is_timed_and_only_then() -> None:
    told: list[str] = []

    @asynccontextmanager
    async def hush() -> AsyncIterator[None]:
        told.append("held")
        try:
            yield
        finally:
            told.append("goes on")

    with lease.hushing(hush):
        async with lease.working():
            pass
        assert told == []
        async with lease.timing():
            told.append("timed")
        with pytest.raises(ZeroDivisionError):
            async with lease.timing():
                raise ZeroDivisionError
    async with lease.timing():
        told.append("not asked")
    assert told[:3] == ["held", "timed", "goes on"] and told[3:] == ["held", "goes on", "not asked"]

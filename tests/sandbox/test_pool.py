import os
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import docker
import psutil
import pytest

from agentpar.errors import SandboxError, SandboxTimeout
from agentpar.sandbox.base import Limits, Sandbox
from agentpar.sandbox.docker import LABEL
from agentpar.sandbox.kinds import Kind
from agentpar.sandbox.pool import Pool
from tests.evaluation.courtroom import KINDS, why_not

pytestmark = pytest.mark.sandbox

LIMITS = Limits(work_bytes=64 << 20, build_file_bytes=8 << 20, build_memory_bytes=256 << 20)


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> Kind:
    if reason := why_not(request.param):
        pytest.skip(reason)
    return request.param  # type: ignore[no-any-return]


@pytest.fixture
async def pool(kind: Kind) -> AsyncIterator[Pool]:
    pool = Pool(kind, size=1, limits=LIMITS)
    try:
        yield pool
    finally:
        await pool.close()


def ours() -> list[str]:
    """Containers, runners and folders that belong to this process."""
    found = [p.name() for p in psutil.Process().children(recursive=True) if p.name() != "docker"]
    found += [str(folder) for folder in Path("/dev/shm").glob("agentpar-sandbox-*") if _is_locked_by_us(folder)]
    if not why_not("docker"):
        with closing(docker.from_env()) as client:
            found += [c.id for c in client.containers.list(all=True, filters={"label": f"{LABEL}={os.getpid()}"})]
    return found


def _is_locked_by_us(folder: Path) -> bool:
    return any(Path(link).resolve() == folder for link in Path("/proc/self/fd").glob("*"))


async def shell(sandbox: Sandbox, script: str, *, timeout_s: float = 20) -> str:
    """What a script of the candidates' builder prints."""
    ran = await sandbox.run("builder", ["sh", "-c", script], timeout_s=timeout_s)
    return ran.stdout


async def test_a_sandbox_is_used_again_after_it_was_wiped(pool: Pool) -> None:
    async with pool.sandbox() as first:
        assert await shell(
            first, "mkdir -p a/b; echo secret > a/b/c; echo x > .hidden; ln -s / root; ls -A | sort"
        ) == (".hidden\na\nroot\n")
    async with pool.sandbox() as second:
        assert second is first and pool.replaced == 0
        assert await shell(second, "ls -A") == ""


async def test_what_a_candidate_makes_unwritable_is_wiped_or_its_sandbox_replaced(pool: Pool) -> None:
    async with pool.sandbox() as sandbox:
        await shell(sandbox, "mkdir -p a/b; echo secret > a/b/c; chmod 0 a/b/c a/b a; chmod 0555 .")
    async with pool.sandbox() as sandbox:
        assert await shell(sandbox, "find .") == ".\n"


async def test_processes_that_were_left_running_end_with_their_candidate(pool: Pool) -> None:
    async with pool.sandbox() as first:
        await shell(first, "for i in 1 2 3; do setsid sleep 1000 >/dev/null 2>&1 & done; trap '' TERM; (sleep 1000 &)")
    async with pool.sandbox() as second:
        count = "cat /proc/[0-9]*/comm 2>/dev/null | grep -c '^sleep$'"
        assert second is first and (await shell(second, count)).strip() == "0"


async def test_a_broken_sandbox_is_replaced_and_its_successor_has_the_tasks_files(pool: Pool) -> None:
    await pool.install({("keeper", "task/public/note"): (b"carried", 0o644)})
    async with pool.sandbox() as first:
        assert await first.get("builder", "task/public/note") == b"carried"
        first.is_broken = True
    assert pool.replaced == 1
    async with pool.sandbox() as second:
        assert second is not first
        assert await second.get("builder", "task/public/note") == b"carried"


async def test_files_that_are_installed_late_reach_an_open_sandbox(pool: Pool) -> None:
    async with pool.sandbox():
        pass
    await pool.install({("keeper", "task/private/key"): (b"late", 0o600)})
    async with pool.sandbox() as sandbox:
        assert await sandbox.get("keeper", "task/private/key") == b"late"


async def test_a_sandbox_that_an_error_left_in_the_middle_of_an_answer_is_replaced(pool: Pool) -> None:
    with pytest.raises(RuntimeError, match="ours"):
        async with pool.sandbox() as sandbox:
            await sandbox._send(["run"])  # its answer is never read
            sandbox.is_broken = True
            raise RuntimeError("ours")
    async with pool.sandbox() as sandbox:
        assert await shell(sandbox, "echo alive") == "alive\n"


async def test_a_malformed_request_ends_the_sandbox_and_is_no_verdict(pool: Pool) -> None:
    with pytest.raises(SandboxError):
        async with pool.sandbox() as sandbox:
            await sandbox._send(["no such request"])
            await sandbox._receive(5)
    assert pool.replaced == 1


async def test_only_the_keepers_friends_read_what_is_private(pool: Pool) -> None:
    await pool.install({("keeper", "task/private/reference.cpp"): (b"the answer", 0o644)})
    async with pool.sandbox() as sandbox:
        for identity, may in (("keeper", True), ("baseline", True), ("builder", False), ("candidate", False)):
            ran = await sandbox.run(identity, ["cat", "../task/private/reference.cpp"], timeout_s=10)  # type: ignore[arg-type]
            assert (ran.stdout == "the answer") is may, identity


async def test_the_builder_and_the_candidate_cannot_change_the_task(pool: Pool) -> None:
    await pool.install({("keeper", "task/public/worker"): (b"ours", 0o755)})
    async with pool.sandbox() as sandbox:
        for identity in ("builder", "candidate"):
            script = "echo theirs > ../task/public/worker; rm -f ../task/public/worker; mv x ../task/public/x"
            await sandbox.run(identity, ["sh", "-c", script], timeout_s=10)  # type: ignore[arg-type]
        await sandbox.run("candidate", ["sh", "-c", "echo x > here"], timeout_s=10)
        assert await sandbox.get("keeper", "task/public/worker") == b"ours"
        assert await shell(sandbox, "ls; ls ../task/public") == "worker\n"


async def test_the_network_is_not_there(pool: Pool) -> None:
    async with pool.sandbox() as sandbox:
        assert (
            await shell(sandbox, "cat /proc/net/route | wc -l; ls /sys/class/net 2>/dev/null | grep -v '^lo$'")
        ) in (
            "1\n",
            "0\n",
        )


async def test_nothing_of_the_hosts_environment_is_inside(pool: Pool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("API_KEY", "SECRET")
    async with pool.sandbox() as sandbox:
        said = await shell(sandbox, "env; cat /proc/1/environ /proc/self/environ 2>/dev/null | tr '\\0' '\\n'")
    assert "PATH=/usr/local/bin:/usr/bin:/bin" in said
    assert "SECRET" not in said and "HOME=" not in said


async def test_output_is_bounded_and_the_rest_is_told(pool: Pool) -> None:
    async with pool.sandbox() as sandbox:
        ran = await sandbox.run("builder", ["sh", "-c", "yes | head -c 100000000"], timeout_s=60)
        assert ran.succeeded and ran.overflowed
        assert 0 < len(ran.stdout) <= 64 * 1024
        short = await sandbox.run("builder", ["echo", "short"], timeout_s=10)
        assert short.stdout == "short\n" and not short.overflowed


async def test_a_command_that_outlives_its_time_is_ended_with_its_children(pool: Pool) -> None:
    async with pool.sandbox() as sandbox:
        ran = await sandbox.run("builder", ["sh", "-c", "sleep 1000 & sleep 1000"], timeout_s=0.5)
        assert ran.timed_out and not ran.succeeded and ran.wall_s < 15
        assert await shell(sandbox, "echo alive") == "alive\n"


async def test_a_command_ends_though_a_child_holds_its_output_open(pool: Pool) -> None:
    async with pool.sandbox() as sandbox:
        ran = await sandbox.run("builder", ["sh", "-c", "(setsid sleep 1000 &) ; echo done"], timeout_s=20)
        assert ran.stdout == "done\n" and not ran.timed_out


async def test_files_memory_and_processor_time_of_a_build_are_bounded(pool: Pool) -> None:
    async with pool.sandbox() as sandbox:
        large = await sandbox.run("builder", ["sh", "-c", "head -c 20000000 /dev/zero > large"], timeout_s=20)
        assert not large.succeeded
        assert int(await shell(sandbox, "stat -c %s large")) <= LIMITS.build_file_bytes
        hungry = await sandbox.run("builder", ["sh", "-c", "head -c 600000000 /dev/zero | tail -n 1"], timeout_s=20)
        assert hungry.max_rss_bytes < LIMITS.build_memory_bytes
        busy = await sandbox.run("builder", ["sh", "-c", "while :; do :; done"], timeout_s=1)
        assert not busy.succeeded


async def test_the_ending_of_a_command_is_reported(pool: Pool) -> None:
    async with pool.sandbox() as sandbox:
        assert (await sandbox.run("builder", ["sh", "-c", "exit 7"], timeout_s=10)).status == 7
        assert (await sandbox.run("builder", ["no-such-program"], timeout_s=10)).succeeded is False
        killed = await sandbox.run("builder", ["sh", "-c", "kill -SEGV $$"], timeout_s=10)
        assert (killed.signal, killed.succeeded) == (11, False)


async def test_files_go_in_and_come_out_unchanged(pool: Pool) -> None:
    content = bytes(range(256)) * 4096
    async with pool.sandbox() as sandbox:
        await sandbox.put("builder", "work/deep/er/file", content, 0o600)
        assert await sandbox.get("builder", "work/deep/er/file") == content


async def test_a_link_is_no_way_out(pool: Pool, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("of the host")
    with pytest.raises(SandboxError, match="cannot return a file"):
        async with pool.sandbox() as sandbox:
            await shell(sandbox, f"ln -s {tmp_path}/secret leak; ln -s /etc/passwd target")
            assert b"of the host" not in await sandbox.get("keeper", "work/leak")


async def test_a_folder_behind_a_link_is_no_way_out(pool: Pool, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("of the host")
    with pytest.raises(SandboxError):
        async with pool.sandbox() as sandbox:
            await shell(sandbox, f"ln -s {tmp_path} folder")
            assert b"of the host" not in await sandbox.get("keeper", "work/folder/secret")


async def test_a_sandbox_that_does_not_answer_in_time_is_given_up(pool: Pool) -> None:
    with pytest.raises(SandboxTimeout):
        async with pool.sandbox() as sandbox:
            await sandbox._receive(0.2)
    assert pool.replaced == 1


async def test_two_sandboxes_of_a_pool_share_no_files(kind: Kind) -> None:
    pool = Pool(kind, size=2, limits=LIMITS)
    try:
        async with pool.sandbox() as one, pool.sandbox() as two:
            assert one is not two
            await shell(one, "echo mine > file; echo mine > /dev/shm/file; echo mine > /tmp/file")
            assert await shell(two, "cat file /dev/shm/file /tmp/file 2>/dev/null") == ""
    finally:
        await pool.close()


async def test_shared_memory_is_wiped_too(pool: Pool) -> None:
    async with pool.sandbox() as sandbox:
        await shell(sandbox, "echo left > /dev/shm/left; echo left > /tmp/left")
    async with pool.sandbox() as sandbox:
        assert await shell(sandbox, "cat /dev/shm/left /tmp/left 2>/dev/null") == ""


async def test_a_closed_pool_leaves_no_container_no_process_and_no_folder(kind: Kind) -> None:
    pool = Pool(kind, size=2, limits=LIMITS)
    async with pool.sandbox() as one, pool.sandbox() as two:
        await shell(one, "(setsid sleep 1000 &)")
        assert two.name and len(ours()) >= 2
    await pool.close()
    assert ours() == []
    with pytest.raises(SandboxError, match="closed"):
        await one.run("builder", ["true"], timeout_s=5)


async def test_a_sandbox_may_be_closed_twice(pool: Pool) -> None:
    async with pool.sandbox() as sandbox:
        await sandbox.close()
        await sandbox.close()


def test_machines_of_many_cores_have_sandboxes_for_as_many_threads() -> None:
    assert Limits().with_room_for(128) == Limits()
    assert Limits().with_room_for(384) == Limits(processes=512, candidate_memory_bytes=4 << 30)

"""The manager of vLLM servers, with a stand-in for vLLM: the same command, real processes, real HTTP."""

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import psutil
import pytest

from agentpar import keeper
from agentpar.errors import ModelError
from agentpar.models.base import Message, Pausable, Sampler, Sampling
from agentpar.models.open import open_model
from agentpar.models.served import announced, served_models
from agentpar.models.vllm_server import last_errors, run_vllm, server_flags
from tests.models.server import quick

STANDIN = Path(__file__).with_name("standin")
ASK = [Message(role="user", content="Say hello.")]
GIB = 1 << 30


@pytest.fixture(autouse=True)
def pids(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Where the stand-in writes which processes it is."""
    monkeypatch.setenv("PYTHONPATH", str(STANDIN))
    monkeypatch.setenv("PIDS", str(tmp_path / "pids"))
    monkeypatch.setenv("OPENAI_API_KEY", "s3cret")
    return tmp_path / "pids"


@asynccontextmanager
async def opened(model: str, run_dir: Path, **settings: Any) -> AsyncIterator[Sampler]:
    async with open_model(f"vllm:{model}", run_dir=run_dir, settings=quick(**settings)) as sampler:
        assert sampler is not None
        yield sampler


def processes(pids: Path) -> list[psutil.Process]:
    return [psutil.Process(int(pid)) for pid in pids.read_text().split()]


def all_end(gone: list[psutil.Process], timeout_s: float = 30.0) -> bool:
    return not psutil.wait_procs(gone, timeout=timeout_s)[1]


@pytest.mark.slow
async def test_a_server_is_started_used_and_stopped_with_its_workers(tmp_path: Path, pids: Path) -> None:
    said: list[str] = []
    run_dir = tmp_path / "run"
    async with open_model("vllm:tiny", run_dir=run_dir, say=said.append, settings=quick(api_key="s3cret")) as sampler:
        assert sampler is not None and sampler.name == "tiny"
        reply = await sampler.sample(ASK, Sampling(n=8), task="t")
        server, worker = processes(pids)
        assert server.net_connections("tcp")[0].laddr.ip == "127.0.0.1"
    assert len(reply.completions) == 8
    heard = json.loads(reply.completions[0].text)
    assert heard["flags"] == ["--enable-prefix-caching", "--max-num-seqs", "256", "--no-enable-chunked-prefill"]
    assert "s3cret" not in json.dumps(heard)
    assert all_end([server, worker])
    assert said[0].startswith("starting vLLM with tiny on ") and any("vLLM is up" in line for line in said)
    assert "INFO: started" in (run_dir / "vllm.log").read_text()
    assert "s3cret" not in (run_dir / "completions.jsonl").read_text()


async def test_the_server_is_paused_and_resumed_through_the_recording(tmp_path: Path) -> None:
    async with opened("tiny", tmp_path) as sampler:
        assert isinstance(sampler, Pausable)
        assert await sampler.pause() is True
        await sampler.resume()


async def test_a_server_that_dies_at_its_start_is_quoted(tmp_path: Path) -> None:
    with pytest.raises(ModelError) as raised:
        async with opened("dies-at-start", tmp_path):
            pass
    assert "the vLLM server ended: ValueError: no such architecture | RuntimeError: Engine" in str(raised.value)
    assert str(tmp_path / "vllm.log") in str(raised.value)


@pytest.mark.parametrize(
    ("model", "changes", "mend"),
    [
        ("runs-out-of-memory", {}, "AGENTPAR_MODEL_VLLM_ARGS='--gpu-memory-utilization"),
        ("tiny", {"vllm_python": "/nowhere/python"}, "correct AGENTPAR_MODEL_VLLM_PYTHON"),
    ],
)
async def test_the_error_names_the_mend(tmp_path: Path, model: str, changes: dict[str, Any], mend: str) -> None:
    with pytest.raises(ModelError, match=mend):
        async with opened(model, tmp_path, **changes):
            pass


async def test_an_interpreter_without_vllm_is_an_error_that_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PYTHONPATH")
    with pytest.raises(ModelError, match=r"No module named.*vllm.*install vLLM, or name the interpreter that has it"):
        async with opened("tiny", tmp_path):
            pass


@pytest.mark.slow
async def test_a_server_that_dies_later_is_quoted_too(tmp_path: Path) -> None:
    async with opened("dies-when-asked", tmp_path, retries=0) as sampler:
        with pytest.raises(ModelError, match="the vLLM server ended: RuntimeError: CUDA error"):
            await sampler.sample([Message(role="user", content="die")], Sampling(), task="t")
            await sampler.sample([Message(role="user", content="die")], Sampling(), task="t")


async def test_a_server_that_is_not_up_in_time_is_stopped(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"not up within 0.1 s; raise AGENTPAR_MODEL_VLLM_START_S"):
        async with opened("is-never-up", tmp_path, vllm_start_s=0.1):
            pass


async def test_a_port_that_is_taken_is_an_error(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        for port in taken.getsockname()[1], 70_000:
            with pytest.raises(ModelError, match=f"port {port} cannot be had"):
                async with run_vllm("tiny", run_dir=tmp_path, say=print, settings=quick(), port=port):
                    pass


@pytest.mark.slow
async def test_cancelling_the_start_stops_the_server(tmp_path: Path, pids: Path) -> None:
    async def work() -> None:
        async with opened("tiny", tmp_path):
            await asyncio.sleep(600)

    working = asyncio.ensure_future(work())
    async with asyncio.timeout(30):
        while not pids.exists() or not pids.read_text():
            await asyncio.sleep(0.02)
    started = processes(pids)
    working.cancel()
    with pytest.raises(asyncio.CancelledError):
        await working
    assert all_end(started)


@pytest.mark.slow
def test_the_server_ends_with_an_owner_that_is_killed(tmp_path: Path, pids: Path) -> None:
    program = f"""
import asyncio, pathlib
from agentpar.models.open import open_model
async def work():
    async with open_model("vllm:tiny", run_dir=pathlib.Path({str(tmp_path)!r})):
        print("up", flush=True)
        await asyncio.sleep(600)
asyncio.run(work())
"""
    root = str(Path(keeper.__file__).parents[1])
    environment = {**os.environ, "PYTHONPATH": f"{STANDIN}:{root}"}
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, env=environment) as owner:
        assert owner.stdout is not None and owner.stdout.readline() == b"up\n"
        started = processes(pids)
        owner.send_signal(signal.SIGKILL)
    assert all_end(started, timeout_s=keeper.GRACE_S)


@pytest.mark.slow
def test_the_server_ends_when_its_keeper_is_killed(tmp_path: Path) -> None:
    command = [sys.executable, "-I", "-S", keeper.__file__, "sleep", "600"]
    with subprocess.Popen(command, stdin=subprocess.PIPE) as kept:
        children: list[psutil.Process] = []
        while not children or children[0].name() != "sleep":
            children = psutil.Process(kept.pid).children()
            time.sleep(0.01)
        kept.kill()
    assert all_end(children)


def test_a_command_that_will_not_end_is_killed() -> None:
    script = "trap '' TERM; echo up; while :; do sleep 0.01; done"
    program = f"from agentpar.keeper import keep; keep(['sh', '-c', {script!r}], grace_s=0.1)"
    with subprocess.Popen([sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as kept:
        assert kept.stdin is not None and kept.stdout is not None and kept.stdout.readline() == b"up\n"
        children = psutil.Process(kept.pid).children()
        kept.stdin.close()
        assert children and all_end(children)
        assert kept.wait(30) == 0


def test_the_keeper_ends_as_its_command_does() -> None:
    for script, code in (("exit 7", 7), ("kill -9 $$", 137)):
        command = [sys.executable, "-I", "-S", keeper.__file__, "sh", "-c", script]
        with subprocess.Popen(command, stdin=subprocess.PIPE) as kept:
            assert kept.wait(30) == code


@pytest.mark.slow
async def test_a_server_that_serves_the_same_model_is_used_and_left_running(tmp_path: Path, pids: Path) -> None:
    async with run_vllm("tiny", run_dir=tmp_path / "served", say=print, settings=quick()) as server:
        with announced("tiny", server.url, server.log) as served:
            assert served_models() == [served]
            async with opened("tiny", tmp_path / "run") as sampler:
                await sampler.sample(ASK, Sampling(), task="t")
            assert not (tmp_path / "run" / "vllm.log").exists()
            assert all(process.is_running() for process in processes(pids))
            assert not server.has_ended()
        assert served_models() == []


def test_the_users_flags_win_but_for_where_it_listens() -> None:
    given = quick(vllm_args="--max-num-seqs 8 --host 0.0.0.0 -tp 4", vllm_ngram=3)
    flags = server_flags("m-7B", 81, [80 * GIB] * 8, given)
    assert flags[-4:] == ["--host", "127.0.0.1", "--port", "81"]
    assert flags.index("8") > flags.index("256")
    assert "--data-parallel-size" not in flags and "--tensor-parallel-size" not in flags
    assert json.loads(flags[flags.index("--speculative-config") + 1])["num_speculative_tokens"] == 3


def test_a_log_without_errors_is_quoted_from_its_end(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_text("".join(f"\x1b[32mline {i}\x1b[0m\n" for i in range(9)))
    assert last_errors(log) == ["line 5", "line 6", "line 7", "line 8"]
    assert last_errors(tmp_path / "none") == []

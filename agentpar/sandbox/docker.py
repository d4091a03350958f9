"""Docker containers as sandboxes: no network, read-only root, three capabilities for the runner, none for the rest."""

import asyncio
import contextlib
import os
import socket
import struct
from pathlib import Path
from typing import Any

import docker
import docker.errors
import psutil
import requests.exceptions
from docker.types import DeviceRequest, LogConfig

from agentpar.errors import SandboxError
from agentpar.sandbox import cuda
from agentpar.sandbox.base import Limits, Sandbox
from agentpar.sandbox.image import Image, image_tag

# Who a container belongs to: the process, since when it runs, and where its number means anything.
LABEL = "agentpar.owner"
_SINCE = "agentpar.since"
_HOME = "agentpar.home"
_GPUS = [DeviceRequest(count=-1, capabilities=[["gpu"]])]

# MPI's ranks talk through files there, 4 MiB for each; Python's processes share arrays.
_GOING_S = 10
_SHARED_MEMORY: dict[Image, int] = {"mpi": 256 << 20, "mpi4py": 256 << 20, "python": 1 << 30}


def connect() -> docker.DockerClient:
    """A client for the daemon that the environment names. Raises SandboxError when none answers."""
    try:
        client = docker.from_env(timeout=60)
        client.ping()
    except (docker.errors.DockerException, requests.exceptions.RequestException) as error:
        raise SandboxError(
            "no Docker daemon answers; start it (`systemctl start docker`, or `dockerd &` as root), "
            "or use --sandbox bubblewrap"
        ) from error
    return client


def image_id(image: Image = "cpp") -> str:
    """The content address of the sandbox image. Raises SandboxError when no daemon answers or it has no such image."""
    with contextlib.closing(connect()) as client:
        try:
            return str(client.images.get(image_tag(image)).id)
        except docker.errors.DockerException as error:
            raise SandboxError(f"the sandbox image cannot be had ({error}); run `agentpar sandbox build`") from error


class _Attached:
    """The attached stream of a container: standard input one way, framed output the other."""

    def __init__(self, client: docker.DockerClient, container: str, raw: socket.socket) -> None:
        self._client = client
        self._container = container
        self._raw = raw
        self._reader: asyncio.StreamReader
        self._writer: asyncio.StreamWriter
        self._pending = bytearray()
        self._errors = bytearray()

    async def open(self) -> None:
        self._raw.setblocking(False)
        self._reader, self._writer = await asyncio.open_unix_connection(sock=self._raw, limit=1 << 22)

    async def read_exactly(self, n: int) -> bytes:
        while len(self._pending) < n:
            # Docker's framing of streams without a terminal: stream, three zeros, length (big endian).
            stream, length = struct.unpack(">BxxxI", await self._reader.readexactly(8))
            block = await self._reader.readexactly(length)
            if stream == 1:
                self._pending += block
            else:
                self._errors = (self._errors + block)[-4096:]
        data = bytes(self._pending[:n])
        del self._pending[:n]
        return data

    async def write(self, data: bytes) -> None:
        self._writer.write(data)
        await self._writer.drain()

    def has_ended(self) -> bool:
        return self._reader.at_eof()

    async def close(self) -> None:
        self._writer.close()
        with contextlib.suppress(OSError):
            await self._writer.wait_closed()
        await asyncio.to_thread(_remove, self._client, self._container)
        self._client.close()


def _remove(client: docker.DockerClient, container: str) -> None:
    """Returns when it is gone, also where the daemon is removing it already because it ended by itself."""
    with contextlib.suppress(docker.errors.APIError, requests.exceptions.RequestException):
        try:
            client.api.remove_container(container, force=True, v=True)
        except docker.errors.APIError as error:
            if error.status_code == 409:
                client.api.wait(container, timeout=_GOING_S, condition="removed")


def _create(client: docker.DockerClient, limits: Limits, image: Image) -> tuple[str, Any]:
    api = client.api
    host = api.create_host_config(
        network_mode="none",
        read_only=True,
        cap_drop=["ALL"],
        cap_add=["SETUID", "SETGID", "KILL"],
        security_opt=["no-new-privileges"],
        mem_limit=limits.memory_bytes,
        memswap_limit=limits.memory_bytes,
        pids_limit=limits.processes,
        shm_size=_SHARED_MEMORY.get(image, 1 << 20),
        device_requests=_GPUS if image == "cuda" and cuda.has_driver() else None,
        auto_remove=True,
        # Our frames on standard output are not a log.
        log_config=LogConfig(type="none"),
        tmpfs={
            "/task": f"rw,exec,nosuid,nodev,size={limits.work_bytes},uid=2000,gid=2000,mode=0755",
            "/work": f"rw,exec,nosuid,nodev,size={limits.work_bytes},uid=2001,gid=2001,mode=0755",
        },
    )
    container: str = api.create_container(
        image_tag(image),
        command=["uids", "/"],
        stdin_open=True,
        # A daemon that stops, or comes back, would wait ten seconds for the runner to heed another.
        stop_signal="SIGKILL",
        detach=False,
        host_config=host,
        labels={LABEL: f"{os.getpid()}", _SINCE: _since(os.getpid()), _HOME: _home()},
        environment={},
    )["Id"]
    attached = None
    try:
        attached = api.attach_socket(container, params={"stdin": 1, "stdout": 1, "stderr": 1, "stream": 1})
        api.start(container)
    except BaseException:
        _close(attached)
        _remove(client, container)
        raise
    return container, attached


def _close(attached: Any) -> None:
    """Close a response object and the socket that it keeps."""
    if attached is not None:
        attached._sock.close()
        attached.close()


def _since(process: int) -> str:
    """When a process was started; empty when there is none of that number."""
    try:
        return f"{psutil.Process(process).create_time():.2f}"
    except psutil.NoSuchProcess:
        return ""


def _home() -> str:
    """This boot of this machine and this namespace of process numbers."""
    boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    return f"{boot} {Path('/proc/self/ns/pid').readlink()}"


def reap() -> int:
    """Remove containers whose process was killed before it had started them; returns how many there were.

    Those that run end by themselves. Another machine's, or another namespace's, are left to it.

    Raises:
        SandboxError: no daemon answers.
    """
    count = 0
    with contextlib.closing(connect()) as client:
        filters = {"label": f"{_HOME}={_home()}", "status": ["created", "exited", "dead"]}
        for each in client.api.containers(all=True, filters=filters):
            labels = each["Labels"]
            if _since(int(labels[LABEL])) != labels[_SINCE]:
                _remove(client, each["Id"])
                count += 1
    return count


async def open_docker(name: str, limits: Limits, image: Image = "cpp") -> Sandbox:
    """Start a container. Raises SandboxError when there is no daemon or no image."""
    client = await asyncio.to_thread(connect)
    creating = asyncio.create_task(asyncio.to_thread(_create, client, limits, image))
    try:
        container, attached = await asyncio.shield(creating)
    except asyncio.CancelledError:
        # The thread goes on: what it makes has to go.
        container, attached = await creating
        _close(attached)
        await asyncio.to_thread(_remove, client, container)
        raise
    except docker.errors.ImageNotFound as error:
        raise SandboxError("the sandbox image is missing or out of date; run `agentpar sandbox build`") from error
    except (docker.errors.APIError, requests.exceptions.RequestException) as error:
        hint = "; devices need the NVIDIA Container Toolkit" if image == "cuda" and cuda.has_driver() else ""
        raise SandboxError(f"Docker cannot start a sandbox: {error}{hint}") from error
    # The response object must stay alive: its end closes the socket under us.
    stream = _Attached(client, container, attached._sock.dup())
    _close(attached)
    await stream.open()
    sandbox = Sandbox(name, stream, limits)
    try:
        await sandbox.hello()
    except BaseException:
        await sandbox.close()
        raise
    return sandbox

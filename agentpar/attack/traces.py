"""What a candidate might leave behind, and what it might look for: survivors, marks, planted secrets."""

import contextlib
import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import docker
import psutil
from docker.errors import APIError
from docker.models.containers import Container

from agentpar.sandbox.docker import LABEL
from agentpar.sandbox.kinds import Kind

# The names under which hostile candidates leave things.
MARK = "agentpar-was-here"
IPC_KEY = 0x61676E74
SECRET_VARIABLE = "AGENTPAR_ATTACK_SECRET"

_MARK_FOLDERS = ("/tmp", "/var/tmp", "/dev/shm", "/dev/mqueue", "/work", "/")
_IPC_TABLES = ("shm", "sem", "msg")
_SANDBOX_FOLDER = "/agentpar-sandbox-"


@contextlib.contextmanager
def planted_secret() -> Iterator[Path]:
    """A file and an environment variable of the host's that no candidate may see; yields the file's path.

    The file is C++, readable by everyone: a candidate that can include it builds.
    """
    folder = Path(tempfile.mkdtemp(prefix="agentpar-attack-"))
    os.environ[SECRET_VARIABLE] = secrets.token_hex(16)
    try:
        folder.chmod(0o755)
        path = folder / "secret.hpp"
        path.write_text("// a secret of the host\n")
        yield path
    finally:
        del os.environ[SECRET_VARIABLE]
        shutil.rmtree(folder, ignore_errors=True)


def survivors(kind: Kind) -> list[str]:
    """What lives on after a candidate was judged, while its sandbox waits for the next one."""
    return [*(_strays_in_docker() if kind == "docker" else _stray_children()), *_marks()]


def leftovers(kind: Kind) -> list[str]:
    """What lives on after all sandboxes were closed."""
    if kind == "docker":
        with contextlib.closing(docker.from_env()) as client:
            found = [f"container {c.short_id}" for c in _containers(client, ended_too=True)]
    else:
        found = [f"process {child.name()}" for child in _children()] + [f"folder {path}" for path in _roots()]
    return [*found, *_marks()]


def _containers(client: docker.DockerClient, *, ended_too: bool = False) -> list[Container]:
    """Our containers; one that a violation ended may go while they are listed."""
    ours = f"{LABEL}={os.getpid()}"
    return list(client.containers.list(all=ended_too, filters={"label": ours}, ignore_removed=True))


def _processes(container: Container) -> list[list[str]]:
    try:
        return list(container.top()["Processes"])
    except APIError as error:
        if error.status_code not in (404, 409):  # it has ended, and nobody lives in it
            raise
        return []


def _strays_in_docker() -> list[str]:
    with contextlib.closing(docker.from_env()) as client:
        listed = [line for container in _containers(client) for line in _processes(container)]
    return [f"process {' '.join(line)}" for line in listed if "runner uids" not in line[-1]]


def _stray_children() -> list[str]:
    strays = [f"process {child.name()}" for child in _children() if not child.name().startswith("runner-")]
    return strays + [f"file {path}" for root in _roots() for path in (root / "work").iterdir()]


def _children() -> list[psutil.Process]:
    return [child for child in psutil.Process().children(recursive=True) if child.is_running()]


def _roots() -> set[Path]:
    """The folders of this process's sandboxes: it holds a lock on each."""
    targets = set()
    for link in Path("/proc/self/fd").iterdir():
        with contextlib.suppress(OSError):
            targets.add(str(link.readlink()))
    return {Path(target) for target in targets if _SANDBOX_FOLDER in target and Path(target).is_dir()}


def _marks() -> list[str]:
    found = [f"file {folder}/{MARK}" for folder in _MARK_FOLDERS if os.path.lexists(f"{folder}/{MARK}")]
    for table in _IPC_TABLES:
        lines = Path(f"/proc/sysvipc/{table}").read_text().splitlines()[1:]
        found += [f"System V object in {table}" for line in lines if int(line.split()[0]) == IPC_KEY]
    if MARK in Path("/proc/net/unix").read_text():
        found.append("socket")
    return found

"""A Docker daemon of our own, with its own socket, data, network and namespace: the machine's stays as it is."""

import json
import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import docker
import docker.errors
import psutil

from agentpar.sandbox.docker import LABEL
from agentpar.sandbox.image import image_tag

_STARTS_WITHIN_S = 60.0
_IMAGE_TIMEOUT_S = 600
_OFF = ("--bridge=none", "--iptables=false", "--ip6tables=false", "--ip-forward=false", "--userland-proxy=false")


class PrivateDaemon:
    """A dockerd that tests may kill."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None
        self.address = f"unix://{folder}/docker.sock"

    def start(self) -> None:
        """Start it, also after a kill; returns when it answers."""
        (self._folder / "daemon.json").write_text(json.dumps({}))  # not the machine's own settings
        command = [
            # Without a bridge of its own, a daemon deletes the machine's docker0: it must not see it.
            "unshare", "--net",
            "dockerd", f"--config-file={self._folder}/daemon.json", f"--host={self.address}",
            f"--data-root={self._folder}/data", f"--exec-root={self._folder}/exec", f"--pidfile={self._folder}/pid",
            "--containerd-namespace=agentpar-test", "--containerd-plugins-namespace=agentpar-test-plugins", *_OFF,
        ]  # fmt: skip
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True)
        deadline = time.monotonic() + _STARTS_WITHIN_S
        while not self.answers():
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"dockerd does not start:\n{(self._folder / 'log').read_text()[-2000:]}")
            time.sleep(0.1)

    def answers(self) -> bool:
        with suppress(OSError), socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(5)
            connection.connect(str(self._folder / "docker.sock"))
            connection.sendall(b"GET /_ping HTTP/1.0\r\nHost: docker\r\n\r\n")
            return connection.recv(64).startswith(b"HTTP/1.0 200")
        return False

    def kill(self) -> None:
        """SIGKILL, as the kernel does when memory is short; its containerd dies with it, its containers do not."""
        assert self._process is not None
        children = psutil.Process(self._process.pid).children()
        self._process.kill()
        self._process.wait()
        # A new daemon would take one that is about to die for one it can use.
        psutil.wait_procs(children, timeout=10)

    def stop(self) -> None:
        """End it with its containers and its containerd. It is not asked to: it would wait 15 s for its containerd."""
        if self._process is not None and self._process.poll() is None:
            self.kill()
        for process in psutil.process_iter(["cmdline"]):  # what a killed one left behind names our folder
            if any(str(self._folder) in word for word in process.info["cmdline"] or ()):
                for each in [*process.children(recursive=True), process]:
                    with suppress(psutil.NoSuchProcess):
                        each.kill()

    def take_image(self) -> None:
        """Copy the sandbox image from the machine's daemon."""
        with (
            closing(docker.from_env(timeout=_IMAGE_TIMEOUT_S)) as theirs,
            closing(docker.DockerClient(self.address, timeout=_IMAGE_TIMEOUT_S)) as ours,
        ):
            ours.images.load(theirs.images.get(image_tag()).save(named=True))  # type: ignore[arg-type]

    def containers(self) -> list[str]:
        """All containers of agentpar, in any state.

        A daemon that comes back lists some that it has removed as dead, until its next start (4 of 575 in a trial):
        whatever else it is asked of them, there are none of that name.
        """
        with closing(docker.DockerClient(self.address, timeout=30)) as client:
            listed = [each["Id"] for each in client.api.containers(all=True, filters={"label": LABEL})]
            return [each for each in listed if _has(client, each)]


def _has(client: docker.DockerClient, container: str) -> bool:
    try:
        client.api.inspect_container(container)
    except docker.errors.NotFound:
        return False
    return True


def why_no_daemon() -> str:
    """Why no private daemon can be had here, or nothing."""
    if os.geteuid() != 0:
        return "a Docker daemon of its own needs root"
    missing = [program for program in ("dockerd", "unshare") if shutil.which(program) is None]
    return f"{' and '.join(missing)} not installed" if missing else ""


@contextmanager
def private_daemon() -> Iterator[PrivateDaemon]:
    """A running daemon that holds the sandbox image."""
    # The path of a Unix socket has at most 107 characters, so not pytest's folder.
    folder = Path(tempfile.mkdtemp(prefix="dockerd-", dir="/tmp"))
    daemon = PrivateDaemon(folder)
    try:
        daemon.start()
        daemon.take_image()
        yield daemon
    finally:
        daemon.stop()
        # One that was killed leaves its folder mounted on itself, and its successor takes that for the user's doing.
        for mounted in reversed([line.split()[1] for line in Path("/proc/mounts").read_text().splitlines()]):
            if mounted.startswith(f"{folder}/"):
                subprocess.run(["umount", mounted], check=True)
        shutil.rmtree(folder)

"""Chooses and opens a sandbox of the kind the user asked for."""

import shutil
from pathlib import Path
from typing import Literal, get_args

from agentpar.errors import SandboxError, TaskError
from agentpar.sandbox import bubblewrap, cuda, docker
from agentpar.sandbox.base import Limits, Sandbox
from agentpar.sandbox.image import Image

Kind = Literal["docker", "bubblewrap", "process"]

# They change whenever a package is installed or something is put beside the packages.
_PACKAGES = tuple(
    map(Path, ("/var/lib/dpkg/status", "/usr/include", "/usr/lib", "/usr/local/include", "/usr/local/lib"))
)
_INSTALL = "apt-get install docker.io, or apt-get install bubblewrap"


def choose(wanted: str) -> Kind:
    """The kind to use: `auto` takes Docker if a daemon answers, else bubblewrap.

    Raises:
        SandboxError: nothing isolates here. `process` is never chosen for the user.
        TaskError: there is no such kind.
    """
    if wanted in get_args(Kind):
        return wanted  # type: ignore[return-value]
    if wanted != "auto":
        raise TaskError(f"there is no sandbox {wanted!r}; use auto, docker, bubblewrap or process")
    try:
        docker.connect().close()
        return "docker"
    except SandboxError:
        if shutil.which("bwrap"):
            return "bubblewrap"
    raise SandboxError(
        f"no sandbox can be had: no Docker daemon answers and bubblewrap is missing; {_INSTALL}. "
        "For code you trust, --sandbox process runs it unprotected"
    )


async def open_sandbox(kind: Kind, name: str, limits: Limits, image: Image = "cpp") -> Sandbox:
    """Open one sandbox; on the host, what an image would bring is the host's. Raises SandboxError with the mend."""
    if kind == "docker":
        return await docker.open_docker(name, limits, image)
    return await bubblewrap.open_local(name, limits, kind, with_cuda=image == "cuda")


def identify_system(kind: Kind, image: Image = "cpp") -> tuple[str, ...]:
    """What changes when the compilers, libraries and headers inside change: the image, or the host's packages.

    Raises:
        SandboxError: no Docker daemon answers, or it does not have the image.
    """
    if kind == "docker":
        return (kind, docker.image_id(image))
    toolkit = (cuda.find_toolkit(),) if image == "cuda" else ()
    return ("host", *(str(path.stat().st_mtime_ns) for path in (*_PACKAGES, *toolkit) if path.exists()))


def reap(kind: Kind) -> None:
    """Remove what runs that were killed left behind. Their processes have ended by themselves.

    Raises:
        SandboxError: the kind is Docker and no daemon answers.
    """
    bubblewrap.reap()
    if kind == "docker":
        docker.reap()

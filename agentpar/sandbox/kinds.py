"""Chooses and opens a sandbox of the kind the user asked for."""

import shutil
from typing import Literal, get_args

from agentpar.errors import SandboxError, TaskError
from agentpar.sandbox import bubblewrap, docker
from agentpar.sandbox.base import Limits, Sandbox

Kind = Literal["docker", "bubblewrap", "process"]

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


async def open_sandbox(kind: Kind, name: str, limits: Limits) -> Sandbox:
    """Open one sandbox. Raises SandboxError with the mend."""
    if kind == "docker":
        return await docker.open_docker(name, limits)
    return await bubblewrap.open_local(name, limits, kind)


def reap() -> None:
    """Remove what runs that were killed left behind. Their processes have ended by themselves."""
    bubblewrap.reap()

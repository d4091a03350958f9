"""Servers that `agentpar model serve` keeps for all runs of this user: one small file each, in the user's cache."""

import contextlib
import os
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
from pydantic import Field, ValidationError

from agentpar.resources import cache_folder
from agentpar.verdict import Frozen

_POLL_S = 0.1
_MOST_NAME = 100


class Served(Frozen):
    """A server that is up; `pid` is of the command that keeps it, `started` when that began, in seconds since 1970."""

    model: str
    url: str
    log: Path
    pid: int = Field(gt=0, lt=1 << 31)
    started: float


@contextmanager
def announced(model: str, url: str, log: Path) -> Iterator[Served]:
    """Let other runs find the server while this process keeps it."""
    served = Served(model=model, url=url, log=log, pid=os.getpid(), started=psutil.Process().create_time())
    folder = _folder()
    # Only a server that this user announced is trusted with prompts, so nobody else may write here.
    folder.mkdir(parents=True, mode=0o700, exist_ok=True)
    path = folder / f"{served.pid}.json"
    # Whole or not at all: who finds half of one takes it for what a killed command left, and removes it.
    draft = path.with_suffix(".draft")
    draft.write_text(served.model_dump_json(), encoding="utf-8")
    draft.replace(path)
    try:
        yield served
    finally:
        path.unlink(missing_ok=True)


def served_models() -> list[Served]:
    """The servers that are up; what a killed command left behind is removed."""
    up = []
    for path in sorted(_folder().glob("*.json")):
        try:
            served = Served.model_validate_json(path.read_bytes())
        except (OSError, ValidationError):
            served = None
        if served is not None and _is_alive(served):
            up.append(served)
        else:
            path.unlink(missing_ok=True)
    return up


def stop_served(served: Served, *, timeout_s: float = 30.0) -> bool:
    """End the command that keeps a server, and so the server; whether it has ended in time."""
    deadline = time.monotonic() + timeout_s
    with contextlib.suppress(psutil.NoSuchProcess):
        if _is_alive(served):
            psutil.Process(served.pid).terminate()
    while _is_alive(served) and time.monotonic() < deadline:
        time.sleep(_POLL_S)
    return not _is_alive(served)


def log_folder(model: str) -> Path:
    """Where the log of a server goes that is kept for this model."""
    return _folder() / "logs" / re.sub(r"[^\w.-]+", "-", model).strip("-.")[:_MOST_NAME]


def _is_alive(served: Served) -> bool:
    """Whether its process runs; one that has ended and waits for its parent to notice does not."""
    try:
        process = psutil.Process(served.pid)
        return abs(process.create_time() - served.started) < 1 and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _folder() -> Path:
    return cache_folder() / "models"

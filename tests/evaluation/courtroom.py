"""A prepared task with its pool, for tests that put candidates before the real judge."""

import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import AsyncMock

import docker
import psutil
import pytest

from agentpar.candidate import Candidate, Proposal, as_candidate
from agentpar.errors import SandboxError
from agentpar.evaluation import measure, toolchain
from agentpar.evaluation import prepare as preparation
from agentpar.evaluation.cascade import Cascade, verification_rounds
from agentpar.evaluation.case import Sizes
from agentpar.evaluation.prepare import prepare
from agentpar.evaluation.prepared import Prepared
from agentpar.evaluation.reference import understand
from agentpar.evaluation.session import Failed
from agentpar.judges import judge_of
from agentpar.sandbox.base import Limits
from agentpar.sandbox.docker import LABEL, connect
from agentpar.sandbox.image import image_exists, require_image
from agentpar.sandbox.kinds import Kind
from agentpar.sandbox.pool import Pool
from agentpar.task_file import load_task
from agentpar.verdict import Verdict

KINDS = [pytest.param("docker", marks=pytest.mark.docker), "bubblewrap"]
THREADS = (1, 2)
# A cheat that works gains a factor; chance on a busy machine gains a few percent.
NOISE_FLOOR = 0.25
LIMITS = Limits(candidate_memory_bytes=512 << 20, build_seconds=30)


def why_not(kind: str) -> str:
    """Why this kind of sandbox cannot be used here, or nothing."""
    if kind == "bubblewrap":
        return "" if shutil.which("bwrap") else "bubblewrap is not installed"
    try:
        connect().close()
        return "" if image_exists() else "the image is not built; run `agentpar sandbox build`"
    except SandboxError as error:
        return str(error)


def cheapest_kind() -> Kind:
    """Bubblewrap where it can be had, else Docker; skips the test where there is neither."""
    if not why_not("bubblewrap"):
        return "bubblewrap"
    if reason := why_not("docker"):
        pytest.skip(reason)
    return "docker"


@dataclass
class Courtroom:
    """One sandbox only, so that every candidate comes after the one before it."""

    kind: str
    pool: Pool
    prepared: Prepared

    async def verdict(self, source: str, *, with_race_gate: bool = False) -> Verdict:
        prepared = self.prepared
        if not with_race_gate:
            prepared = prepared.model_copy(update={"race_unchecked": "races unchecked: not what this test is about"})
        cascade = Cascade(prepared, self.pool, threads=THREADS, noise_floor=NOISE_FLOOR)
        return await cascade.evaluate(candidate_of(source))

    @property
    def search(self) -> Cascade:
        """What judges in a search."""
        return Cascade(self.prepared, self.pool, threads=THREADS, noise_floor=NOISE_FLOOR, is_search=True)

    async def failure(self, source: str) -> Failed | None:
        """What verification alone says: None when the source is right."""
        case = self.prepared
        async with self.pool.sandbox() as sandbox:
            assert await case.build(sandbox, source) is None
            judged = await case.verify(sandbox, verification_rounds(case, THREADS))
        return judged.failed

    def strays(self) -> list[str]:
        """Processes in our sandboxes, besides the runner of each."""
        if self.kind == "docker":
            with closing(docker.from_env()) as client:
                ours = client.containers.list(filters={"label": f"{LABEL}={os.getpid()}"}, ignore_removed=True)
                listed = [process for container in ours for process in container.top()["Processes"]]
            return [" ".join(process) for process in listed if "runner uids" not in process[-1]]
        children = psutil.Process().children(recursive=True)
        return [child.name() for child in children if not child.name().startswith("runner-")]


def candidate_of(source: str) -> Candidate:
    proposal = Proposal(source=source, proposer="test", strategy="", pattern="")
    return as_candidate(proposal, number=1, subtask="test")


@asynccontextmanager
async def courtroom(
    kind: Kind,
    path: Path,
    entry: str,
    *,
    known: Sizes | None = None,
    is_quick: bool = False,
    races: bool = True,
    **options: Any,
) -> AsyncIterator[Courtroom]:
    """Prepare a task once.

    `known` sizes spare the search for them, `is_quick` the optimisation of the harness and the headers
    compiled ahead; without `races` nothing is
    built to watch for them.
    """
    task = load_task(f"{path}::{entry}", {"pairs": 6, "target_ms": 2.0, **options})
    image = judge_of(task).image
    if kind == "docker":
        require_image(image, lambda _: None)
    pool = Pool(kind, size=1, limits=LIMITS, image=image)
    with pytest.MonkeyPatch.context() as patch:
        # Nothing here asserts a measured gain, so nobody waits for a busy machine to become quiet.
        patch.setattr(measure, "_QUIET_LOAD", float("inf"))
        if is_quick:
            patch.setattr(toolchain, "_HARNESS_FLAGS", ("-O0", *toolchain._HARNESS_FLAGS[1:]))
            # Of use for many candidates alone.
            patch.setattr(toolchain.Toolchain, "precompiled_header", lambda _: ["false"])
        if not races:
            patch.setattr(preparation, "_race_tools", AsyncMock(return_value=None))
        if known:  # then nothing runs under sanitizers
            for module in (toolchain, preparation):
                patch.setattr(module, "SANITIZE", ("-O0",))
        try:
            prepared = await prepare(understand(task), pool, known=known, say=lambda _: None)
            yield Courtroom(kind, pool, prepared)
        finally:
            await pool.close()

"""A Python task before the real judge in Docker, prepared once for many candidates."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from agentpar.evaluation import measure
from agentpar.evaluation.cascade import Cascade, verification_rounds
from agentpar.evaluation.python import prepare_python, understand
from agentpar.evaluation.python.case import PythonCase
from agentpar.evaluation.session import Failed
from agentpar.judges import judge_of
from agentpar.sandbox.image import require_image
from agentpar.sandbox.kinds import Kind
from agentpar.sandbox.pool import Pool
from agentpar.task_file import load_task
from agentpar.verdict import Outcome, Verdict
from tests.evaluation.courtroom import candidate_of

THREADS = (1, 2)


class Bench:
    """What judges one task."""

    def __init__(self, case: PythonCase, pool: Pool) -> None:
        self.case = case
        self.pool = pool

    async def failure(self, source: str) -> Failed | None:
        """What building and verification say: None when the source is right."""
        if problem := self.case.screen(source):
            return Failed(culprit="candidate", outcome=Outcome.SCREENED, feedback=problem)
        async with self.pool.sandbox() as sandbox:
            failed = await self.case.build(sandbox, source)
            if failed is None:
                rounds = verification_rounds(self.case, THREADS)
                failed = (await self.case.verify(sandbox, rounds)).failed
        return failed

    async def verdict(self, source: str) -> Verdict:
        """All stages; nobody waits for a busy machine to become quiet, since nothing here asserts a gain."""
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(measure, "_QUIET_LOAD", float("inf"))
            cascade = Cascade(self.case, self.pool, threads=THREADS, noise_floor=0.25)
            return await cascade.evaluate(candidate_of(source))


@asynccontextmanager
async def bench(
    place: str, *, kind: Kind = "docker", known: dict[str, Any] | None = None, **options: Any
) -> AsyncIterator[Bench]:
    """Prepare a task in one sandbox, so that every candidate comes after the one before it."""
    task = load_task(place, {"pairs": 6, "target_ms": 2.0, "threads": THREADS, **options})
    image = judge_of(task).image
    if kind == "docker":
        require_image(image, lambda _: None)
    pool = Pool(kind, size=1, image=image)
    try:
        yield Bench(await prepare_python(understand(task), pool, known=known, say=lambda _: None), pool)
    finally:
        await pool.close()


def module(folder: Path, source: str, name: str = "kernels.py") -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(source)
    return path

import asyncio
from pathlib import Path

import pytest

from agentpar.errors import ModelError
from agentpar.evaluation.trial import Trial
from agentpar.sandbox.pool import Pool
from agentpar.task_file import load_task
from tests.evaluation.courtroom import cheapest_kind

FORKS = """\
#include <unistd.h>
double roughness() {
    for (int n = 0; n < 1000; ++n)
        if (const int child = fork(); child <= 0) return child == 0 ? (setsid(), pause(), 0) : n;
    return 1000;
}
"""
TESTS = "#include <cassert>\ndouble roughness();\nint main() { assert(roughness() < 256); }\n"


@pytest.mark.sandbox
async def test_written_code_cannot_start_processes_without_end() -> None:
    task = load_task(str(Path(__file__).parents[2] / "examples" / "tasks" / "roughness"))
    pool = Pool(cheapest_kind(), size=1)
    try:
        assert (await Trial(task, pool).of(FORKS, TESTS)).problem == ""
    finally:
        await pool.close()


@pytest.mark.sandbox
async def test_no_trial_begins_once_the_time_is_over() -> None:
    is_over = False

    def require() -> None:
        if is_over:
            raise ModelError("the budget ended")

    task = load_task(str(Path(__file__).parents[2] / "examples" / "tasks" / "roughness"))
    pool = Pool(cheapest_kind(), size=1)
    try:
        async with pool.sandbox():
            waiting = asyncio.create_task(Trial(task, pool, require=require).of(FORKS, TESTS))
            await asyncio.sleep(0.1)
            is_over = True
        with pytest.raises(ModelError, match="the budget ended"):
            await waiting
    finally:
        await pool.close()

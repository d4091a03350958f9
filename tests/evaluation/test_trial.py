from pathlib import Path

import pytest

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

import asyncio
import random
import statistics
from itertools import product
from pathlib import Path

import pytest

from agentpar.candidate import content_id
from agentpar.verdict import Outcome, Verdict
from bench.pools import Pool
from bench.search import STRATEGIES, evaluations
from tests.search.doubles import SOURCE, a_task, failed, ok

pytestmark = pytest.mark.slow

STEPS = 5
SEEDS = 10


def version(steps: tuple[bool, ...], fault: str = "") -> str:
    """The more of the steps, the faster; neighbours differ in one of them."""
    lines = [f"    x[0] += {place};" for place, is_taken in enumerate(steps) if is_taken]
    return SOURCE.replace("    for", "\n".join([*lines, f"#pragma omp parallel for{fault}", "    for"]), 1)


@pytest.fixture
def pool(tmp_path: Path) -> Pool:
    """Half of the versions are wrong or race; of the others the speed-up grows with the steps, and is rough."""
    chance = random.Random(1)
    verdicts: dict[str, Verdict] = {}
    for steps in product((False, True), repeat=STEPS):
        if any(steps):
            verdicts[version(steps)] = ok(1.1 ** sum(steps) * chance.uniform(0.97, 1.03))
            fault = Outcome.RACE if sum(steps) % 2 else Outcome.WRONG_ANSWER
            verdicts[version(steps, " nowait")] = failed(fault)
    by_id = {content_id(source): verdict for source, verdict in verdicts.items()}
    return Pool(a_task(tmp_path), tuple(verdicts), by_id, ("There is nothing to gain.",) * (len(verdicts) // 5))


def test_evolution_needs_fewer_evaluations_than_independent_versions(pool: Pool, tmp_path: Path) -> None:
    means = {
        strategy: statistics.mean(
            asyncio.run(evaluations(pool, strategy, seed, tmp_path / strategy)) for seed in range(SEEDS)
        )
        for strategy in STRATEGIES
    }
    assert means["evolve"] < means["best-of-n"]


def test_a_search_of_the_same_seed_takes_the_same_evaluations(pool: Pool, tmp_path: Path) -> None:
    for strategy in STRATEGIES:
        counts = {asyncio.run(evaluations(pool, strategy, 3, tmp_path / str(again))) for again in range(2)}
        assert len(counts) == 1

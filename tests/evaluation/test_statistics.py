import numpy as np
import pytest

from agentpar.evaluation.measure import summarise
from agentpar.evaluation.statistics import Pair, gain_between, is_above, is_below, paired_ratio
from agentpar.verdict import Measurement, Outcome, Ratio, Scaling, Stage, Team, Verdict

MS = 1_000_000


def pair(ratio: float, *, threads: int = 1, baseline_ns: int = 10 * MS, delay_ns: int = 0) -> Pair:
    candidate_ns = round(baseline_ns / ratio)
    return Pair(
        threads=threads,
        baseline_ns=baseline_ns,
        candidate_ns=candidate_ns,
        cpu_ns=threads * candidate_ns,
        wall_ns=candidate_ns,
        delay_ns=delay_ns,
    )


def noisy_pairs(ratio: float, count: int, *, seed: int, spread: float = 0.05, threads: int = 1) -> list[Pair]:
    """Machine speed varies from pair to pair far more than the ratio does within one."""
    random = np.random.default_rng(seed)
    return [
        pair(ratio * np.exp(random.normal(0, spread)), threads=threads, baseline_ns=int(random.uniform(5, 20) * MS))
        for _ in range(count)
    ]


@pytest.mark.parametrize("ratio", [0.5, 1.0, 1.1, 3.7, 100.0])
def test_the_ratio_of_exact_pairs_is_exact(ratio: float) -> None:
    found = paired_ratio([pair(ratio)] * 8)
    assert found is not None and found.pairs == 8
    assert [found.low, found.median, found.high] == pytest.approx([ratio] * 3, rel=1e-6)


@pytest.mark.parametrize("ratio", [0.9, 1.0, 1.25, 2.0])
def test_the_interval_holds_the_true_ratio_in_most_experiments(ratio: float) -> None:
    found = [paired_ratio(noisy_pairs(ratio, 20, seed=seed)) for seed in range(100)]
    held = sum(r is not None and r.low <= ratio <= r.high for r in found)
    assert held >= 91  # the exact interval of 20 pairs holds it in 95.9 % of experiments


def test_a_gain_of_a_tenth_is_told_from_none_by_twenty_pairs() -> None:
    gains = [paired_ratio(noisy_pairs(1.15, 20, seed=seed)) for seed in range(40)]
    assert sum(r is not None and r.low > 1.0 for r in gains) >= 36
    copies = [paired_ratio(noisy_pairs(1.0, 20, seed=seed)) for seed in range(40)]
    assert sum(r is not None and r.low > 1.05 for r in copies) == 0


def test_no_gain_is_claimed_before_it_can_be_nearly_sure() -> None:
    clear = noisy_pairs(1.9, 40, seed=1)
    assert not is_above(clear[:10], 1.05)  # no interval of ten pairs holds a median with 99.9 %
    assert is_above(clear[:12], 1.05)


def test_six_pairs_are_enough_to_give_up_what_is_clearly_behind() -> None:
    slow = noisy_pairs(0.7, 6, seed=2)
    assert not is_below(slow[:5], 1.05)
    assert is_below(slow, 1.05)
    assert not is_above(slow, 0.1)


def test_unchanged_copies_rarely_look_like_gains() -> None:
    gains = [is_above(noisy_pairs(1.0, 20, seed=seed), 1.0) for seed in range(300)]
    assert sum(gains) <= 2  # 0.02 % are expected


@pytest.mark.parametrize("count", range(6, 14))
def test_the_interval_contains_the_median(count: int) -> None:
    for seed in range(30):
        found = paired_ratio(noisy_pairs(1.3, count, seed=seed, spread=0.4))
        assert found is not None and found.low <= found.median <= found.high


def test_one_wild_pair_does_not_move_the_median() -> None:
    found = paired_ratio([pair(1.2)] * 9 + [pair(1000.0)])
    assert found is not None and found.median == pytest.approx(1.2, rel=1e-6)


@pytest.mark.parametrize("count", [0, 1, 5])
def test_too_few_pairs_give_no_number(count: int) -> None:
    assert paired_ratio([pair(2.0)] * count) is None


def test_too_few_quiet_pairs_give_no_number() -> None:
    loud = [pair(2.0, delay_ns=5 * MS)] * 50
    assert paired_ratio([*loud, *[pair(2.0)] * 5]) is None
    found = paired_ratio([*loud, *[pair(2.0)] * 6])
    assert found is not None and found.pairs == 6


def test_the_gate_looks_at_the_delay_of_the_baseline_only() -> None:
    quiet = pair(2.0)
    assert quiet.is_quiet
    assert not quiet.model_copy(update={"delay_ns": MS}).is_quiet
    # A candidate that is slow, idle or oversubscribed cannot have its own pair thrown away.
    for change in ({"candidate_ns": 10_000 * MS}, {"cpu_ns": 0}, {"wall_ns": 10_000 * MS}, {"threads": 64}):
        assert quiet.model_copy(update=change).is_quiet


def test_a_delay_that_is_small_beside_the_baseline_is_quiet() -> None:
    assert pair(1.0, baseline_ns=100 * MS, delay_ns=4 * MS).is_quiet
    assert not pair(1.0, baseline_ns=100 * MS, delay_ns=6 * MS).is_quiet


def test_the_same_pairs_give_the_same_interval() -> None:
    pairs = noisy_pairs(1.3, 20, seed=1)
    assert paired_ratio(pairs) == paired_ratio(pairs)


def test_a_candidate_that_took_no_time_at_all_breaks_nothing() -> None:
    found = paired_ratio([pair(1.0).model_copy(update={"candidate_ns": 0})] * 6)
    assert found is not None and np.isfinite([found.low, found.median, found.high]).all()


def test_the_parallel_gain_is_the_candidates_own() -> None:
    # Four times faster than the baseline on one thread already; twice as fast again on two.
    gain = gain_between([pair(4.0)] * 8, [pair(8.0, threads=2)] * 8)
    assert gain is not None and gain.median == pytest.approx(2.0, rel=1e-6)
    assert gain_between([pair(4.0)] * 8, [pair(8.0)] * 5) is None


def measurement(low: float, *, noise_floor: float, median: float = 2.0) -> Measurement:
    points = tuple(
        Scaling(
            threads=threads,
            ratio=Ratio(median=m, low=m * low / median, high=m * 1.1, pairs=20),
            baseline_ms=10,
            candidate_ms=5,
            threads_seen=threads,
        )
        for threads, m in ((1, median / 2), (2, median))
    )
    gain = Ratio(median=2, low=1.9, high=2.1, pairs=20)
    return Measurement(sizes={"n": 10}, scaling=points, parallel_gain=gain, noise_floor=noise_floor)


@pytest.mark.parametrize(
    ("low", "noise_floor", "is_improvement"),
    [(1.01, 0.0, True), (1.0, 0.0, False), (0.99, 0.0, False), (1.04, 0.05, False), (1.06, 0.05, True)],
)
def test_an_improvement_lies_above_what_an_unchanged_copy_showed(
    low: float, noise_floor: float, is_improvement: bool
) -> None:
    assert measurement(low, noise_floor=noise_floor).is_improvement is is_improvement


def test_the_best_thread_count_decides() -> None:
    measured = measurement(1.8, noise_floor=0.02)
    assert measured.best.threads == 2 and measured.speedup == 2.0
    slower_with_two = measured.model_copy(update={"scaling": measured.scaling[::-1]})
    assert slower_with_two.best.threads == 2


@pytest.mark.parametrize("outcome", [o for o in Outcome if o is not Outcome.OK])
def test_what_is_not_right_is_no_improvement_however_fast(outcome: Outcome) -> None:
    fast = measurement(1.9, noise_floor=0.0)
    assert Verdict(outcome=Outcome.OK, stage=Stage.MEASURE, measurement=fast).is_improvement
    assert not Verdict(outcome=outcome, stage=Stage.MEASURE, measurement=fast).is_improvement
    assert not Verdict(outcome=Outcome.OK, stage=Stage.MEASURE).is_improvement


@pytest.mark.parametrize(("first", "is_told"), [(None, False), (1.0, False), (0.9, True)])
def test_a_gain_that_a_processs_first_call_has_less_than_half_of_is_told(first: float | None, is_told: bool) -> None:
    assert measurement(1.9, noise_floor=0.0).model_copy(update={"first_call": first}).gains_later == is_told


def test_a_summary_has_a_point_for_each_thread_count() -> None:
    pairs = [pair(1.0)] * 7 + [pair(1.9, threads=2)] * 8 + [pair(1.9, threads=2, delay_ns=5 * MS)]
    found = summarise(pairs, (Team(1), Team(2)), sizes={"n": 5}, noise_floor=0.03)
    assert found is not None
    assert [(p.threads, p.ratio.pairs) for p in found.scaling] == [(1, 7), (2, 8)]
    assert [p.ratio.median for p in found.scaling] == pytest.approx([1.0, 1.9], rel=1e-6)
    assert found.parallel_gain.median == pytest.approx(1.9, rel=1e-6)
    assert found.scaling[1].threads_seen == pytest.approx(2.0)
    assert found.scaling[1].baseline_ms == pytest.approx(10.0)
    assert (found.dropped_pairs, found.noise_floor, found.sizes) == (1, 0.03, {"n": 5})


def test_a_thread_count_without_enough_quiet_pairs_leaves_nothing_to_report() -> None:
    pairs = [pair(1.0)] * 20 + [pair(1.9, threads=2)] * 5
    assert summarise(pairs, (Team(1), Team(2)), sizes={}, noise_floor=0.0) is None


def test_of_ranks_and_threads_the_fastest_way_to_divide_the_most_is_what_gains_in_parallel() -> None:
    teams = {Team(1, 1): 1.0, Team(2, 1): 1.9, Team(2, 2): 1.4}
    pairs = [
        pair(ratio, threads=team.threads).model_copy(update={"ranks": team.ranks})
        for team, ratio in teams.items()
        for _ in range(8)
    ]
    found = summarise(pairs, tuple(teams), sizes={}, noise_floor=0.0)
    assert found is not None
    assert found.parallel_gain.median == pytest.approx(1.9, rel=1e-6)
    assert found.workers(found.best) == found.workers(found.widest) == "1 rank of 2 threads"
    assert [found.workers(point) for point in found.scaling][::2] == ["1 rank of 1 thread", "2 ranks of 1 thread"]

import pytest

from agentpar.search.budget import Progress, Stopper, candidates, first_of, gpu_seconds, seconds, tokens

SPENT = Progress(judged=10, seconds=60.0, since_best=3, tokens=500, gpu_seconds=7.5)


@pytest.mark.parametrize(
    ("over", "not_yet", "reason"),
    [
        (candidates(10), candidates(11), "10 candidates judged"),
        (seconds(60.0), seconds(60.1), "60 s are over"),
        (tokens(500), tokens(501), "500 tokens are used"),
        (gpu_seconds(7.5), gpu_seconds(8.0), "7.5 s of the model are used"),
    ],
)
def test_each_limit_is_reached_exactly(over: Stopper, not_yet: Stopper, reason: str) -> None:
    assert over(SPENT) == reason and not_yet(SPENT) is None


def test_what_has_no_limit_never_stops() -> None:
    assert tokens(None)(SPENT) is gpu_seconds(None)(SPENT) is None


def test_limits_compose_and_the_first_reason_counts() -> None:
    assert first_of(tokens(None), seconds(99.0), tokens(1), candidates(1))(SPENT) == "1 tokens are used"
    assert first_of()(SPENT) is None

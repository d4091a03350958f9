from agentpar.candidate import Candidate, Proposal, as_candidate
from agentpar.proposers.base import SearchState
from agentpar.proposers.recombine import MOST_PARENTS, RecombineProposer, changes, merged
from agentpar.verdict import Verdict
from tests.search.doubles import failed, ok

SERIAL = (
    "void f(double* a, double* b, int n) {\n    for (int i = 0; i < n; ++i) a[i] += 1;\n    n *= 1;\n    scan(b);\n}\n"
)
FIRST = SERIAL.replace("    for", "#pragma omp parallel for\n    for")
SECOND = SERIAL.replace("scan(b)", "fast_scan(b)")
BOTH = FIRST.replace("scan(b)", "fast_scan(b)")


def state(*versions: tuple[str, Verdict]) -> SearchState:
    return SearchState(SERIAL, "f", "openmp", 0, tuple(judged(n, *each) for n, each in enumerate(versions, 1)))


def judged(number: int, source: str, verdict: Verdict) -> tuple[Candidate, Verdict]:
    made = Proposal(source=source, proposer="p", strategy="s", pattern="serial")
    return as_candidate(made, number=number, subtask="f"), verdict


async def test_two_versions_that_change_different_lines_are_crossed() -> None:
    (found,) = await RecombineProposer().propose(state((FIRST, ok(2.0)), (SECOND, ok(3.0))), 5)
    assert found.source == BOTH and found.pattern == "parallel-for"
    assert found.strategy == "#2 crossed with #1" and len(found.parents) == 2


async def test_only_verified_gains_are_crossed_and_nothing_twice() -> None:
    proposer = RecombineProposer()
    assert await proposer.propose(state((FIRST, ok(2.0)), (SECOND, failed())), 5) == []
    assert await proposer.propose(state((FIRST, ok(2.0)), (SECOND, ok(1.0))), 5) == []
    assert await proposer.propose(state((FIRST, ok(2.0)), (SECOND, ok(1.5)), (BOTH, ok(1.2))), 5) == []


async def test_a_shorter_history_is_taken_as_it_is() -> None:
    proposer = RecombineProposer()
    whole = state((FIRST, ok(2.0)), (SECOND, ok(3.0)))
    assert await proposer.propose(whole, 5) == await proposer.propose(whole, 5) != []
    assert await proposer.propose(state((FIRST, ok(2.0))), 5) == []


async def test_the_fastest_pairs_come_first_and_not_every_pair_is_tried() -> None:
    lines = "".join(f"int x{i};\nint y{i};\n" for i in range(20))
    versions = [(f"{lines.replace(f'x{i};', f'z{i};')}{SERIAL}", ok(2.0 + i)) for i in range(20)]
    given = SearchState(lines + SERIAL, "f", "openmp", 0, tuple(judged(n, *v) for n, v in enumerate(versions, 1)))
    found = await RecombineProposer().propose(given, 999)
    assert found[0].strategy == "#20 crossed with #19"
    assert len(found) == MOST_PARENTS * (MOST_PARENTS - 1) // 2


def test_changes_that_meet_are_not_merged() -> None:
    other = FIRST.replace("parallel for", "parallel for simd")
    assert merged(SERIAL, changes(SERIAL, FIRST), changes(SERIAL, other)) is None
    touching = SERIAL.replace("a[i] += 1", "a[i] += 2")
    assert merged(SERIAL, changes(SERIAL, FIRST), changes(SERIAL, touching)) is None
    assert merged(SERIAL, changes(SERIAL, FIRST), changes(SERIAL, FIRST)) == FIRST

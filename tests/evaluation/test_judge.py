from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from agentpar.verdict import Outcome
from tests.evaluation import cheats
from tests.evaluation.cheats import BENCHMARK, HONEST, Case
from tests.evaluation.courtroom import KINDS, Courtroom, courtroom, why_not

pytestmark = [pytest.mark.sandbox, pytest.mark.asyncio(loop_scope="module")]


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=KINDS)
async def court(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Courtroom]:
    if reason := why_not(request.param):
        pytest.skip(reason)
    path = tmp_path_factory.mktemp("task") / "product.cpp"
    path.write_text(HONEST)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AGENTPAR_TEST", "SECRET")  # the candidate that looks for it is wrong if it finds it
        async with courtroom(request.param, path, "product", benchmark=dict.fromkeys("MNK", BENCHMARK)) as opened:
            yield opened


def table(cases: list[Case]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("case", cases, ids=lambda case: case.does)


async def judged(court: Courtroom, case: Case) -> None:
    verdict = await court.verdict(case.source)
    assert verdict.outcome in case.outcomes, verdict
    assert case.feedback in verdict.feedback, verdict
    assert not verdict.is_improvement
    assert court.strays() == []
    assert await court.failure(HONEST) is None


@table(cheats.WRONG)
async def test_a_wrong_answer_is_found_by_a_candidate_that(court: Courtroom, case: Case) -> None:
    await judged(court, case)


@table(cheats.CRASHES)
async def test_a_crash_is_seen_of_a_candidate_that(court: Courtroom, case: Case) -> None:
    await judged(court, case)


@table(cheats.HANGS)
async def test_time_runs_out_for_a_candidate_that(court: Courtroom, case: Case) -> None:
    await judged(court, case)


@table(cheats.GREEDY)
async def test_resources_are_bounded_for_a_candidate_that(court: Courtroom, case: Case) -> None:
    await judged(court, case)


@table(cheats.LIARS)
async def test_tampering_is_seen_of_a_candidate_that(court: Courtroom, case: Case) -> None:
    await judged(court, case)


@table(cheats.HARMLESS)
async def test_nothing_is_gained_by_a_candidate_that(court: Courtroom, case: Case) -> None:
    await judged(court, case)


@table(cheats.NEVER_FASTER)
async def test_no_speed_up_is_believed_of_a_candidate_that(court: Courtroom, case: Case) -> None:
    await judged(court, case)


@table(cheats.UNBUILDABLE)
async def test_nothing_is_run_of_a_candidate_that(court: Courtroom, case: Case) -> None:
    await judged(court, case)


async def test_the_honest_version_is_right_and_every_gate_saw_it(court: Courtroom) -> None:
    verdict = await court.verdict(HONEST, with_race_gate=True)
    assert verdict.outcome is Outcome.OK, verdict
    assert {"build", "verify", "race", "measure"} == verdict.stage_seconds.keys()
    assert not any("race" in gap for gap in verdict.unchecked)


async def test_a_right_parallel_version_passes_the_race_gate(court: Courtroom) -> None:
    parallel = HONEST.replace("    for (int i", "#pragma omp parallel for reduction(max : largest)\n    for (int i")
    verdict = await court.verdict(parallel, with_race_gate=True)
    assert verdict.outcome is Outcome.OK, verdict
    assert not any("race" in gap for gap in verdict.unchecked)


RACY = HONEST.replace("#include <vector>", "#include <vector>\nint touched;").replace(
    "    for (int i", "#pragma omp parallel for reduction(max : largest)\n    for (int i"
)
RACY = RACY.replace("            C[i * N + j] = sum;", "            C[i * N + j] = sum;\n            touched = M;")


async def test_a_race_that_every_value_check_passes_is_found_with_its_line(court: Courtroom) -> None:
    assert await court.failure(RACY) is None
    verdict = await court.verdict(RACY, with_race_gate=True)
    assert verdict.outcome is Outcome.RACE, verdict
    line = RACY.splitlines().index("            touched = M;") + 1
    assert f"line {line}: `touched = M;`" in verdict.feedback


@pytest.mark.parametrize("word", ["__clang__", "__SANITIZE_THREAD__"])
async def test_a_race_that_hides_from_the_compiler_of_the_race_gate_is_no_silent_pass(
    court: Courtroom, word: str
) -> None:
    condition = "defined(__clang__)" if word == "__clang__" else "__has_feature(thread_sanitizer)"
    guard = f"#ifndef __has_feature\n#define __has_feature(x) 0\n#endif\n#if !{condition}\n"
    hidden = RACY.replace("            touched = M;\n", "TOUCH\n").replace(
        "int touched;", f"int touched;\n{guard}#define TOUCH touched = M;\n#else\n#define TOUCH\n#endif"
    )
    verdict = await court.verdict(hidden, with_race_gate=True)
    assert verdict.outcome in (Outcome.RACE, Outcome.SCREENED) or any("race" in gap for gap in verdict.unchecked)


async def test_a_candidate_that_leaves_its_mark_does_not_meet_it_again(court: Courtroom) -> None:
    leaves = cheats.honest_before(
        'if (access("mark", F_OK) == 0 && M > 0) C[0] += 1;'
        ' for (const char* p : {"mark", "/dev/shm/mark", "/tmp/mark"}) (void)!write(open(p, 66, 511), "x", 1);'
    )
    assert await court.failure(leaves) is None
    assert await court.failure(leaves.replace('"mark"', '"/dev/shm/mark"', 1)) is None


async def test_threads_are_bounded_for_every_candidate(court: Courtroom) -> None:
    many = cheats.honest_after("if (too_many()) return -1;", globals_=cheats.TOO_MANY_THREADS)
    assert await court.failure(many) is None
    assert await court.failure(HONEST) is None

import dataclasses
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from agentpar.evaluation import race
from agentpar.evaluation.case import Sizes
from agentpar.evaluation.prepare import prepare
from agentpar.evaluation.prepared import Prepared
from agentpar.evaluation.race import gate
from agentpar.evaluation.race.rounds import sessions
from agentpar.evaluation.race.visible import made_visible
from agentpar.evaluation.reference import understand
from agentpar.evaluation.session import Failed, Judged
from agentpar.sandbox.pool import Pool
from agentpar.task_file import load_task
from agentpar.verdict import Outcome
from bench.races.labelled import FOLDER, Kernel, kernels, tasks
from bench.races.trial import try_kernel
from tests.evaluation.courtroom import cheapest_kind

# One task, so that it is prepared once; the whole set is what `python -m bench.races` judges.
TASK = "weigh"
SIZES = Sizes(edges=(), refused=(), generic=((7,), (31,), (64,)), benchmark=(120_000,), baseline_ms=0.2)
RACY = (
    "missing_reduction",
    "missing_private",
    "atomic_add_plain_read",
    "critical_with_two_names",
    "lock_that_was_not_got_in_time",
    "long_double_sum",
    "results_copied_too_early",
    "single_nowait",
    "same_loop_twice_runtime_nowait",
    "static_local_scratch",
    "thread_read_before_join",
    "only_the_sixth_thread",
    "only_when_large",
)
CLEAN = (
    "declared_reduction_from_the_original",
    "false_sharing",
    "locks_with_deadlines",
    "many_tasks_with_private_copies",
    "ordered_sum",
    "pool_kept_between_calls",
    "release_and_acquire_hand_over_data",
    "simd_with_reduction",
    "struct_fields_apart",
    "task_reduction",
)


def chosen(names: tuple[str, ...], *, is_racy: bool) -> list[Kernel]:
    return [kernel for kernel in kernels(TASK) if kernel.is_racy == is_racy and kernel.name in names]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def bench() -> AsyncIterator[tuple[Pool, Prepared]]:
    """A pool and the prepared task; its sizes are given, which spares the search for them."""
    pool = Pool(cheapest_kind(), size=1)
    try:
        task = load_task(str(FOLDER / TASK))
        prepared = await prepare(understand(task), pool, known=SIZES, say=lambda _: None)
        assert not prepared.race_unchecked
        yield pool, prepared
    finally:
        await pool.close()


in_sandbox = pytest.mark.asyncio(loop_scope="module")


@pytest.mark.sandbox
@in_sandbox
@pytest.mark.parametrize("kernel", chosen(RACY, is_racy=True), ids=lambda kernel: kernel.name)
async def test_a_race_is_found_with_its_lines_and_its_variable(bench: tuple[Pool, Prepared], kernel: Kernel) -> None:
    finding = (await try_kernel(*bench, kernel, compare=False)).finding
    assert finding.outcome is Outcome.RACE, finding
    assert kernel.has_right_lines(finding.feedback), finding.feedback
    assert kernel.has_right_variable(finding.feedback), finding.feedback


@pytest.mark.sandbox
@in_sandbox
@pytest.mark.parametrize("kernel", chosen(CLEAN, is_racy=False), ids=lambda kernel: kernel.name)
async def test_what_does_not_race_is_not_condemned(bench: tuple[Pool, Prepared], kernel: Kernel) -> None:
    finding = (await try_kernel(*bench, kernel, compare=False)).finding
    assert finding == race.RaceFinding()


def after_the_sum(name: str, code: str) -> Kernel:
    """The kernel with more code at its beginning."""
    kernel = next(kernel for kernel in kernels(TASK) if kernel.name == name)
    begin = "double sum = 0.0;"
    assert begin in kernel.source
    return dataclasses.replace(kernel, source=kernel.source.replace(begin, f"{begin}\n    {code}"))


@pytest.mark.sandbox
@in_sandbox
async def test_what_only_the_users_compiler_accepts_is_unchecked(bench: tuple[Pool, Prepared]) -> None:
    only_gcc = (
        "typedef int Four __attribute__((vector_size(16))); Four four{}; four = __builtin_shuffle(four, four); "
        "sum += four[0];"
    )
    kernel = after_the_sum("missing_reduction", only_gcc)
    finding = (await try_kernel(*bench, kernel, compare=False)).finding
    assert finding.outcome is None
    assert "races unchecked: clang does not accept" in finding.unchecked


@pytest.mark.sandbox
@in_sandbox
async def test_a_crash_under_the_sanitizer_is_the_candidates_own(bench: tuple[Pool, Prepared]) -> None:
    kernel = after_the_sum("reduction", "if (n > 50) *(volatile int*)8 = 1;")
    finding = (await try_kernel(*bench, kernel, compare=False)).finding
    assert finding.outcome is Outcome.CRASH, finding


@pytest.mark.sandbox
async def test_the_gate_does_not_trust_itself_where_it_cannot_be_built(monkeypatch: pytest.MonkeyPatch) -> None:
    pool = Pool(cheapest_kind(), size=1)
    try:
        async with pool.sandbox() as sandbox:
            assert await race.build_tools(sandbox)
            assert await race.self_test(sandbox) == ""
            monkeypatch.setattr(gate, "CLANG", "clang++-that-is-not-there")
            assert not await race.build_tools(sandbox)
    finally:
        await pool.close()


@pytest.mark.sandbox
@in_sandbox
async def test_the_gate_does_not_trust_itself_where_it_sees_no_races(
    bench: tuple[Pool, Prepared], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(gate._ENVIRONMENT, "TSAN_OPTIONS", "report_bugs=0:exitcode=66")
    async with bench[0].sandbox() as sandbox:
        assert "misjudges a known racy program" in await race.self_test(sandbox)


def ended(output: str, ending: str = "exit 66") -> Judged:
    failed = Failed(culprit="candidate", outcome=Outcome.CRASH, feedback="the process left")
    return Judged(rounds=(), failed=failed, candidate_output=output, candidate_ending=ending)


CRASHED = "==7==ERROR: ThreadSanitizer: SEGV on unknown address\n    #0 <null> <null> ({}+0x45)\n"


@pytest.mark.parametrize(
    "output",
    [
        "OMP: Error #13: Assertion failure at kmp_tasking.cpp(1738).",
        "==7==ERROR: ThreadSanitizer: hard rss limit exhausted (3000Mb vs 3001Mb)",
        "==7==ERROR: ThreadSanitizer: stack-overflow on address 0x7ffc",
        "FATAL: ThreadSanitizer: unexpected memory mapping 0x55",
        CRASHED.format("libarcher.so"),
        CRASHED.format("libomp.so.5"),
    ],
)
def test_a_failure_of_the_tools_is_neither_a_race_nor_a_pass(output: str) -> None:
    judged = ended(output)
    assert not gate.is_race(judged)
    finding = gate.without_race(judged.failed, output) if judged.failed else None
    assert finding is not None and finding.outcome is None
    assert finding.unchecked.startswith("races unchecked: ")
    assert judged.failed and gate.is_beyond_means(judged.failed, output)  # which is no loss with many threads


def test_a_crash_in_the_candidates_own_code_condemns_it() -> None:
    judged = ended(CRASHED.format("race.so"))
    assert not gate.is_race(judged)
    assert judged.failed and gate.without_race(judged.failed, judged.candidate_output).outcome is Outcome.CRASH
    assert not gate.is_beyond_means(judged.failed, judged.candidate_output)


def test_a_candidate_that_drowns_the_report_is_racy_all_the_same() -> None:
    assert gate.is_race(ended("noise " * 10_000))


@pytest.mark.parametrize(
    ("outcome", "culprit"),
    [
        (Outcome.TIMEOUT, "candidate"),
        (Outcome.OUT_OF_MEMORY, "candidate"),
        (Outcome.BUILD_ERROR, "candidate"),
        (Outcome.CRASH, "baseline"),
    ],
)
def test_what_could_not_be_watched_to_its_end_is_unchecked(outcome: Outcome, culprit: str) -> None:
    finding = gate.without_race(Failed(culprit=culprit, outcome=outcome, feedback="too slow"), "")
    assert finding.outcome is None
    assert finding.unchecked.startswith("races unchecked")


def test_every_remainder_and_team_is_tried_at_small_sizes_and_the_timed_size_is_tried() -> None:
    plans = [rounds for _, rounds in sessions([(31, 17), (64, 61)], (4096, 2000), threads=(1, 2, 6))]
    small = {(r.dims[0] % 8, r.threads) for r in plans[0]}
    assert small == {(remainder, threads) for remainder in range(8) for threads in (2, 3, 4, 6, 8)}
    assert {r.dims[0] % 8 for r in plans[1]} == set(range(8))
    at_timed = {r.threads for plan in plans for r in plan if r.dims == (4096, 2000)}
    assert at_timed == {2, 6, 16}, "and with parts so short that the tool remembers all of each"
    assert all(plan[0].threads > 1 for plan in plans), "what is made once must be made in a team"


def test_the_timed_size_is_left_to_those_who_ask_for_it() -> None:
    plans = [rounds for _, rounds in sessions([(31,), (64,)], (4096,), threads=(1, 2), as_timed=False)]
    assert all(plans)
    assert max(r.dims[0] for plan in plans for r in plan) < 4096


def test_what_the_sanitizer_would_not_see_becomes_visible() -> None:
    ir = made_visible(
        "define void @f() {\n"
        "  %1 = atomicrmw fadd ptr getelementptr (%S, ptr @g, i32 0), double %0 monotonic, align 8, !dbg !7\n"
        "  %2 = load x86_fp80, ptr @total, align 16, !dbg !8\n"
        "  store <4 x double> %3, ptr %p, align 32\n"
        "  store <2 x double> %4, ptr %q, align 16\n"
        "  call void @llvm.memcpy.p0.p0.i64(ptr align 8 %a, ptr noundef getelementptr (%S, ptr @g, i32 1), i64 %n,"
        " i1 false), !dbg !9\n"
        "}\n"
    )
    lines = [line.strip() for line in ir.splitlines()]
    assert (
        "%1 = call double @agentpar_atomic_add_double(ptr getelementptr (%S, ptr @g, i32 0), double %0), !dbg !7"
        in (lines)
    )
    calls = [line for line in lines if line.startswith("call void @__tsan")]
    assert calls == [
        "call void @__tsan_read_range(ptr @total, i64 10), !dbg !8",
        "call void @__tsan_write_range(ptr %p, i64 32)",
        "call void @__tsan_write_range(ptr %a, i64 %n), !dbg !9",
        "call void @__tsan_read_range(ptr getelementptr (%S, ptr @g, i32 1), i64 %n), !dbg !9",
    ]


def test_the_labelled_set_is_large_and_every_racy_kernel_says_where() -> None:
    found = [kernel for task in tasks() for kernel in kernels(task)]
    racy = [kernel for kernel in found if kernel.is_racy]
    assert len(racy) >= 30 and len(found) - len(racy) >= 30
    assert [kernel.name for kernel in racy if not kernel.lines or not all(kernel.variables)] == []
    assert {*RACY, *CLEAN} <= {kernel.name for kernel in found if kernel.task == TASK}

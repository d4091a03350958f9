import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass

import psutil
import pytest
import pytest_asyncio

from agentpar.evaluation import cascade
from agentpar.sandbox.kinds import Kind, open_sandbox
from agentpar.verdict import Measurement, Outcome
from tests.evaluation.courtroom import KINDS, LIMITS, Courtroom, candidate_of, courtroom, why_not
from tests.search.doubles import ok

# Hostile candidates are in agentpar/attack; here is what the judge says of mistakes, races and bounds.
pytestmark = [pytest.mark.sandbox, pytest.mark.asyncio(loop_scope="module")]

BENCHMARK = 110

HONEST = """\
#include <vector>

// C = A * B; returns the largest element of C, or 0.
double product(const std::vector<double>& A, const std::vector<double>& B, std::vector<double>& C, int M, int N,
               int K) {
    double largest = 0.0;
    for (int i = 0; i < M; ++i) {
        for (int j = 0; j < N; ++j) {
            double sum = 0.0;
            for (int k = 0; k < K; ++k) {
                sum += A[i * K + k] * B[k * N + j];
            }
            C[i * N + j] = sum;
            if (sum > largest) largest = sum;
        }
    }
    return largest;
}
"""


def doing(what: str, *, include: str = "", before: str = "") -> str:
    """The honest version, with something done at the beginning of each call."""
    text = HONEST.replace("#include <vector>\n", f"#include <vector>\n{include}\n{before}\n", 1)
    return text.replace("    double largest = 0.0;\n", f"    {what}\n    double largest = 0.0;\n", 1)


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=KINDS)
async def court(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Courtroom]:
    if reason := why_not(request.param):
        pytest.skip(reason)
    path = tmp_path_factory.mktemp("task") / "product.cpp"
    path.write_text(HONEST)
    async with courtroom(request.param, path, "product", benchmark=dict.fromkeys("MNK", BENCHMARK)) as opened:
        yield opened


@dataclass(frozen=True)
class Mistake:
    """What goes wrong, the outcome, and words that a person needs to mend it."""

    does: str
    source: str
    outcome: Outcome
    feedback: str


MISTAKES = [
    Mistake(
        "does not compile",
        HONEST.replace("double sum = 0.0;", "double sum = zero;"),
        Outcome.BUILD_ERROR,
        "candidate.cpp:9:",
    ),
    Mistake("is named otherwise", HONEST.replace("product(", "produce("), Outcome.BUILD_ERROR, "product"),
    Mistake("holds a NUL byte", HONEST + "\0", Outcome.SCREENED, "NUL"),
    Mistake(
        "returns one wrong element",
        HONEST.replace("= sum;", "= i == 1 ? sum + 1e-6 : sum;"),
        Outcome.WRONG_ANSWER,
        "differs by 1e-06",
    ),
    Mistake("returns a wrong result", HONEST.replace("return l", "return 1.1 * l"), Outcome.WRONG_ANSWER, "the result"),
    Mistake(
        "throws",
        doing('throw std::runtime_error("gave up");', include="#include <stdexcept>"),
        Outcome.CRASH,
        "gave up",
    ),
    Mistake("follows a null pointer", doing("*(volatile int*)nullptr = 1;"), Outcome.CRASH, "segmentation fault"),
    Mistake("aborts", doing("std::abort();", include="#include <cstdlib>"), Outcome.CRASH, "aborted"),
    Mistake("divides by zero", doing("volatile int n = 0; n = 7 / n;"), Outcome.CRASH, "arithmetic"),
]


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: mistake.does)
async def test_the_feedback_names_the_mistake_of_a_candidate_that(court: Courtroom, mistake: Mistake) -> None:
    verdict = await court.verdict(mistake.source)
    assert verdict.outcome is mistake.outcome, verdict
    assert mistake.feedback in verdict.feedback


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


@pytest.mark.parametrize(("speedup", "outcome"), [(0.9, Outcome.OK), (2.0, Outcome.RACE)])
async def test_in_a_search_only_what_is_faster_is_watched_for_races(
    court: Courtroom, speedup: float, outcome: Outcome
) -> None:
    with always_timed(speedup):
        verdict = await court.search.evaluate(candidate_of(RACY))
    assert verdict.outcome is outcome, verdict
    assert any("races unchecked: it is not faster" in gap for gap in verdict.unchecked) == (outcome is Outcome.OK)


async def test_a_race_at_the_timed_size_alone_does_not_pass_the_re_test(court: Courtroom) -> None:
    late = RACY.replace("touched = M;", f"if (M >= {BENCHMARK}) touched = M;")
    with always_timed(2.0):
        early = await court.search.evaluate(candidate_of(late))
        champion = await court.search.confirm(candidate_of(late))
    assert early.is_improvement, early
    assert any("races unchecked at larger sizes" in gap for gap in early.unchecked)
    assert champion.outcome is Outcome.RACE, champion


@contextmanager
def always_timed(speedup: float) -> Iterator[None]:
    """A stand-in for the experiment: what it finds is this machine's and this moment's."""

    async def found(*_: object, **__: object) -> Measurement | None:
        return ok(speedup).measurement

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cascade, "measure", found)
        yield


async def test_a_candidate_that_leaves_its_mark_does_not_meet_it_again(court: Courtroom) -> None:
    leaves = doing(
        'if (access("mark", F_OK) == 0) return -1;'
        ' for (const char* p : {"mark", "/dev/shm/mark", "/tmp/mark"}) (void)!write(open(p, 66, 511), "x", 1);',
        include="#include <fcntl.h>\n#include <unistd.h>",
    )
    assert await court.failure(leaves) is None
    assert await court.failure(leaves.replace('"mark"', '"/dev/shm/mark"', 1)) is None


TOO_MANY_THREADS = """
static void* idle(void*) { for (;;) pause(); }
static bool too_many() {
    static int made = 0;
    pthread_attr_t small;
    pthread_attr_init(&small);
    pthread_attr_setstacksize(&small, 1 << 16);
    pthread_t thread;
    while (made < 2000 && pthread_create(&thread, &small, idle, nullptr) == 0) ++made;
    return made >= 2000;
}
"""


async def test_threads_are_bounded_for_every_candidate(court: Courtroom) -> None:
    many = doing(
        "if (too_many()) return -1;", include="#include <pthread.h>\n#include <unistd.h>", before=TOO_MANY_THREADS
    )
    assert await court.failure(many) is None
    assert await court.failure(HONEST) is None


async def test_a_crowd_in_other_sandboxes_takes_no_threads_from_a_candidate(court: Courtroom) -> None:
    threaded = doing("std::thread([] {}).join();", include="#include <thread>")
    async with crowd(court.kind, sandboxes=3, processes=200):
        assert await court.failure(threaded) is None


@asynccontextmanager
async def crowd(kind: Kind, *, sandboxes: int, processes: int) -> AsyncIterator[None]:
    """That many idle processes of a candidate's user in each of so many sandboxes."""
    script = f"for i in $(seq {processes}); do sleep 77 & done; wait"
    async with AsyncExitStack() as stack:
        started = []
        for number in range(sandboxes):
            sandbox = await open_sandbox(kind, f"crowd-{number}", LIMITS)
            stack.push_async_callback(sandbox.close)
            running = sandbox.run("candidate", ["sh", "-c", script], timeout_s=60, bounded=False)
            started.append(asyncio.create_task(running))
        while sum(each.info["cmdline"] == ["sleep", "77"] for each in psutil.process_iter(["cmdline"])) < (
            sandboxes * processes
        ):
            assert not any(each.done() for each in started)
            await asyncio.sleep(0.1)
        yield
        await stack.aclose()
        await asyncio.gather(*started, return_exceptions=True)

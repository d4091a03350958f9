"""What candidates of the targets `threads` and `stdpar` see, and how they are judged."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import pytest_asyncio

from agentpar.verdict import Outcome
from tests.evaluation.courtroom import Courtroom, cheapest_kind, courtroom

pytestmark = [pytest.mark.sandbox, pytest.mark.asyncio(loop_scope="module")]

SERIAL = """\
#include <cmath>
#include <cstddef>
#include <vector>

double norm(const std::vector<double>& x, std::vector<double>& y) {
    double sum = 0.0;
    for (std::size_t i = 0; i < x.size(); ++i) {
        y[i] = std::sqrt(1.0 + x[i] * x[i]);
        sum += y[i];
    }
    return sum;
}
"""
THREADS = """\
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <functional>
#include <thread>
#include <vector>

double norm(const std::vector<double>& x, std::vector<double>& y) {
    const std::size_t n = x.size(), count = std::max(1u, std::thread::hardware_concurrency());
    std::vector<double> sums(count);
    const auto work = [&](std::size_t number) {
        double sum = 0.0;
        for (std::size_t i = n * number / count; i < n * (number + 1) / count; ++i) {
            y[i] = std::sqrt(1.0 + x[i] * x[i]);
            sum += y[i];
        }
        sums[number] = sum;
    };
    std::vector<std::thread> threads;
    for (std::size_t number = 0; number < count; ++number) threads.emplace_back(work, number);
    for (std::thread& thread : threads) thread.join();
    double sum = 0.0;
    for (double part : sums) sum += part;
    return sum;
}
"""
RACY_THREADS = THREADS.replace("sums[number] = sum;", "sums[0] += sum;")
STDPAR = """\
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <execution>
#include <functional>
#include <numeric>
#include <vector>

double norm(const std::vector<double>& x, std::vector<double>& y) {
    std::transform(std::execution::par, x.begin(), x.end(), y.begin(), [](double v) { return std::sqrt(1.0 + v * v); });
    return std::reduce(std::execution::par, y.begin(), y.begin() + static_cast<std::ptrdiff_t>(x.size()));
}
"""
# The same with a sum in a variable that all share.
RACY_STDPAR = STDPAR.replace("return std::sqrt(1.0", "return total += 1.0, std::sqrt(1.0").replace("[](", "[&](")
RACY_STDPAR = RACY_STDPAR.replace("    std::transform", "    double total = 0.0;\n    std::transform")
TBB = """\
#include <cmath>
#include <cstddef>
#include <numeric>
#include <tbb/parallel_for.h>
#include <vector>

double norm(const std::vector<double>& x, std::vector<double>& y) {
    tbb::parallel_for(std::size_t{0}, x.size(), [&](std::size_t i) { y[i] = std::sqrt(1.0 + x[i] * x[i]); });
    return std::accumulate(y.begin(), y.begin() + static_cast<std::ptrdiff_t>(x.size()), 0.0);
}
"""


def throwing(what: str, *, when: str, include: str = "", source: str = THREADS) -> str:
    """A version that throws a number when something is as it should not be."""
    names = ("sched.h", "stdexcept", "string", "thread", "unistd.h")
    head = include + "".join(f"#include <{name}>\n" for name in names)
    check = f"    if ({when}) throw std::runtime_error(std::to_string({what}));\n"
    return head + source.replace("std::vector<double>& y) {\n", f"std::vector<double>& y) {{\n{check}", 1)


@asynccontextmanager
async def opened(target: str, folder: Path) -> AsyncIterator[Courtroom]:
    (folder / "norm.cpp").write_text(SERIAL)
    options = {"target": target, "benchmark": {"n": 60_000}, "is_quick": True}
    async with courtroom(cheapest_kind(), folder / "norm.cpp", "norm", **options) as court:
        yield court


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def threads(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Courtroom]:
    async with opened("threads", tmp_path_factory.mktemp("threads")) as court:
        yield court


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stdpar(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Courtroom]:
    async with opened("stdpar", tmp_path_factory.mktemp("stdpar")) as court:
        yield court


async def test_a_right_version_is_right_and_watched_for_races(threads: Courtroom, stdpar: Courtroom) -> None:
    for court, source in ((threads, THREADS), (stdpar, STDPAR)):
        verdict = await court.verdict(source, with_race_gate=True)
        assert verdict.outcome is Outcome.OK, verdict
        assert not [gap for gap in verdict.unchecked if "race" in gap]


async def test_a_race_of_threads_is_found_with_its_line(threads: Courtroom) -> None:
    verdict = await threads.verdict(RACY_THREADS, with_race_gate=True)
    assert verdict.outcome is Outcome.RACE, verdict
    assert "`sums[0]`" in verdict.feedback


async def test_a_race_in_what_an_algorithm_calls_is_found_with_its_line(stdpar: Courtroom) -> None:
    verdict = await stdpar.verdict(RACY_STDPAR, with_race_gate=True)
    assert verdict.outcome is Outcome.RACE, verdict
    assert "`total`" in verdict.feedback


async def test_hardware_concurrency_is_the_number_of_threads_that_the_judge_asks_for(threads: Courtroom) -> None:
    count = "std::thread::hardware_concurrency()"
    failure = await threads.failure(throwing(count, when=f"{count} == 3"))
    assert failure is not None
    assert "threw '3'" in failure.feedback
    assert "3 threads" in failure.feedback


async def test_the_c_library_and_the_kernel_agree_with_it(threads: Courtroom) -> None:
    count = "static_cast<int>(std::thread::hardware_concurrency())"
    cpus = "[] { cpu_set_t set; sched_getaffinity(0, sizeof set, &set); return CPU_COUNT(&set); }()"
    wrong = f"sysconf(_SC_NPROCESSORS_ONLN) != {count} || {cpus} > {count}"
    assert await threads.failure(throwing(cpus, when=wrong)) is None
    assert await threads.failure(throwing(cpus, when=f"{cpus} == 1 && {count} == 1")) is not None


async def test_tbb_uses_no_more_threads_than_the_judge_asks_for(stdpar: Courtroom) -> None:
    most = "tbb::global_control::active_value(tbb::global_control::max_allowed_parallelism)"
    include = "#include <tbb/global_control.h>\n"
    failure = await stdpar.failure(throwing(most, when=f"{most} == 3", include=include))
    assert failure is not None
    assert "threw '3'" in failure.feedback
    assert "3 threads" in failure.feedback


async def test_races_of_what_calls_tbb_itself_are_said_to_be_unchecked(stdpar: Courtroom) -> None:
    verdict = await stdpar.verdict(TBB, with_race_gate=True)
    assert verdict.outcome is Outcome.OK, verdict
    assert any("does not see into TBB" in gap for gap in verdict.unchecked)

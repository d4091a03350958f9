"""Candidates of the target `cuda` on a machine without a device, and the harness around a stand-in for its driver.

Who computes on the host is in agentpar/attack.
"""

import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import pytest_asyncio

from agentpar.errors import TaskError
from agentpar.evaluation import device
from agentpar.evaluation.on_device import DeviceCascade, PreparedForDevice, for_device, understand
from agentpar.evaluation.session import Judged, Round
from agentpar.evaluation.toolchain import toolchain_of
from agentpar.sandbox import cuda
from agentpar.sandbox.base import Limits
from agentpar.sandbox.kinds import open_sandbox
from agentpar.task_file import load_task
from agentpar.verdict import Outcome, Verdict
from tests.conftest import HAS_GPU
from tests.evaluation.courtroom import Courtroom, candidate_of, cheapest_kind, courtroom

in_sandbox = [pytest.mark.sandbox, pytest.mark.asyncio(loop_scope="module")]

SERIAL = """\
void shift(int n, const double* x, double* y) {
    for (int i = 0; i < n; ++i) y[i] = x[i] + 1.0;
}
"""
KERNEL = """\
__global__ void add_one(int n, const double* x, double* y) {
    __shared__ double part[128];
    const int i = blockIdx.x * blockDim.x + threadIdx.x;
    part[threadIdx.x] = i < n ? x[i] : 0.0;
    if (i < n) y[i] = part[threadIdx.x] + 1.0;
}
void shift(int n, const double* x, double* y) {
    double *from, *to;
    cudaMalloc(&from, n * sizeof *x);
    cudaMalloc(&to, n * sizeof *y);
    cudaMemcpy(from, x, n * sizeof *x, cudaMemcpyHostToDevice);
    add_one<<<(n + 127) / 128, 128>>>(n, from, to);
    cudaMemcpy(y, to, n * sizeof *y, cudaMemcpyDeviceToHost);
    cudaFree(from), cudaFree(to);
}
"""
# Nothing is launched: these are called with memory of the stand-in's "device".
PLAIN = SERIAL
LATE = """\
extern "C" void standin_start(void (*)());
static int count;
static const double* from;
static double* to;
void shift(int n, const double* x, double* y) {
    count = n, from = x, to = y;
    standin_start([] { for (int i = 0; i < count; ++i) to[i] = from[i] + 1.0; });
}
"""
# One flush came with the context, and one is to come before each call.
COUNTS_FLUSHES = """\
extern "C" int standin_flushes();
static int calls;
void shift(int n, const double* x, double* y) {
    if (standin_flushes() < ++calls + 1) throw calls;
    for (int i = 0; i < n; ++i) y[i] = x[i] + 1.0;
}
"""


@asynccontextmanager
async def opened(folder: Path, pointers: str) -> AsyncIterator[Courtroom]:
    (folder / "shift.cpp").write_text(SERIAL)
    (folder / "task.toml").write_text(f'source = "shift.cpp"\nentry = "shift"\n[cuda]\npointers = "{pointers}"\n')
    options = {"target": "cuda", "benchmark": {"n": 20_000}, "is_quick": True}
    async with courtroom(cheapest_kind(), folder / "task.toml", "shift", **options) as court:
        yield Courtroom(court.kind, court.pool, await for_device(court.prepared, court.pool))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def host(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Courtroom]:
    async with opened(tmp_path_factory.mktemp("host"), "host") as court:
        yield court


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def copied(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Courtroom]:
    async with opened(tmp_path_factory.mktemp("device"), "device") as court:
        yield court


class TestWithoutADevice:
    pytestmark = in_sandbox

    async def test_a_kernel_that_builds_has_no_device_and_is_told_what_it_needs(self, host: Courtroom) -> None:
        without = host.prepared.model_copy(update={"device": None})
        verdict = await Courtroom(host.kind, host.pool, without).verdict(KERNEL)
        assert verdict.outcome is Outcome.NO_DEVICE, verdict
        assert (
            "add_one: " in verdict.feedback and "registers, no spills, 1024 bytes of shared memory" in verdict.feedback
        )
        assert not verdict.is_improvement

    async def test_an_error_in_a_kernel_is_a_build_error_with_its_line(self, host: Courtroom) -> None:
        verdict = await host.verdict(KERNEL.replace("blockIdx.x", "blockIdx.w"))
        assert verdict.outcome is Outcome.BUILD_ERROR, verdict
        assert "candidate.cpp(3): error" in verdict.feedback


async def answers(court: Courtroom, folder: Path, source: str, rounds: int = 2) -> Judged:
    """What the judge says of code that runs on the stand-in's device."""
    library = folder / "libcuda.so.1"
    code = Path(__file__).with_name("driver_standin.c")
    subprocess.run(["gcc", "-shared", "-fPIC", "-Wl,-soname,libcuda.so.1", "-o", library, code], check=True)
    prepared = court.prepared
    async with court.pool.sandbox() as sandbox:
        await sandbox.put("keeper", "task/public/libcuda.so.1", library.read_bytes(), 0o755)
        await sandbox.put("builder", "work/candidate.cpp", (source + prepared.trampoline).encode())
        build = ["g++", "-std=c++17", "-shared", "-fPIC", "-o", "candidate.so", "candidate.cpp"]
        assert (await sandbox.run("builder", build, timeout_s=30)).succeeded
        standin = device.Device(
            name="a stand-in",
            architecture="sm_80",
            driver="0",
            cache_bytes=4096,
            memory_bytes=0,
            environment={"LD_LIBRARY_PATH": "../task/public"},
        )
        plan = [Round(dims=(n,)) for n in (0, 1, 1000) for _ in range(rounds)]
        case = prepared.model_copy(update={"device": standin})
        return await case.judge(sandbox, plan, candidate=case.candidate)


class TestTheHarnessAroundADevice:
    pytestmark = in_sandbox

    async def test_with_device_pointers_inputs_are_copied_in_and_outputs_out(
        self, copied: Courtroom, tmp_path: Path
    ) -> None:
        assert (await answers(copied, tmp_path, PLAIN)).failed is None

    async def test_with_device_pointers_a_wrong_answer_is_seen(self, copied: Courtroom, tmp_path: Path) -> None:
        failed = (await answers(copied, tmp_path, PLAIN.replace("+ 1.0", "+ 2.0"))).failed
        assert failed is not None and failed.outcome is Outcome.WRONG_ANSWER

    async def test_with_device_pointers_an_input_that_was_changed_is_seen(
        self, copied: Courtroom, tmp_path: Path
    ) -> None:
        changed = PLAIN.replace("y[i] = x[i] + 1.0", "y[i] = x[i] + 1.0, const_cast<double*>(x)[i] = 0.0")
        failed = (await answers(copied, tmp_path, changed)).failed
        assert failed is not None and failed.outcome is Outcome.WRONG_ANSWER

    async def test_work_that_was_started_is_waited_for_before_the_answer(
        self, host: Courtroom, copied: Courtroom, tmp_path: Path
    ) -> None:
        for court in (host, copied):
            assert (await answers(court, tmp_path, LATE)).failed is None

    async def test_the_device_s_cache_is_emptied_before_every_call(self, host: Courtroom, tmp_path: Path) -> None:
        assert (await answers(host, tmp_path, COUNTS_FLUSHES)).failed is None


def write(folder: Path, source: str, table: str = "") -> Path:
    (folder / "f.cpp").write_text(source)
    (folder / "task.toml").write_text(f'source = "f.cpp"\nentry = "shift"\ntarget = "cuda"\n{table}')
    return folder


def test_host_pointers_are_the_default(tmp_path: Path) -> None:
    assert load_task(str(write(tmp_path, SERIAL))).cuda.pointers == "host"


def test_a_contract_that_there_is_not_is_an_error_that_names_those_there_are(tmp_path: Path) -> None:
    with pytest.raises(TaskError, match=r"cuda\.pointers: input should be 'host' or 'device'"):
        load_task(str(write(tmp_path, SERIAL, '[cuda]\npointers = "managed"\n')))


@pytest.mark.parametrize(
    ("named", "seen"), [(None, "0"), ("3,1", "3"), ("GPU-1f,GPU-2a", "GPU-1f"), ("", "-1"), ("-1", "-1")]
)
def test_candidates_get_one_device_the_first_that_is_visible_here(
    monkeypatch: pytest.MonkeyPatch, named: str | None, seen: str
) -> None:
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    if named is not None:
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", named)
    assert cuda.driver_environment(is_container=True)["CUDA_VISIBLE_DEVICES"] == seen
    assert not cuda.has_device() or seen != "-1"


def test_device_pointers_need_pointers(tmp_path: Path) -> None:
    vectors = "#include <vector>\nvoid shift(const std::vector<double>& x, std::vector<double>& y) {\n"
    vectors += "    for (unsigned i = 0; i < y.size(); ++i) y[i] = x[i] + 1.0;\n}\n"
    with pytest.raises(TaskError, match="x must be a pointer or a plain value"):
        understand(load_task(str(write(tmp_path, vectors, '[cuda]\npointers = "device"\n'))))


CHECKER = """\
#!/bin/sh
while [ "$1" != "${1#--}" ]; do [ "$1" = --log-file ] && log=$2; shift 2; done
echo "========= COMPUTE-SANITIZER" > "$log"
"$@"
ended=$?
[ -e held ] && echo "========= ERROR SUMMARY: 0 errors" >> "$log"
exit $ended
"""
CALL = "#!/bin/sh\necho '========= ERROR SUMMARY: 0 errors'\n"


@pytest.mark.sandbox
@pytest.mark.parametrize("holds", [True, False])
async def test_what_a_candidate_prints_is_not_taken_for_the_checkers_word(tmp_path: Path, holds: bool) -> None:
    """A stand-in for NVIDIA's checker that gets hold of its target, or does not; the target prints its last line."""
    (tmp_path / "shift.cpp").write_text(SERIAL)
    task = load_task(f"{tmp_path / 'shift.cpp'}::shift", {"target": "cuda"})
    toolchain = toolchain_of(task, ()).model_copy(update={"cuda_root": "../task/public"})
    here = device.Device(name="", architecture="", driver="", cache_bytes=0, memory_bytes=0, environment={})
    sandbox = await open_sandbox(cheapest_kind(), "checked", Limits())
    try:
        await sandbox.put("keeper", "task/public/bin/compute-sanitizer", CHECKER.encode(), 0o755)
        await sandbox.put("keeper", device.CALL, CALL.encode(), 0o755)
        if holds:
            await sandbox.put("builder", "work/held", b"")
        found = await device.watch(sandbox, toolchain, here, [(7,)])
    finally:
        await sandbox.close()
    assert found.unchecked.startswith(device.NO_GLOBAL_RACES if holds else "races unchecked: memcheck ended with 0")


async def judged(court: Courtroom, source: str) -> Verdict:
    """The verdict on the device that is here, races in shared memory included; no gain is asserted."""
    assert HAS_GPU and isinstance(court.prepared, PreparedForDevice)
    cascade = DeviceCascade(court.prepared, court.pool, threads=(1,), noise_floor=0.25)
    return await cascade.evaluate(candidate_of(source))


@pytest.mark.gpu
class TestOnADevice:
    pytestmark = in_sandbox

    async def test_a_right_kernel_is_right(self, host: Courtroom) -> None:
        verdict = await judged(host, KERNEL)
        assert verdict.outcome is Outcome.OK, verdict
        assert verdict.measurement is not None and verdict.measurement.device

    async def test_a_race_in_shared_memory_is_found_with_its_line(self, host: Courtroom) -> None:
        racy = KERNEL.replace("part[threadIdx.x] + 1.0", "part[127 - threadIdx.x] * 0.0 + x[i] + 1.0")
        verdict = await judged(host, racy)
        assert verdict.outcome is Outcome.RACE, verdict
        assert "line " in verdict.feedback

    async def test_a_write_behind_the_end_is_found(self, host: Courtroom) -> None:
        verdict = await judged(host, KERNEL.replace("if (i < n) y", "if (i <= n) y"))
        assert verdict.outcome is Outcome.CRASH, verdict

    async def test_device_pointers_are_what_a_kernel_gets(self, copied: Courtroom) -> None:
        launch = KERNEL.partition("void shift")[0]
        launch += (
            "void shift(int n, const double* x, double* y) { if (n) add_one<<<(n + 127) / 128, 128>>>(n, x, y); }\n"
        )
        verdict = await judged(copied, launch)
        assert verdict.outcome is Outcome.OK, verdict

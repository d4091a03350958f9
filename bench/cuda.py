"""The target `cuda` from the serial source to the re-tested champion, and what must not be believed, on this device.

python -m bench.cuda [--only NAME ...] [--candidates N] [--seconds S] [--sandbox KIND] [--json FILE]

Where there is no device it says so: everything must then end with `no_device`, and nothing is timed. A machine with a
device and without Docker takes `--sandbox process`.
"""

import argparse
import asyncio
import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

import agentpar
from agentpar.events import Event
from agentpar.sandbox import cuda
from agentpar.task_file import load_task
from bench.conditions import conditions, print_conditions
from bench.examples import EXAMPLES, KERNELS, row

SOLVED = ("matmul", "nbody", "kmeans", "mandelbrot", "histogram")
WITH_DEVICE_POINTERS = "energy"
# A device fuses multiplications with additions, and the accelerations of bodies cancel.
OPTIONS: dict[str, dict[str, Any]] = {"nbody": {"rtol": 1e-10}}

SERIAL = """\
#include <cmath>
void roots(int n, const double* x, double* y) {
    for (int i = 0; i < n; ++i) y[i] = std::sqrt(std::exp(std::sin(x[i])) + 1.0);
}
"""
_KERNEL = """\
#include <cmath>
__global__ void apply(int n, const double* x, double* y) {
    __shared__ double part[256];
    const int i = blockIdx.x * blockDim.x + threadIdx.x;
    part[threadIdx.x] = i < n ? x[i] : 0.0;
    %s
    if (i < %s) y[i] = std::sqrt(std::exp(std::sin(%s)) + 1.0);
}
void roots(int n, const double* x, double* y) {
    double *from, *to;
    cudaMalloc(&from, n * sizeof *x);
    cudaMalloc(&to, n * sizeof *y);
    cudaMemcpy(from, x, n * sizeof *x, cudaMemcpyHostToDevice);
    if (n > 0) apply<<<(n + 255) / 256, 256>>>(n, from, to);
    cudaMemcpy(y, to, n * sizeof *y, cudaMemcpyDeviceToHost);
    cudaFree(from), cudaFree(to);
}
"""
_RIGHT = _KERNEL % ("__syncthreads();", "n", "part[threadIdx.x]")
# Each with the verdict that it must get on a device; without one, what builds has none.
VERSIONS = {
    "a right kernel": (_RIGHT, "ok"),
    "its shared memory read without a barrier": (
        _KERNEL % ("", "n", "part[threadIdx.x] + 0.0 * part[255 - threadIdx.x]"),
        "race",
    ),
    "a write behind the end": (_KERNEL % ("__syncthreads();", "n + (n % 256 != 0)", "part[threadIdx.x]"), "crash"),
    "half of the values": (_KERNEL % ("__syncthreads();", "n / 2", "part[threadIdx.x]"), "wrong_answer"),
    "an empty kernel, and the host computes": (
        f"__global__ void nothing() {{}}\n{SERIAL.replace('y) {', 'y) { nothing<<<1, 1>>>();')}",
        "screened",
    ),
    "memory of the device, read by the host": (
        SERIAL.replace("y) {", "y) { double* d = nullptr; cudaMalloc(&d, 8); y[0] = *d;"),
        "crash",
    ),
}
WITHOUT_A_DEVICE = {"ok": "no_device", "race": "no_device", "crash": "no_device", "wrong_answer": "no_device"}


def device_conditions() -> dict[str, Any]:
    """The card and its driver as the driver's own tool names them, and the compiler."""
    nvcc = subprocess.run([cuda.find_toolkit() / "bin/nvcc", "--version"], capture_output=True, text=True, check=True)
    found: dict[str, Any] = {"nvcc": nvcc.stdout.split(", V")[-1].split()[0], "device": "none"}
    if cuda.has_device():
        asked = ["nvidia-smi", "--query-gpu=name,driver_version,memory.total,clocks.max.sm", "--format=csv,noheader"]
        told = subprocess.run(asked, capture_output=True, text=True, check=False).stdout
        found["device"] = "; ".join(told.splitlines()) or "one whose driver does not answer"
    return found


def progress(event: Event) -> None:
    """What is going on, for who waits."""
    print(f"  {event.message}", file=sys.stderr, flush=True)


async def solve(name: str, folder: Path, sandbox: str, **budget: Any) -> dict[str, Any]:
    entry, options = KERNELS.get(name, ("", {}))
    options = {**options, **OPTIONS.get(name, {})}
    target = f"{EXAMPLES / name}.cpp::{entry}" if entry else str(EXAMPLES / "tasks" / name)
    try:
        result = await agentpar.asolve(
            target, run_dir=folder / name, target="cuda", sandbox=sandbox, emit=progress, **options, **budget
        )
    except agentpar.AgentparError as error:
        return {"kernel": name, "status": type(error).__name__, "why": str(error), "is_right": False}
    found = row(name, result) | {"device": result.evidence.get("device"), "pointers": result.evidence.get("pointers")}
    is_absent = set(result.counts) == {"no_device"}
    return found | {"is_right": result.status == "improved" if cuda.has_device() else is_absent}


async def judge_versions(folder: Path, sandbox: str) -> list[dict[str, Any]]:
    """What the judge says of versions that are right, wrong, racy or none for a device."""
    source = folder / "roots.cpp"
    source.write_text(SERIAL)
    task = load_task(f"{source}::roots", {"target": "cuda", "pairs": 12})
    found = []
    names = iter(VERSIONS)
    async for verdict in agentpar.ajudge(task, [source for source, _ in VERSIONS.values()], sandbox=sandbox):
        name = next(names)
        wanted = VERSIONS[name][1]
        wanted = wanted if cuda.has_device() else WITHOUT_A_DEVICE.get(wanted, wanted)
        told = {
            "verdict": verdict.outcome,
            "wanted": wanted,
            "feedback": verdict.feedback,
            "unchecked": verdict.unchecked,
        }
        found.append({"version": name, **told, "is_right": verdict.outcome == wanted})
        print(f"{name}: {verdict.outcome}", file=sys.stderr, flush=True)
    return found


def tables(solved: Sequence[dict[str, Any]], judged: Sequence[dict[str, Any]]) -> list[Table]:
    ratios, verdicts = Table(), Table()
    for column in ("kernel", "pointers", "status", "winner", "ratio (95 %)", "host ms", "device ms", "verdicts", "s"):
        ratios.add_column(column, overflow="fold")
    for found in solved:
        ratio = found.get("ratio")
        told = (
            f"{ratio['median']:.2f} ({ratio['low']:.2f}–{ratio['high']:.2f}), {ratio['pairs']} pairs" if ratio else ""
        )
        times = [f"{found[key]:.3f}" if key in found else "" for key in ("baseline_ms", "candidate_ms")]
        counts = ", ".join(f"{n} {outcome}" for outcome, n in found.get("counts", {}).items())
        status = found["status"] if found["is_right"] else f"[red]{found['status']}[/red]"
        names = (found["kernel"], found.get("pointers") or "", status, found.get("winner", found.get("why", ""))[:300])
        ratios.add_row(*names, told, *times, counts, f"{found.get('seconds', 0):.0f}")
    for column in ("version", "verdict", "feedback"):
        verdicts.add_column(column, overflow="fold")
    for each in judged:
        verdict = each["verdict"] if each["is_right"] else f"[red]{each['verdict']}, not {each['wanted']}[/red]"
        verdicts.add_row(each["version"], verdict, each["feedback"][:300])
    return [verdicts, ratios]


def keep(path: Path | None, rows: dict[str, Any]) -> None:
    """Write down what is known so far."""
    if path:
        path.write_text(json.dumps(rows, indent=1, default=str))


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    names = (*SOLVED, WITH_DEVICE_POINTERS)
    parser.add_argument("--only", action="append", choices=names, metavar="NAME", help="may be given several times")
    parser.add_argument("--candidates", type=int, default=6, help="budget of verdicts for each kernel")
    parser.add_argument("--seconds", type=float, default=120.0, help="budget of wall seconds for each kernel")
    parser.add_argument("--sandbox", default="auto", choices=["auto", "docker", "bubblewrap", "process"])
    parser.add_argument("--json", type=Path, metavar="FILE", help="write rows and conditions there")
    chosen = parser.parse_args(arguments)
    console = Console(width=None if sys.stdout.isatty() else 180, highlight=False)
    named = conditions(sandbox=chosen.sandbox, **device_conditions())
    print_conditions(console, named)
    rows: dict[str, Any] = {"conditions": named, "judged": [], "solved": []}
    with tempfile.TemporaryDirectory(prefix="agentpar-bench-") as folder:
        rows["judged"] = asyncio.run(judge_versions(Path(folder), chosen.sandbox))
        keep(chosen.json, rows)
        for name in chosen.only or names:
            print(f"{name} …", file=sys.stderr, flush=True)
            budget = {"candidates": chosen.candidates, "seconds": chosen.seconds}
            rows["solved"].append(asyncio.run(solve(name, Path(folder), chosen.sandbox, **budget)))
            keep(chosen.json, rows)
    judged, solved = rows["judged"], rows["solved"]
    for table in tables(solved, judged):
        console.print(table)
    return 0 if all(each["is_right"] for each in (*judged, *solved)) else 1


if __name__ == "__main__":
    sys.exit(main())

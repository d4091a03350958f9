"""Does anything pile up: thousands of candidates through one process and its sandbox, with a look at it now and then.

python -m bench.soak [--count N] [--sandbox KIND ...] [--json FILE]

Each candidate is the empty kernel, as in `bench.overhead`: recorded, put into the sandbox, built, judged in a session,
its verdict committed, the sandbox emptied. From the 500th candidate on resident memory may grow by 5 %; descriptors,
threads, processes, containers and files may not grow at all after the first look.
"""

import argparse
import asyncio
import gc
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil
from rich.console import Console
from rich.table import Table

from agentpar import AgentparError, load_task
from agentpar.evaluation.case import Sizes
from agentpar.evaluation.prepare import prepare
from agentpar.evaluation.reference import understand
from agentpar.ledger import Ledger
from agentpar.sandbox import docker, lease
from agentpar.sandbox.kinds import Kind
from agentpar.sandbox.pool import Pool
from bench.conditions import conditions, print_conditions
from bench.overhead import repeat

LOOK_EVERY = 100
WARM_FROM = 500
MOST_RSS_GROWTH = 0.05
_PER_LEASE = 10  # so that nobody's timing has to wait for long
MEMORY = ("rss_mib", "runner_rss_mib")


@dataclass(frozen=True)
class Look:
    """What there is after so many candidates, while none is judged. Files are counted in their folders' whole trees.

    `temporary_files` are in this process's temporary folder, `cached_files` in agentpar's cache, `sandbox_files` in all
    of a sandbox that candidates can write to, /dev/shm included; None where the sandbox cannot be looked into.
    """

    candidates: int
    rss_mib: float
    runner_rss_mib: float | None
    descriptors: int
    threads: int
    processes: int
    containers: int
    temporary_files: int
    cached_files: int
    sandbox_files: int | None


def look(kind: Kind, candidates: int) -> Look:
    gc.collect()
    ours = psutil.Process()
    containers = _containers() if kind == "docker" else []
    # One runner leads each sandbox: the first process of the container, or a child of ours.
    children = ours.children(recursive=True)
    runners = containers or [child.pid for child in children if child.name().startswith("runner-")]
    visible = [pid for pid in runners if psutil.pid_exists(pid)]
    return Look(
        candidates=candidates,
        rss_mib=_mib(ours.memory_info().rss),
        runner_rss_mib=_mib(sum(psutil.Process(pid).memory_info().rss for pid in visible)) if visible else None,
        descriptors=ours.num_fds(),
        threads=ours.num_threads(),
        processes=len(children),
        containers=len(containers),
        temporary_files=_files([Path(tempfile.gettempdir())]),
        cached_files=_files([Path(os.environ["XDG_CACHE_HOME"])]),
        sandbox_files=_files(_writable(kind, visible)) if visible else None,
    )


def _containers() -> list[int]:
    with closing(docker.connect()) as client:
        listed = client.api.containers(filters={"label": f"{docker.LABEL}={os.getpid()}"})
        return [client.api.inspect_container(each["Id"])["State"]["Pid"] for each in listed]


def _writable(kind: Kind, runners: Sequence[int]) -> list[Path]:
    if kind == "docker":
        return [
            Path(f"/proc/{pid}/root", name) for pid in runners for name in ("task", "work", "dev/shm", "dev/mqueue")
        ]
    words = [word for pid in runners for word in psutil.Process(pid).cmdline()]
    return [Path(word) for word in words if Path(word).name.startswith("agentpar-sandbox-")]


def _files(folders: Sequence[Path]) -> int:
    return sum(1 for folder in folders for _ in folder.rglob("*"))


def _mib(size: int) -> float:
    return round(size / 2**20, 2)


async def soak(kind: Kind, count: int) -> list[Look]:
    """Judge so many candidates in one sandbox, and look after every hundred.

    Raises:
        AgentparError: the sandbox failed.
    """
    task = load_task(f"{Path(__file__).parent / 'empty.cpp'}::empty")
    sizes = Sizes(edges=(), refused=(), generic=((7,), (31,), (64,)), benchmark=(64,), baseline_ms=1.0)
    pool, looks = Pool(kind, size=1), []
    try:
        prepared = await prepare(understand(task), pool, known=sizes, say=lambda _: None)
        with tempfile.TemporaryDirectory() as folder, Ledger.create(Path(folder, "ledger.sqlite"), task) as ledger:
            for first in range(0, count, LOOK_EVERY):
                last, since = min(first + LOOK_EVERY, count), time.monotonic()
                for some in range(first, last, _PER_LEASE):
                    async with lease.working():
                        await repeat(pool, prepared, ledger, range(some, min(some + _PER_LEASE, last)))
                looks.append(look(kind, last))
                pace = (time.monotonic() - since) * 1000 / (last - first)
                print(f"{kind}: {last} candidates, {pace:.0f} ms each, {looks[-1].rss_mib} MiB", file=sys.stderr)
    finally:
        await pool.close()
    if pool.replaced:
        raise AgentparError(f"{pool.replaced} sandboxes had to be replaced")
    return looks


@contextmanager
def own_folders() -> Iterator[None]:
    """Folders for temporary and cached files, so that what piles up in them is ours."""
    before = tempfile.tempdir, os.environ.get("XDG_CACHE_HOME")
    with tempfile.TemporaryDirectory(prefix="agentpar-soak-") as folder:
        Path(folder, "temporary").mkdir()
        tempfile.tempdir, os.environ["XDG_CACHE_HOME"] = f"{folder}/temporary", f"{folder}/cache"
        try:
            yield
        finally:
            tempfile.tempdir = before[0]
            if before[1] is None:
                del os.environ["XDG_CACHE_HOME"]
            else:
                os.environ["XDG_CACHE_HOME"] = before[1]


def grown(looks: Sequence[Look]) -> list[str]:
    """What is not flat, in words."""
    warm = [each for each in looks if each.candidates >= WARM_FROM] or looks[-1:]
    found = []
    for name in _columns():
        values = [getattr(each, name) for each in (warm if name in MEMORY else looks)]
        limit = values[0] * (1 + MOST_RSS_GROWTH) if name in MEMORY and values[0] else values[0]
        if None not in values and values[-1] > limit:
            found.append(f"{name.replace('_', ' ')} from {values[0]} to {values[-1]}")
    return found


def _columns() -> list[str]:
    return [name for name in Look.__dataclass_fields__ if name != "candidates"]


def table(looks: dict[Kind, list[Look]]) -> Table:
    shown = Table(caption=f"memory may grow by {MOST_RSS_GROWTH:.0%} from the {WARM_FROM}th candidate on, the rest not")
    for column in ("sandbox", "what", f"after {LOOK_EVERY}", f"after {WARM_FROM}", "last", "most", "per 1000"):
        shown.add_column(column, justify="left" if column in ("sandbox", "what") else "right")
    for kind, taken in looks.items():
        for name in _columns():
            values = [getattr(each, name) for each in taken]
            if None in values:
                shown.add_row(kind, name.replace("_", " "), *["not visible"] * 4, "")
                continue
            warm = next((getattr(each, name) for each in taken if each.candidates >= WARM_FROM), "")
            cells = (values[0], warm, values[-1], max(values), _slope([each.candidates for each in taken], values))
            shown.add_row(kind, name.replace("_", " "), *map(str, cells))
        shown.add_section()
    return shown


def _slope(at: Sequence[int], values: Sequence[float]) -> str:
    """By how much it grows with a thousand candidates, from the `WARM_FROM`th on."""
    points = [(x, y) for x, y in zip(at, values, strict=True) if x >= WARM_FROM]
    if len(points) < 2:
        return ""
    return f"{statistics.linear_regression(*zip(*points, strict=True)).slope * 1000:+.2f}"


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    kinds: list[Kind] = ["docker", "bubblewrap", "process"]
    parser.add_argument("--count", type=int, default=3000, help="candidates in each kind of sandbox")
    parser.add_argument(
        "--sandbox", action="append", choices=kinds, help="may be given several times; default: the first two"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all looks and conditions there")
    chosen = parser.parse_args(arguments)
    console = Console(width=None if sys.stdout.isatty() else 140, highlight=False)
    named = conditions(count=f"{chosen.count} of each kind")
    looks: dict[Kind, list[Look]] = {}
    problems = []
    for kind in chosen.sandbox or kinds[:2]:
        try:
            with own_folders():
                looks[kind] = asyncio.run(soak(kind, chosen.count))
        except AgentparError as error:
            problems.append(f"{kind}: {error}")
    problems += [f"{kind}: not flat: {what}" for kind, taken in looks.items() for what in grown(taken)]
    console.print(table(looks))
    for line in problems:
        console.print(f"  {line}", markup=False)
    print_conditions(console, named)
    if chosen.json:
        rows = {kind: [asdict(each) for each in taken] for kind, taken in looks.items()}
        chosen.json.write_text(json.dumps({"conditions": named, "looks": rows, "problems": problems}, indent=2) + "\n")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())

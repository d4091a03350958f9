"""`--target auto`: each target gets a small search, and the run goes on with the one that measures best."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from agentpar import api
from agentpar.errors import AgentparError, TaskError, ToolMissing
from agentpar.evaluation.tbb import MEND
from agentpar.events import Event
from agentpar.ledger import Ledger
from agentpar.planning.plan import load_plan
from agentpar.records import PROBES
from agentpar.search.base import Emit
from agentpar.search.targets import settle_target
from agentpar.solver import create_solver
from agentpar.solver_state import Context
from agentpar.task import Target, Task
from agentpar.task_file import load_task
from tests.search.doubles import SOURCE, Judge, a_task, ok

TARGETS: tuple[Target, ...] = ("openmp", "threads", "stdpar")
RANKS: tuple[Target, ...] = ("mpi", "mpi+openmp")


@pytest.fixture(autouse=True)
def no_device(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("agentpar.session.gpu_memories", lambda: [])


@pytest.fixture
def ledger(tmp_path: Path) -> Any:
    source = f"#include <cstddef>\n{SOURCE}"  # what includes nothing may be C, which has no threads of this kind
    task = a_task(candidates=12).model_copy(update={"source": source, "targets": TARGETS})
    with Ledger.create(tmp_path / "ledger.sqlite", task) as made:
        yield made


class Probes:
    """A judge for each target: all its candidates gain the same, or opening it fails."""

    def __init__(self, **gains: float | Exception) -> None:
        self.gains = gains
        self.judges: dict[str, Judge] = {}
        self.benchmarks: list[dict[str, int]] = []

    @asynccontextmanager
    async def __call__(self, part: Task, tell: Emit, known: Any) -> AsyncIterator[tuple[Judge, dict[str, Any]]]:
        assert not part.targets
        self.benchmarks.append(part.inputs.benchmark)
        gain = self.gains[part.target]
        if isinstance(gain, Exception):
            raise gain
        judge = self.judges[part.target] = Judge(lambda candidate: ok(gain))
        yield judge, {"for": part.target, "dims": ["n"], "sizes": {"benchmark": [len(self.judges) * 1000]}}


async def settle(ledger: Ledger, probes: Probes, emit: Callable[[Event], None] = lambda event: None) -> None:
    await settle_target(ledger, open_probe=probes, workers=2, emit=emit)


async def test_the_run_goes_on_with_what_measures_best(ledger: Ledger) -> None:
    probes = Probes(openmp=1.5, threads=2.5, stdpar=1.9)
    events: list[Event] = []
    await settle(ledger, probes, events.append)
    assert (ledger.task.target, ledger.task.targets) == ("threads", ())
    gains = "openmp 1.50×, threads 2.50×, stdpar 1.90×"
    assert events[-1].message == f"target threads: {gains}; left out: mpi, mpi+openmp"
    assert ledger.notes()["evidence"]["for"] == "threads"
    judged = [each["judged"] for each in ledger.notes()[PROBES] if not each["refused"]]
    assert judged == [2, 2, 2]  # half of the budget, shared out
    # Its candidates are the run's own now: they may lead, and none is judged again.
    mine = [candidate for candidate, _ in ledger.judged_whole()]
    assert len(mine) == 2
    assert {candidate.id for candidate in mine} == {c.id for c in probes.judges["threads"].began}
    assert {each.candidate.subtask for each in ledger.candidates()} == {"scale", "scale@openmp", "scale@stdpar"}


async def test_all_are_timed_at_the_sizes_of_the_first(ledger: Ledger) -> None:
    probes = Probes(openmp=1.5, threads=2.5, stdpar=1.9)
    await settle(ledger, probes)
    assert probes.benchmarks == [{}, {"n": 1000}, {"n": 1000}]


@pytest.mark.parametrize(
    ("openmp", "threads", "target"), [(0.9, 0.9, "openmp"), (1.5, 1.51, "openmp"), (1.5, 1.6, "threads")]
)
async def test_a_later_target_must_gain_clearly_more(
    ledger: Ledger, openmp: float, threads: float, target: str
) -> None:
    await settle(ledger, Probes(openmp=openmp, threads=threads, stdpar=0.9))
    assert ledger.task.target == target


async def test_what_seemed_faster_and_is_no_gain_is_told_with_its_interval(ledger: Ledger) -> None:
    events: list[Event] = []
    await settle(ledger, Probes(openmp=0.9, threads=1.005, stdpar=0.8), events.append)
    # That of threads lies on both sides of 1, and is above all of the others'.
    assert ledger.task.target == "openmp"
    assert "openmp no gain (0.90×, 95 %: 0.89–0.91), threads no gain (1.00×, 95 %: 0.99–1.02)" in events[-1].message


async def test_what_this_machine_lacks_is_left_out_with_the_reason(ledger: Ledger) -> None:
    events: list[Event] = []
    await settle_target(
        ledger,
        open_probe=Probes(openmp=1.5, stdpar=1.2),
        workers=2,
        emit=events.append,
        lacking=lambda part: "there is none here" if part.target == "threads" else "",
    )
    assert "threads: there is none here" in events[0].message
    assert "mpi: which rank has which data is not said; with [owners] it is tried" in events[0].message
    assert [each["target"] for each in ledger.notes()[PROBES] if not each["refused"]] == ["openmp", "stdpar"]
    with pytest.raises(ToolMissing, match="no target to try"):
        ledger.settle(ledger.task.model_copy(update={"targets": TARGETS}))
        await settle_target(
            ledger, open_probe=Probes(), workers=2, emit=events.append, lacking=lambda part: "there is none here"
        )


async def test_a_run_that_is_cut_off_goes_on_with_the_target_it_was_at(ledger: Ledger) -> None:
    first = Probes(openmp=1.5, threads=AgentparError("the machine is kept by another"), stdpar=1.9)
    with pytest.raises(AgentparError, match="kept by another"):
        await settle(ledger, first)
    assert ledger.task.targets == TARGETS
    second = Probes(openmp=9.9, threads=1.2, stdpar=1.9)
    await settle(ledger, second)
    assert "openmp" not in second.judges
    assert ledger.task.target == "stdpar"
    assert len(ledger.judged()) == 6


@pytest.mark.parametrize("refusal", [TaskError("it builds without -fopenmp"), ToolMissing(MEND)])
async def test_a_target_that_cannot_be_had_is_passed_over(ledger: Ledger, refusal: AgentparError) -> None:
    await settle(ledger, Probes(openmp=refusal, threads=1.4, stdpar=1.2))
    assert ledger.task.target == "threads"
    assert ledger.notes()[PROBES][0]["refused"] == str(refusal)


async def test_no_target_is_prepared_once_the_seconds_are_spent(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Ledger, "elapsed_seconds", lambda self: self.budget.seconds)
    probes = Probes(openmp=1.5, threads=2.5, stdpar=1.9)
    await settle(ledger, probes)
    assert ledger.task.target == "openmp"
    assert list(probes.judges) == ["openmp"]
    assert "seconds were spent" in ledger.notes()[PROBES][1]["refused"]


async def test_where_none_can_be_had_the_run_says_why(ledger: Ledger) -> None:
    wrong = TaskError("the source does not build")
    with pytest.raises(TaskError, match="does not build"):
        await settle(ledger, Probes(openmp=wrong, threads=wrong, stdpar=wrong))


@pytest.mark.parametrize(
    ("name", "options", "targets"),
    [
        ("k.cpp", {}, (*TARGETS, "cuda")),
        ("k.cpp", {"standard": "c++14"}, (*TARGETS[:2], "cuda")),
        ("k.c", {}, ("openmp", "cuda")),
        ("k.rs", {"test": "cargo test", "bench": "cargo bench"}, ()),
    ],
)
def test_auto_chooses_among_what_the_source_allows(
    tmp_path: Path, name: str, options: dict[str, str], targets: tuple[str, ...]
) -> None:
    (tmp_path / name).write_text("void f(double* x, int n) { for (int i = 0; i < n; ++i) x[i] *= 2; }\n")
    task = load_task(f"{tmp_path / name}::f", {"target": "auto", **options})
    assert (task.target, task.targets) == ("openmp", targets)


@pytest.mark.parametrize(
    ("name", "owner", "targets"),
    [
        ("k.cpp", "replicated", (*TARGETS, *RANKS, "cuda")),
        ("k.cpp", "blocks", RANKS),
        ("k.cpp", "root", RANKS),
        ("k.c", "replicated", ("openmp", *RANKS, "cuda")),
    ],
)
def test_who_owns_the_data_decides_which_targets_the_task_is_the_same_for(
    tmp_path: Path, name: str, owner: str, targets: tuple[str, ...]
) -> None:
    (tmp_path / name).write_text("void f(double* x, int n) { for (int i = 0; i < n; ++i) x[i] *= 2; }\n")
    (tmp_path / "task.toml").write_text(f'source = "{name}"\nentry = "f"\ntarget = "auto"\n[owners]\nx = "{owner}"\n')
    task = load_task(str(tmp_path))
    assert (task.target, task.targets) == (targets[0], targets)


async def test_a_whole_run_with_auto_spends_one_budget_and_ships_the_chosen_target(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gains = {"openmp": 1.4, "threads": 2.2, "stdpar": 1.1}
    opened: list[str] = []

    @asynccontextmanager
    async def open_judge(task: Task, **_: Any) -> AsyncIterator[tuple[Judge, dict[str, Any]]]:
        opened.append(task.target)
        yield Judge(lambda candidate: ok(gains[task.target])), {}

    monkeypatch.setattr("agentpar.session.open_judge", open_judge)
    (tmp_path / "k.cpp").write_text(f"#include <cstddef>\n{SOURCE}")
    result = await api.asolve(f"{tmp_path / 'k.cpp'}::scale", target="auto", run_dir=tmp_path / "run", candidates=6)
    assert opened == ["openmp", "threads", "stdpar", "threads"]
    assert (result.status, result.target, result.evaluated) == ("improved", "threads", 4)
    judged = {each.target: each.judged for each in result.targets}
    assert judged == {"openmp": 1, "threads": 1, "stdpar": 1, "mpi": 0, "mpi+openmp": 0, "cuda": 0}
    assert "| threads (chosen) | 1 | 2.20× |" in (tmp_path / "run/report.md").read_text()
    assert "#pragma omp" not in (tmp_path / "run/best.patch").read_text()
    with pytest.raises(TaskError, match="for one target"):
        await anext(api.ajudge(f"{tmp_path / 'k.cpp'}::scale", ["x"], target="auto"))


async def test_a_resumed_run_probes_within_its_new_budget(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    is_down = True

    @asynccontextmanager
    async def open_judge(task: Task, **_: Any) -> AsyncIterator[tuple[Judge, dict[str, Any]]]:
        if is_down and task.target == "threads":
            raise AgentparError("the machine is kept by another")
        yield Judge(lambda candidate: ok(1.5)), {}

    monkeypatch.setattr("agentpar.session.open_judge", open_judge)
    (tmp_path / "k.cpp").write_text(f"#include <cstddef>\n{SOURCE}")
    with pytest.raises(AgentparError, match="kept by another"):
        await api.asolve(f"{tmp_path / 'k.cpp'}::scale", target="auto", run_dir=tmp_path / "run", candidates=6)
    is_down = False
    result = await api.aresume(tmp_path / "run", candidates=12)
    assert [each.judged for each in result.targets if not each.refused] == [2, 2, 2]


async def test_a_plan_of_parts_is_refused_while_the_target_is_open(tmp_path: Path) -> None:
    (tmp_path / "k.cpp").write_text(f"#include <cstddef>\n{SOURCE}void twice(double* x, int n) {{ scale(x, n); }}\n")
    parts = load_plan(
        {"subtasks": [{"id": name, "entry": name, "contract": "as it is"} for name in ("scale", "twice")]}
    )
    options = {"target": "auto", "run_dir": str(tmp_path / "run")}
    given = {"task": f"{tmp_path / 'k.cpp'}::twice", "options": options}
    with pytest.raises(TaskError, match="searched as a whole: name openmp or threads or stdpar or cuda for a plan"):
        await create_solver().ainvoke(given, context=Context(plan=parts))
    assert not (tmp_path / "run").exists()

import json
import re
import signal
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path

import psutil
import pytest

from agentpar.ledger import Ledger
from tests.cli.program import IMPATIENT, WAIT_S, agentpar, started
from tests.evaluation.courtroom import cheapest_kind

ROOT = Path(__file__).parents[2]
MATMUL = ROOT / "examples" / "matmul.cpp"
# Runs that take a while, and assert no gain.
soon_judged = partial(agentpar, program=IMPATIENT, cwd=ROOT)
soon_started = partial(started, program=IMPATIENT, cwd=ROOT)
SMALL = ("--benchmark", "M=90,N=90,K=90", "--pairs", "12", "--threads", "1,2")


def eventually(holds: Callable[[], bool], seconds: float = WAIT_S) -> bool:
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def verdicts(run_dir: Path) -> list[str]:
    """The candidates that have a verdict, in order, as a reader from outside sees them."""
    if not (run_dir / "ledger.sqlite").exists():
        return []
    with Ledger.read(run_dir / "ledger.sqlite") as ledger:
        return [candidate.id for candidate, _ in ledger.judged()]


def descendants(process: "subprocess.Popen[str]") -> list[psutil.Process]:
    with suppress(psutil.NoSuchProcess):
        return psutil.Process(process.pid).children(recursive=True)
    return []


def all_gone(processes: list[psutil.Process]) -> bool:
    alive = [p for p in processes if p.is_running()]
    with suppress(psutil.NoSuchProcess):
        return all(p.status() == psutil.STATUS_ZOMBIE for p in alive)
    return False


KERNELS = {
    "kernel.cpp": """\
#include <vector>
void scale(const std::vector<double>& x, std::vector<double>& y, int n) {
    for (int i = 0; i < n; ++i) y[i] = 2.0 * x[i];
}
""",
    "kernel.c": """\
static double twice(double x) {
    return 2.0 * x;
}

struct body {
    double x;
    int class;
};

void scale(const struct body *b, double *y, int n) {
    for (int i = 0; i < n; ++i) y[i] = twice(b[i].x);
}
""",
}


@pytest.fixture
def kernel(tmp_path: Path) -> Path:
    path = tmp_path / "kernel.cpp"
    path.write_text(KERNELS["kernel.cpp"])
    return path


# What is refused before anything runs


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["solve", "{folder}/kernel.cpp::scael"], "did you mean `scale`"),
        (["solve", "{folder}/kernal.cpp::scale"], "did you mean kernel.cpp?"),
        (["solve", "{folder}"], "task.toml"),
        (["solve", "{folder}/kernel.cpp::scale", "--sizes", "???"], "--sizes"),
        (["solve", "{folder}/kernel.cpp::scale", "--sizes", "q=n"], "no parameter `q`"),
        (["solve", "{folder}/kernel.cpp::scale", "--threads", "two"], "--threads"),
        (["solve", "{folder}/kernel.cpp::scale", "--pairs", "1"], "pairs"),
        (["solve", "{folder}/kernel.cpp::scale", "--pairs", "many"], "--pairs: "),
        (["solve", "{folder}/kernel.cpp::scale", "--no-such-flag"], "--no-such-flag; see `agentpar solve --help`"),
        (["solve", "{folder}/kernel.cpp::scale", "--sandbox", "podman"], "--sandbox: 'podman' is not one of"),
        (["solve", "{folder}/kernel.cpp::scale", "--target", "fortran"], "target"),
        (["judge", "{folder}/kernel.cpp::scale"], "nothing to judge"),
        (["judge", "{folder}/kernel.cpp::scale", "{folder}/mine.cpp"], "mine.cpp"),
        (["no-such-command"], "no-such-command"),
    ],
    ids=lambda value: " ".join(value[:1] + value[2:]) if isinstance(value, list) else None,
)  # fmt: skip
def test_wrong_usage_exits_with_2_and_says_how_to_mend_it(kernel: Path, arguments: list[str], words: str) -> None:
    ran = agentpar(*(a.format(folder=kernel.parent) for a in arguments))
    assert ran.returncode == 2, ran
    assert words in ran.stderr and ran.stdout == ""
    assert len(ran.stderr.splitlines()) == 1 and ran.stderr.startswith("agentpar: ")
    assert list(kernel.parent.iterdir()) == [kernel]  # no run's folder was made


def test_an_unknown_key_of_a_task_file_exits_with_2_and_a_near_key(kernel: Path) -> None:
    (kernel.parent / "task.toml").write_text('source = "kernel.cpp"\nentry = "scale"\n[budget]\ncandidate = 3\n')
    ran = agentpar("solve", kernel.parent)
    assert ran.returncode == 2 and "did you mean 'candidates'?" in ran.stderr


def test_candidates_that_are_no_json_exit_with_2_and_their_line(kernel: Path) -> None:
    lines = kernel.with_name("c.jsonl")
    lines.write_text('{"source": "x"}\n{"name": 1}\n')
    ran = agentpar("judge", f"{kernel}::scale", "--jsonl", lines)
    assert ran.returncode == 2 and "c.jsonl:2" in ran.stderr


def test_a_docker_daemon_that_is_not_there_exits_with_3(kernel: Path) -> None:
    ran = agentpar("judge", f"{kernel}::scale", kernel, "--sandbox", "docker", DOCKER_HOST="unix:///nonexistent")
    assert ran.returncode == 3 and "no Docker daemon answers" in ran.stderr and "Traceback" not in ran.stderr


def test_a_folder_without_a_run_exits_with_2(tmp_path: Path) -> None:
    for command in ("resume", "show"):
        ran = agentpar(command, tmp_path)
        assert ran.returncode == 2 and "holds no run" in ran.stderr


# What runs in a sandbox


@pytest.mark.sandbox
def test_a_reference_that_depends_on_time_exits_with_4(kernel: Path) -> None:
    text = kernel.read_text().replace("#include <vector>", "#include <ctime>\n#include <vector>")
    kernel.write_text(text.replace("2.0 *", "(double)clock() *"))
    ran = agentpar("judge", f"{kernel}::scale", kernel, "--sandbox", cheapest_kind(), "--quiet")
    assert ran.returncode == 4 and ran.stdout == ""
    assert len(ran.stderr.splitlines()) == 1, ran.stderr


@pytest.mark.sandbox
@pytest.mark.parametrize(
    ("name", "old", "new", "words"),
    [
        ("kernel.cpp", "2.0 *", "two *", "kernel.cpp:3:"),
        ("kernel.cpp", "#include <vector>\n", '#include <vector>\n#include "gone.hpp"\n', "kernel.cpp:2:"),
        # Right in C, where the judge cannot take it as C++.
        ("kernel.c", "int n) {", "int n) {", "kernel.c:7:"),
    ],
    ids=["reference", "header", "type"],
)
def test_what_does_not_build_is_told_by_the_users_own_file_and_line(
    tmp_path: Path, name: str, old: str, new: str, words: str
) -> None:
    source = KERNELS[name].replace(old, new)
    (tmp_path / name).write_text(source)
    ran = agentpar("judge", f"{name}::scale", name, "--sandbox", cheapest_kind(), "-I", ".", cwd=tmp_path)
    assert ran.returncode == 2 and words in ran.stderr, ran.stderr
    assert not [word for word in ("prelude", "project", "../") if word in ran.stderr], ran.stderr


@pytest.mark.sandbox
def test_a_run_whose_source_does_not_build_leaves_nothing(kernel: Path) -> None:
    kernel.write_text(kernel.read_text().replace("2.0 *", "two *"))
    ran = agentpar("solve", f"{kernel}::scale", "--run-dir", "run", "--sandbox", cheapest_kind(), cwd=kernel.parent)
    assert ran.returncode == 2 and "kernel.cpp:3:" in ran.stderr
    assert list(kernel.parent.iterdir()) == [kernel]


RIGHT = MATMUL.read_text()
VERSIONS = {
    "right": RIGHT,
    "parallel": RIGHT.replace("    for (int i", "#pragma omp parallel for\n    for (int i"),
    "wrong": RIGHT.replace("C[i * N + j] = sum", "C[i * N + j] = sum + 1e-3"),
    "racy": RIGHT.replace("void matmul", "int seen;\nvoid matmul").replace(
        "    for (int i", "#pragma omp parallel for\n    for (int i"
    ).replace("double sum = 0.0;", "double sum = 0.0; seen = 1;"),
    "crashing": RIGHT.replace("double sum = 0.0;", "double sum = 0.0; if (M > 60) *(volatile int*)nullptr = 1;"),
    "broken": RIGHT.replace("double sum", "duble sum"),
}  # fmt: skip
EXPECTED = {
    "right": "ok",
    "parallel": "ok",
    "wrong": "wrong_answer",
    "racy": "race",
    "crashing": "crash",
    "broken": "build_error",
}


@pytest.mark.sandbox
def test_judge_tells_right_wrong_racy_crashing_and_broken_versions_apart(tmp_path: Path) -> None:
    lines = [json.dumps({"name": name, "source": source}) for name, source in VERSIONS.items()]
    (tmp_path / "versions.jsonl").write_text("\n".join(lines))
    ran = soon_judged(
        "judge", f"{MATMUL}::matmul", "--jsonl", tmp_path / "versions.jsonl", *SMALL,
        "--json", "--quiet", "--sandbox", cheapest_kind(),
    )  # fmt: skip
    found = [json.loads(line) for line in ran.stdout.splitlines()]
    assert {line["file"]: line["verdict"] for line in found} == EXPECTED
    assert [line["file"] for line in found] == list(VERSIONS)
    assert ran.returncode == 1 and ran.stderr == ""
    by_name = {line["file"]: line for line in found}
    assert "seen = 1;" in by_name["racy"]["feedback"]
    assert "C[" in by_name["wrong"]["feedback"]
    assert "'duble'" in by_name["broken"]["feedback"] or "‘duble’" in by_name["broken"]["feedback"]
    assert not any(line["improvement"] for line in found if line["verdict"] != "ok")


@pytest.mark.sandbox
def test_a_run_that_is_interrupted_and_killed_goes_on_and_judges_nothing_twice(tmp_path: Path) -> None:
    run_dir, kind = tmp_path / "run", cheapest_kind()
    solve = [
        "solve",
        f"{MATMUL}::matmul",
        *SMALL,
        "--candidates",
        "5",
        "--run-dir",
        run_dir,
        "--sandbox",
        kind,
        "--json",
    ]

    with soon_started(*solve) as process:
        assert eventually(lambda: len(verdicts(run_dir)) >= 1 or process.poll() is not None)
        inside = descendants(process)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=WAIT_S)
    assert process.returncode == 130, err
    assert out == "" and f"agentpar resume {run_dir}" in err.replace("\n", "")
    assert all_gone(inside)
    interrupted = verdicts(run_dir)
    assert 1 <= len(interrupted) < 5
    shown = agentpar("show", run_dir)
    assert f"interrupted: {len(interrupted)} of 5 candidates judged" in shown.stdout

    with soon_started("resume", run_dir, "--sandbox", kind) as process:
        assert eventually(lambda: len(verdicts(run_dir)) > len(interrupted) or process.poll() is not None)
        inside = descendants(process)
        process.kill()
        process.communicate()
    assert eventually(lambda: all_gone(inside), 10)
    killed = verdicts(run_dir)
    assert killed[: len(interrupted)] == interrupted

    ran = soon_judged("resume", run_dir, "--sandbox", kind, "--json")
    result = json.loads(ran.stdout)
    finished = verdicts(run_dir)
    assert finished[: len(killed)] == killed
    assert len(finished) == len(set(finished)) == result["evaluated"] == 5
    assert (ran.returncode, result["status"]) in ((0, "improved"), (1, "no_improvement"))
    assert ran.stderr != ""
    assert [path.name for path in run_dir.glob("*.sqlite*")] == ["ledger.sqlite"]

    shown = agentpar("show", run_dir, "--json")
    assert shown.returncode == 0 and shown.stderr == ""
    assert [c["id"] for c in json.loads(shown.stdout)["candidates"]] == finished
    table = agentpar("show", run_dir, NO_COLOR="1", FORCE_COLOR="")
    assert table.returncode == 0 and "\x1b" not in table.stdout and "matmul" in table.stdout

    again = soon_judged("resume", run_dir, "--sandbox", kind, "--fail-on", "error", "--quiet")
    assert again.returncode == 0 and again.stderr == ""
    assert verdicts(run_dir) == finished
    # What could not be timed in one re-test may be found faster in the next; what was found is not lost.
    is_improved = re.search(r"faster.*verified", again.stdout) is not None
    assert is_improved or (result["best"] is None and "no verified improvement" in again.stdout)
    assert (run_dir / "best.patch").is_file() == is_improved


@pytest.mark.sandbox
def test_a_budget_that_ends_before_any_verdict_exits_with_5(tmp_path: Path) -> None:
    run_dir, kind = tmp_path / "run", cheapest_kind()
    ran = soon_judged(
        "solve", f"{MATMUL}::matmul", *SMALL, "--seconds", "0.001", "--run-dir", run_dir, "--sandbox", kind, "--quiet"
    )
    assert ran.returncode == 5, ran
    assert ran.stderr == "" and "`agentpar resume` on this run with more --seconds goes on" in ran.stdout
    assert verdicts(run_dir) == []
    assert soon_judged("resume", run_dir, "--sandbox", kind, "--fail-on", "none").returncode == 0


@pytest.mark.sandbox
def test_a_second_interrupt_leaves_at_once_and_leaves_nothing_behind(tmp_path: Path) -> None:
    run_dir = tmp_path / "run"
    command = ["solve", f"{MATMUL}::matmul", *SMALL, "--run-dir", run_dir, "--sandbox", cheapest_kind()]
    with started(*command) as process:
        assert eventually(lambda: bool(descendants(process)) or process.poll() is not None)
        inside = descendants(process)
        process.send_signal(signal.SIGINT)
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=30)
    assert process.returncode == 130
    assert eventually(lambda: all_gone(inside), 10)

import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from agentpar.ledger import Ledger
from tests.cli.program import agentpar, says_one_line
from tests.search.doubles import a_task, ok, proposal

KERNEL = """\
#include <vector>
void scale(const std::vector<double>& x, std::vector<double>& y, int n) {
    for (int i = 0; i < n; ++i) y[i] = 2.0 * x[i];
}
"""


@pytest.fixture
def run_dir(tmp_path: Path) -> Path:
    """A run with twenty verdicts."""
    with Ledger.create(tmp_path / "run" / "ledger.sqlite", a_task()) as ledger:
        for number in range(20):
            candidate = ledger.record_candidate(proposal(number), subtask="scale", fingerprint=f"{number}", seen=0)
            ledger.record_verdict(candidate, ok(2.0))
    return tmp_path / "run"


def written_by_another_version(ledger: Path) -> None:
    with closing(sqlite3.connect(ledger)) as db:
        db.execute("PRAGMA user_version = 7")


def with_a_verdict_of_another_version(ledger: Path) -> None:
    with closing(sqlite3.connect(ledger)) as db:
        db.execute('UPDATE verdicts SET body = \'{"outcome": "splendid"}\'')
        db.commit()


def of_another_program(ledger: Path) -> None:
    ledger.unlink()
    with closing(sqlite3.connect(ledger)) as db:
        db.execute("CREATE TABLE t (x)")


RUINS: dict[str, tuple[Callable[[Path], object], str]] = {
    "truncated": (lambda ledger: os.truncate(ledger, ledger.stat().st_size // 2), "damaged; restore it"),
    "empty": (lambda ledger: ledger.write_bytes(b""), "not an agentpar ledger"),
    "no database": (lambda ledger: ledger.write_text("hello\n" * 1000), "not an agentpar ledger"),
    "another program's": (of_another_program, "not an agentpar ledger"),
    "another version's": (written_by_another_version, "another version of agentpar"),
    "with unknown content": (with_a_verdict_of_another_version, "holds what this version cannot read"),
}


@pytest.mark.parametrize("command", ["show", "resume"])
@pytest.mark.parametrize("ruin", RUINS)
def test_a_ledger_that_cannot_be_read_is_named(run_dir: Path, command: str, ruin: str) -> None:
    spoil, words = RUINS[ruin]
    spoil(run_dir / "ledger.sqlite")
    options = ["--sandbox", "bubblewrap", "--quiet"] if command == "resume" else []
    assert says_one_line(agentpar(command, run_dir, *options), 3, f"{run_dir}/ledger.sqlite: ", words)


@pytest.mark.parametrize("command", ["show", "resume"])
def test_what_is_no_run_is_said_with_the_latest_runs(tmp_path: Path, command: str) -> None:
    (tmp_path / "file").write_text("")
    (tmp_path / "folder" / "ledger.sqlite").mkdir(parents=True)
    Ledger.create(tmp_path / ".agentpar" / "20260101-scale" / "ledger.sqlite", a_task()).close()
    for name in ("missing", "file", "folder"):
        ran = agentpar(command, name, cwd=tmp_path)
        assert says_one_line(ran, 2, f"{name} holds no run; latest here: .agentpar/20260101-scale")


@pytest.mark.parametrize("limit", [("candidates", "-5"), ("seconds", "nan"), ("tokens", "0")])
def test_a_budget_that_is_none_leaves_the_run_as_it_was(run_dir: Path, limit: tuple[str, str]) -> None:
    name, value = limit
    assert says_one_line(
        agentpar("resume", run_dir, f"--{name}", value), 2, f"{name}: input should be ", f"not {value}"
    )
    with Ledger.read(run_dir / "ledger.sqlite") as ledger:
        assert ledger.budget == ledger.task.budget


def test_a_run_that_goes_on_is_not_resumed_by_another(run_dir: Path) -> None:
    with Ledger.open(run_dir / "ledger.sqlite"):
        ran = agentpar("resume", run_dir, "--quiet")
        assert says_one_line(ran, 3, f"run is in use by process {os.getpid()}; wait or stop it")


def test_attacks_need_a_sandbox() -> None:
    ran = agentpar("doctor", "--attack", PATH="/nowhere", DOCKER_HOST="unix:///nowhere")
    assert says_one_line(ran, 3, "no sandbox can be had", "apt-get install")


def test_a_result_file_that_is_garbage_misleads_nobody(run_dir: Path) -> None:
    (run_dir / "result.json").write_bytes(b"\xff\x00 not json")
    ran = agentpar("show", run_dir)
    assert ran.returncode == 0 and "20 judged" in ran.stdout and ran.stderr == ""


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "mine.cpp: no such file"),
        (b"", "mine.cpp: empty; give a version of the whole source"),
        (b"\n \n", "mine.cpp: empty"),
        (b"\x7fELF\x00\x01", "mine.cpp: a binary file"),
        (b"// caf\xe9\n", "mine.cpp:1: not UTF-8"),
    ],
    ids=["missing", "empty", "blank", "binary", "latin-1"],
)
def test_a_version_that_cannot_be_judged_is_named(tmp_path: Path, content: bytes | None, words: str) -> None:
    (tmp_path / "kernel.cpp").write_text(KERNEL)
    if content is not None:
        (tmp_path / "mine.cpp").write_bytes(content)
    ran = agentpar("judge", "kernel.cpp::scale", "mine.cpp", cwd=tmp_path)
    assert says_one_line(ran, 2, words)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ('{"source": "int', 'at column 12; each line is {"name": …, "source": …}'),
        ('{"name": "mine"}', 'not a JSON object with a "source" that is a string; each line is'),
        ("[" * 100_000, "no text"),
        ('["source"]', 'not a JSON object with a "source"'),
        ('{"source": 7}', 'not a JSON object with a "source"'),
        ('{"source": "\\ud800"}', "no text"),
    ],
    ids=["cut off", "without a source", "deep", "list", "number", "half a character"],
)
def test_a_line_that_is_no_version_is_named(tmp_path: Path, line: str, words: str) -> None:
    (tmp_path / "kernel.cpp").write_text(KERNEL)
    (tmp_path / "all.jsonl").write_text('{"source": "int main() {}\u2028"}\n\n' + line + "\n")
    ran = agentpar("judge", "kernel.cpp::scale", "--jsonl", "all.jsonl", cwd=tmp_path)
    assert says_one_line(ran, 2, "all.jsonl:3: ", words)


@pytest.mark.parametrize("content", [None, b"", b"PK\x00\x01"], ids=["missing", "empty", "binary"])
def test_a_file_of_lines_that_cannot_be_read_is_named(tmp_path: Path, content: bytes | None) -> None:
    (tmp_path / "kernel.cpp").write_text(KERNEL)
    if content is not None:
        (tmp_path / "all.jsonl").write_bytes(content)
    assert says_one_line(agentpar("judge", "kernel.cpp::scale", "--jsonl", "all.jsonl", cwd=tmp_path), 2, "all.jsonl: ")


@pytest.mark.slow
def test_a_run_is_not_begun_where_it_cannot_be_kept(tmp_path: Path, run_dir: Path) -> None:
    (tmp_path / "kernel.cpp").write_text(KERNEL)
    (tmp_path / "file").write_text("")
    solve = ["solve", "kernel.cpp::scale", "--quiet", "--run-dir"]
    assert says_one_line(agentpar(*solve, "file/run", cwd=tmp_path), 3, "file/run: cannot be made")
    assert says_one_line(agentpar(*solve, "/proc/run", cwd=tmp_path), 3, "/proc/run: cannot be made")
    assert says_one_line(agentpar(*solve, "run", cwd=tmp_path), 3, "run/ledger.sqlite: there is a run here already")
    assert says_one_line(agentpar(*solve, ".", cwd=tmp_path), 2, "holds other things than a run, such as file; name a")
    with Ledger.read(run_dir / "ledger.sqlite") as ledger:
        assert len(ledger.judged()) == 20

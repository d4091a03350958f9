import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from agentpar.candidate import content_id
from agentpar.errors import LedgerError, ModelError, SandboxError, TaskError
from agentpar.events import Event
from agentpar.ledger import Ledger, beginning
from agentpar.ledger_file import SERVER_LOG, patiently, writer
from agentpar.models.base import Completion, Reply, Usage
from agentpar.records import Spent, Turn
from agentpar.task import Budget
from tests.search.doubles import a_task, failed, ok, proposal


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "run" / "ledger.sqlite"


@pytest.fixture
def ledger(path: Path) -> Iterator[Ledger]:
    with Ledger.create(path, a_task()) as ledger:
        yield ledger


def add(ledger: Ledger, mark: object, *, seen: int = 0, subtask: str = "scale"):  # type: ignore[no-untyped-def]
    return ledger.record_candidate(proposal(mark), subtask=subtask, fingerprint=f"fingerprint {mark}", seen=seen)


def test_what_is_recorded_is_read_back(ledger: Ledger) -> None:
    first, second, third = add(ledger, 1), add(ledger, 2), add(ledger, 3, seen=1)
    assert ledger.record_verdict(second, ok(2.0)) == 1
    assert ledger.record_verdict(first, failed()) == 2
    ledger.record_confirmation(second, ok(1.9))
    ledger.record_duplicate("0123", subtask="scale", number=1)
    event = Event(kind="judged", seconds=1.5, outcome=ok(2.0).outcome, counts={"ok": 1})
    ledger.record_event(event)
    ledger.note("machine", {"cores": 2, "cpus": ["a", "b"]})
    ledger.note("machine", {"cores": 4})
    ledger.close()
    with Ledger.open(ledger.path) as reopened:
        assert reopened.task == a_task() and reopened.seed == 7
        assert reopened.judged() == [(second, ok(2.0)), (first, failed())]
        assert reopened.pending() == [third]
        assert [(each.candidate, each.seen) for each in reopened.candidates()] == [
            (first, 0),
            (second, 0),
            (third, 1),
        ]
        assert reopened.verdict_of(second.id) == ok(2.0) and reopened.verdict_of(third.id) is None
        assert reopened.confirmation_of(second) == ok(1.9) and reopened.confirmation_of(first) is None
        assert reopened.counts() == {"ok": 1, "wrong_answer": 1, "duplicate": 1}
        assert reopened.duplicates("scale") == {"0123"}
        assert reopened.events() == [event]
        assert reopened.notes() == {"machine": {"cores": 4}}


def test_subtasks_are_kept_apart(ledger: Ledger) -> None:
    here, there = add(ledger, 1), add(ledger, 1, subtask="other")
    ledger.record_verdict(there, ok(2.0))
    assert ledger.pending("scale") == [here] and ledger.judged("scale") == []
    assert ledger.judged("other") == [(there, ok(2.0))]
    assert ledger.counts("scale") == {} and ledger.counts("other") == {"ok": 1}
    assert ledger.verdict_of(content_id(here.source)) == ok(2.0)


def test_a_candidate_is_judged_once(ledger: Ledger) -> None:
    candidate = add(ledger, 1)
    ledger.record_verdict(candidate, ok(2.0))
    with pytest.raises(LedgerError):
        ledger.record_verdict(candidate, failed())
    with pytest.raises(LedgerError):
        add(ledger, 1)
    assert ledger.judged() == [(candidate, ok(2.0))]


def test_a_run_is_read_while_it_is_written(ledger: Ledger) -> None:
    with Ledger.read(ledger.path) as reader:
        candidate = add(ledger, 1)
        ledger.record_verdict(candidate, ok(2.0))
        assert reader.judged() == [(candidate, ok(2.0))]
        assert reader.elapsed_seconds() > 0
        with pytest.raises(LedgerError, match="read-only"):
            reader.note("a", 1)


HOLDER = """
import sys, time
from pathlib import Path
from agentpar.ledger import Ledger
from agentpar.records import Spent, Turn
from tests.search.doubles import failed, proposal
ledger = Ledger.open(Path(sys.argv[1]))
candidate = ledger.record_candidate(proposal(1), subtask="scale", fingerprint="f", seen=0)
ledger.record_verdict(candidate, failed())
print("held", flush=True)
time.sleep(60)
"""


@contextmanager
def held(path: Path) -> Iterator["subprocess.Popen[str]"]:
    """A process that writes the run and has committed one verdict. It is killed in the end."""
    Ledger.create(path, a_task()).close()
    command = [sys.executable, "-c", HOLDER, str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[1]) as holder:
        try:
            assert holder.stdout is not None and holder.stdout.readline() == "held\n"
            yield holder
        finally:
            holder.kill()


def test_a_second_process_is_refused_until_the_first_is_gone(path: Path) -> None:
    with held(path) as holder:
        with pytest.raises(LedgerError, match=f"run is in use by process {holder.pid}; wait or stop it"):
            Ledger.open(path)
        with Ledger.read(path) as reader:
            assert len(reader.judged()) == 1
        holder.send_signal(signal.SIGKILL)
    with Ledger.read(path) as reader:
        assert len(reader.judged()) == 1
    with Ledger.open(path) as ledger:
        assert len(ledger.judged()) == 1


def test_who_writes_a_run_is_known_while_it_does(path: Path) -> None:
    assert writer(path) is None
    with held(path) as holder:
        assert writer(path) == str(holder.pid)
    assert writer(path) is None


def databases(path: Path) -> list[str]:
    return sorted(each.name for each in path.parent.glob("*.sqlite*"))


def test_a_folder_at_rest_holds_one_database_file(path: Path) -> None:
    with Ledger.create(path, a_task()) as ledger, Ledger.read(path):
        ledger.record_verdict(add(ledger, 1), ok(2.0))
    assert databases(path) == ["ledger.sqlite"]
    Ledger.read(path).close()
    assert databases(path) == ["ledger.sqlite"]


def test_after_a_kill_whoever_comes_next_finds_everything_and_tidies_up(path: Path) -> None:
    with held(path) as holder:
        holder.send_signal(signal.SIGKILL)
    assert len(databases(path)) > 1
    with Ledger.read(path) as reader:
        assert len(reader.judged()) == 1
    assert databases(path) == ["ledger.sqlite"]


def test_a_copy_of_a_folder_in_use_is_a_run_of_its_own(path: Path, tmp_path: Path) -> None:
    with held(path):
        copy = shutil.copytree(path.parent, tmp_path / "copy") / path.name
        assert copy.with_name("ledger.sqlite-wal").stat().st_size > 0  # or this test says little
        with Ledger.read(copy) as reader:
            assert len(reader.judged()) == 1
        with Ledger.open(copy) as ledger:
            assert len(ledger.judged()) == 1
            ledger.record_verdict(add(ledger, 2), ok(2.0))
        with Ledger.read(path) as reader:
            assert len(reader.judged()) == 1


def test_the_budget_in_force_and_the_end_of_a_search_are_kept(path: Path) -> None:
    with Ledger.create(path, a_task(candidates=5)) as ledger:
        assert ledger.budget.candidates == 5 and not ledger.is_finished
        ledger.begin(Budget(candidates=9, seconds=7.5))
    with Ledger.open(path) as ledger:
        assert (ledger.budget.candidates, ledger.budget.seconds) == (9, 7.5) and not ledger.is_finished
        ledger.finish()
        assert ledger.is_finished
        ledger.begin(ledger.budget)
        assert not ledger.is_finished


def test_the_same_process_is_refused_too(ledger: Ledger) -> None:
    with pytest.raises(LedgerError, match=f"in use by process {os.getpid()}"):
        Ledger.open(ledger.path)


def test_time_adds_up_over_sessions_and_stands_still_between_them(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1000.0
    monkeypatch.setattr("agentpar.ledger.time", SimpleNamespace(monotonic=lambda: now, time=lambda: now))
    Ledger.create(path, a_task()).close()
    for session in range(1, 4):
        now += 500
        with Ledger.open(path) as ledger:
            now += 3
            assert ledger.elapsed_seconds() == 3 * session
    now += 500
    with Ledger.read(path) as reader:
        now += 3
        assert reader.elapsed_seconds() == 9
        assert reader.sessions() == 4


def test_a_missing_run_is_said_to_be_missing(path: Path) -> None:
    for opener in (Ledger.open, Ledger.read):
        with pytest.raises(LedgerError, match="there is no run here"):
            opener(path)


def test_another_file_is_no_ledger(tmp_path: Path) -> None:
    text, foreign = tmp_path / "a.sqlite", tmp_path / "b.sqlite"
    text.write_text("not a database" * 100)
    db = sqlite3.connect(foreign)
    db.execute("CREATE TABLE t (x)")
    db.close()
    for path in (text, foreign):
        for opener in (Ledger.open, Ledger.read):
            with pytest.raises(LedgerError, match="not an agentpar ledger"):
                opener(path)


def test_another_version_is_refused_with_both_versions(path: Path) -> None:
    Ledger.create(path, a_task()).close()
    db = sqlite3.connect(path)
    db.execute("PRAGMA user_version = 99")
    db.close()
    with pytest.raises(LedgerError, match="schema 99; this is 3"):
        Ledger.open(path)


def test_a_run_of_before_tasks_had_several_files_still_opens(path: Path) -> None:
    Ledger.create(path, a_task()).close()
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("UPDATE run SET task = json_remove(task, '$.others')")
    with Ledger.open(path) as ledger:
        assert ledger.task == a_task()


@pytest.mark.parametrize("share", [0.05, 0.5, 0.95])
def test_a_file_that_is_cut_off_is_said_to_be_damaged(ledger: Ledger, share: float) -> None:
    for number in range(40):
        ledger.record_verdict(add(ledger, number), ok(2.0))
    ledger.close()
    os.truncate(ledger.path, int(ledger.path.stat().st_size * share))
    with pytest.raises(LedgerError, match="damaged; restore it"):
        Ledger.open(ledger.path)


def test_text_that_is_none_is_said_to_be_damaged(path: Path) -> None:
    Ledger.create(path, a_task()).close()
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("UPDATE run SET task = CAST(X'7BFF7D' AS TEXT)")
    with pytest.raises(LedgerError, match="damaged; restore it"):
        _ = Ledger.open(path).task


def test_content_that_this_version_does_not_know_is_said_to_be_unknown(ledger: Ledger) -> None:
    ledger.record_verdict(add(ledger, 1), ok(2.0))
    ledger.record_event(Event(kind="note", seconds=0.0))
    ledger.close()
    with closing(sqlite3.connect(ledger.path)) as db:
        db.execute("""UPDATE verdicts SET body = '{"outcome": "splendid"}'""")
        db.execute("UPDATE events SET body = x'ff00'")
        db.execute("INSERT INTO notes VALUES ('budget', '{')")
        db.commit()
    with Ledger.read(ledger.path) as reader:
        for read in (reader.judged, reader.events, reader.notes, lambda: reader.budget):
            with pytest.raises(LedgerError, match="holds what this version cannot read"):
                read()
    with closing(sqlite3.connect(ledger.path)) as db:
        db.execute("UPDATE run SET task = '[]'")
        db.commit()
    for opener in (Ledger.open, Ledger.read):
        with pytest.raises(LedgerError, match="holds what this version cannot read"):
            opener(ledger.path)


def test_a_foreign_database_is_refused_as_it_is(tmp_path: Path) -> None:
    foreign = tmp_path / "ledger.sqlite"
    with closing(sqlite3.connect(foreign)) as db:
        db.execute("CREATE TABLE t (x)")
    before = foreign.read_bytes()
    with pytest.raises(LedgerError, match="not an agentpar ledger"):
        Ledger.open(foreign)
    assert foreign.read_bytes() == before


def test_a_run_is_not_begun_over_another(path: Path) -> None:
    Ledger.create(path, a_task()).close()
    with pytest.raises(LedgerError, match="a run here already"):
        Ledger.create(path, a_task())


def test_a_run_is_not_begun_among_other_things(path: Path) -> None:
    path.parent.mkdir(exist_ok=True)
    (path.parent / "thesis.tex").write_text("")
    with pytest.raises(TaskError, match=r"holds other things than a run, such as thesis\.tex; name a new folder"):
        Ledger.create(path, a_task())
    assert [each.name for each in path.parent.iterdir()] == ["thesis.tex"]


@pytest.mark.parametrize("kept", [[], ["notes.txt"]], ids=["alone", "beside something"])
def test_a_discarded_run_leaves_what_is_not_its_own(path: Path, kept: list[str]) -> None:
    with Ledger.create(path, a_task()) as ledger:
        for name in kept:
            (path.parent / name).write_text("")
        ledger.note("key", 1)
        ledger.discard()
    assert path.parent.exists() == bool(kept)
    assert not kept or [each.name for each in path.parent.iterdir()] == kept


@pytest.mark.parametrize(
    ("happens", "is_left"),
    [
        (lambda ledger: ledger.begin(Budget()), False),
        (lambda ledger: ledger.note("evidence", {}), True),
        (lambda ledger: ledger.record_reply("key", Reply(completions=(Completion(text="x"),))), True),
        (lambda ledger: add(ledger, 1), True),
    ],
    ids=["nothing", "prepared", "a model was asked", "a candidate"],
)
def test_a_run_that_fails_before_anything_is_recorded_leaves_nothing(path: Path, happens: Any, is_left: bool) -> None:
    with pytest.raises(SandboxError), beginning(path), Ledger.create(path, a_task()) as ledger:
        happens(ledger)
        raise SandboxError("no Docker daemon answers")
    assert path.parent.exists() == is_left


def test_a_run_that_is_interrupted_before_anything_is_recorded_can_be_resumed(path: Path) -> None:
    with pytest.raises(KeyboardInterrupt), beginning(path), Ledger.create(path, a_task()):
        raise KeyboardInterrupt
    Ledger.open(path).close()


def test_the_log_of_a_server_that_did_not_start_stays_and_a_run_may_begin_beside_it(path: Path) -> None:
    with pytest.raises(ModelError), beginning(path), Ledger.create(path, a_task()):
        (path.parent / SERVER_LOG).write_text("no such architecture")
        raise ModelError("the vLLM server ended")
    assert [each.name for each in path.parent.iterdir()] == [SERVER_LOG]
    Ledger.create(path, a_task()).close()


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(LedgerError, match="cannot be made"):
        Ledger.create(tmp_path / "file" / "run" / "ledger.sqlite", a_task())


def test_a_kill_while_a_run_is_begun_leaves_no_half_ledger(path: Path) -> None:
    path.parent.mkdir()
    path.with_suffix(".draft").write_text("half")
    Ledger.create(path, a_task()).close()
    with Ledger.open(path) as ledger:
        assert ledger.task == a_task()


def test_a_full_disk_loses_nothing_that_was_committed(ledger: Ledger) -> None:
    candidate = add(ledger, 1)
    ledger.record_verdict(candidate, ok(2.0))
    (pages,) = ledger._db.execute("PRAGMA page_count").fetchone()
    ledger._db.execute(f"PRAGMA max_page_count = {pages}")  # what SQLite sees when the disk is full
    with pytest.raises(LedgerError, match="the disk is full; free some space and resume"):
        ledger.note("large", "x" * 100_000)
    assert ledger.judged() == [(candidate, ok(2.0))]
    ledger.close()
    with Ledger.open(ledger.path) as reopened:
        reopened.note("large", "x" * 100_000)
        assert reopened.judged() == [(candidate, ok(2.0))]


def a_reply(text: str, tokens: int) -> Reply:
    usage = Usage(prompt_tokens=tokens, completion_tokens=2 * tokens, seconds=0.5)
    return Reply(completions=(Completion(text=text),), usage=usage)


def test_replies_and_what_they_cost_outlast_the_process(path: Path) -> None:
    with Ledger.create(path, a_task()) as ledger:
        assert ledger.spent() == Spent() and ledger.reply_to("a") is None
        ledger.record_reply("a", a_reply("first", 10))
        ledger.record_reply("b", a_reply("second", 1))
        with Ledger.read(path) as reader:
            assert reader.spent() == ledger.spent()
            ledger.record_reply("c", a_reply("third", 0))
            assert reader.spent() == ledger.spent()
    with Ledger.open(path) as ledger:
        assert ledger.reply_to("a") == a_reply("first", 10)
        assert ledger.spent() == Spent(replies=3, prompt_tokens=11, completion_tokens=22, seconds=1.5)
        assert ledger.spent().tokens == 33


def test_a_turn_is_open_until_it_is_ended(path: Path) -> None:
    with Ledger.create(path, a_task()) as ledger:
        first = ledger.begin_turn(subtask="scale", proposer="model a", seen=0, wanted=4)
        second = ledger.begin_turn(subtask="scale", proposer="model b", seen=3, wanted=4)
        ledger.begin_turn(subtask="other", proposer="model a", seen=0, wanted=4)
        ledger.end_turn(first, admitted=2)
    with Ledger.read(path) as ledger:
        assert ledger.turns("scale") == [Turn(first.number, "model a", 0, 4, 0, 2), second]
        assert first.number != second.number and second.admitted is None


@pytest.mark.parametrize(("code", "reads"), [(sqlite3.SQLITE_PROTOCOL, 3), (sqlite3.SQLITE_CORRUPT, 1)])
def test_who_was_kept_from_the_log_on_a_busy_machine_reads_again(code: int, reads: int) -> None:
    # Made up: SQLite gives up after ten seconds, on a machine that gives nobody a CPU.
    kept_away = sqlite3.OperationalError("locking protocol")
    kept_away.sqlite_errorcode = code
    answers: list[Any] = [kept_away, kept_away, "rows"]
    asked = 0

    def read() -> str:
        nonlocal asked
        asked += 1
        if isinstance(answer := answers.pop(0), Exception):
            raise answer
        return str(answer)

    if code == sqlite3.SQLITE_PROTOCOL:
        assert patiently(read) == "rows"
    else:
        with pytest.raises(sqlite3.OperationalError):
            patiently(read)
    assert asked == reads

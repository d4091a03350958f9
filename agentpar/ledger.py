"""The durable record of a run: one SQLite file, the single source of truth.

A verdict is on the disk when `record_verdict` returns (WAL, `synchronous=FULL`), and with it all that was written
before, so a run loses at most what was in flight: also proposals and events when the machine goes down, and not even
those when the process is killed. One process writes (its lock dies with it); any number may read meanwhile.
Whoever closes the ledger last moves the WAL into it, so that a folder at rest holds one database file.
All calls are short and blocking, and belong to the thread that opened the ledger.
"""

import json
import os
import sqlite3
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

from agentpar.candidate import WHOLE, Candidate, Proposal, as_candidate
from agentpar.errors import LedgerError, TaskError
from agentpar.events import Event
from agentpar.ledger_file import (
    acquire,
    connect,
    connect_to_read,
    damaged,
    is_run,
    lay_out,
    mapped,
    patiently,
    remove,
    strangers,
)
from agentpar.models.base import Reply
from agentpar.records import Recorded, Spent, Turn
from agentpar.task import Budget, Task
from agentpar.verdict import Frozen, Verdict

Value = TypeVar("Value", bound=Frozen)


@contextmanager
def beginning(path: Path) -> Iterator[None]:
    """Have a new run leave nothing where it fails before it has begun; one that is interrupted can be resumed."""
    try:
        yield
    except Exception:
        with suppress(LedgerError), Ledger.open(path) as ledger:
            if not ledger.has_begun:
                ledger.discard()
        raise


class Ledger:
    """One run's record. Use `create`, `open` or `read`, and close it, or use it in a `with` statement."""

    def __init__(self, path: Path, db: sqlite3.Connection, lock: int | None) -> None:
        self.path = path
        self._db = db
        self._lock = lock
        self._opened = time.monotonic()
        rows = self._rows("SELECT task, seed, created FROM run")
        if not rows:
            raise damaged(path)
        task, self.seed, self.created = rows[0]
        self.task = self._parse(Task, task)
        self._spent: Spent | None = None
        self._is_together = False
        self._session: int | None = None
        if lock is not None:
            self._session = self._write("INSERT INTO sessions (started, seconds) VALUES (?, 0)", time.time())

    @classmethod
    def create(cls, path: Path, task: Task) -> Self:
        """Begin a run's ledger, for writing.

        Raises:
            LedgerError: there is one already, the disk is full or read-only, or another process uses the run.
            TaskError: the folder holds other things than a run.
        """
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise LedgerError(f"{path.parent}: cannot be made: {error.strerror}") from error
        if not is_run(path) and (found := strangers(path)):
            raise TaskError(f"{path.parent} holds other things than a run, such as {found[0]}; name a new folder")
        with ExitStack() as undo:
            lock = acquire(path)
            undo.callback(os.close, lock)
            if path.exists():
                raise LedgerError(f"{path}: there is a run here already; resume it or choose another folder")
            lay_out(path, task)
            db = connect(path)
            undo.callback(db.close)
            ledger = cls(path, db, lock)
            undo.pop_all()
            return ledger

    @classmethod
    def open(cls, path: Path) -> Self:
        """Open a run's ledger for writing.

        Raises:
            LedgerError: missing, not a ledger, damaged, of another version, read-only, or in use by another process.
        """
        if not is_run(path):
            raise LedgerError(f"{path}: there is no run here")
        with ExitStack() as undo:
            lock = acquire(path)
            undo.callback(os.close, lock)
            db = connect(path)
            undo.callback(db.close)
            ledger = cls(path, db, lock)
            undo.pop_all()
            return ledger

    @classmethod
    def read(cls, path: Path) -> Self:
        """Open a run's ledger for reading, also while another process writes it.

        Raises:
            LedgerError: missing, not a ledger, damaged, or of another version.
        """
        if not is_run(path):
            raise LedgerError(f"{path}: there is no run here")
        with ExitStack() as undo:
            db = connect_to_read(path)
            undo.callback(db.close)
            ledger = cls(path, db, None)
            undo.pop_all()
            return ledger

    def close(self) -> None:
        """Note the session's time, and let the next process in."""
        if self._lock is not None:
            with suppress(LedgerError):  # on a full disk, the few seconds since the last write are lost
                self.heartbeat()
        self._db.close()
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def discard(self) -> None:
        """Remove the run, and its folder where that holds nothing else; the ledger is closed after this."""
        self._db.close()
        remove(self.path)
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def settle(self, task: Task) -> None:
        """Replace the run's task by one whose source was written, or whose target was chosen, in this run.

        Raises:
            LedgerError: there are candidates of another source already, or the record cannot be written.
        """
        if task.source != self.task.source and self.candidates():
            raise LedgerError(f"{self.path}: the source of a run with candidates cannot be replaced")
        self._write("UPDATE run SET task = ?", task.model_dump_json())
        self.task = task

    def rename_subtask(self, old: str, new: str) -> None:
        """Let what was recorded of one subtask be another's, which has nothing yet."""
        changed = "UPDATE candidates SET subtask = ?1, body = json_set(body, '$.subtask', ?1) WHERE subtask = ?2"
        self._write(changed, new, old, is_awaited=False)
        self._write("UPDATE duplicates SET subtask = ?1 WHERE subtask = ?2", new, old, is_awaited=False)

    # Candidates and verdicts

    def record_candidate(self, proposal: Proposal, *, subtask: str, fingerprint: str, seen: int) -> Candidate:
        """Number a proposal that was not made before, and keep it. It is pending until its verdict is in.

        Raises:
            LedgerError: the same source was recorded before, or the record cannot be written.
        """
        (last,) = self._rows("SELECT coalesce(max(number), 0) FROM candidates")[0]
        candidate = as_candidate(proposal, number=last + 1, subtask=subtask)
        self._write(
            "INSERT INTO candidates VALUES (?, ?, ?, ?, ?, ?)",
            candidate.number,
            subtask,
            candidate.id,
            fingerprint,
            seen,
            candidate.model_dump_json(),
            is_awaited=False,
        )
        return candidate

    def record_duplicate(self, content_id: str, *, subtask: str, number: int) -> None:
        """Keep that a source was dropped since it equals candidate `number` (0: the untouched source)."""
        self._write("INSERT OR IGNORE INTO duplicates VALUES (?, ?, ?)", subtask, content_id, number, is_awaited=False)

    def record_verdict(self, candidate: Candidate, verdict: Verdict) -> int:
        """Commit a verdict and return its sequence number, from 1. It is durable when this returns.

        Raises:
            LedgerError: the candidate was judged before, or the record cannot be written.
        """
        return self._write(
            "INSERT INTO verdicts (number, body) VALUES (?, ?)", candidate.number, verdict.model_dump_json()
        )

    def record_confirmation(self, candidate: Candidate, verdict: Verdict) -> None:
        """Commit a champion's fresh re-test."""
        self._write("INSERT OR REPLACE INTO confirmations VALUES (?, ?)", candidate.number, verdict.model_dump_json())

    def candidates(self, subtask: str | None = None) -> list[Recorded]:
        """Everything that was proposed, in order of proposal."""
        rows = self._rows("SELECT body, fingerprint, seen, subtask FROM candidates ORDER BY number")
        return [
            Recorded(self._parse(Candidate, body), fingerprint, seen)
            for body, fingerprint, seen, of in rows
            if subtask in (None, of)
        ]

    def judged(self, subtask: str | None = None) -> list[tuple[Candidate, Verdict]]:
        """The candidates that have a verdict, in the order in which the verdicts came in."""
        rows = self._rows(
            "SELECT c.body, v.body, c.subtask FROM verdicts v JOIN candidates c USING (number) ORDER BY sequence"
        )
        return [
            (self._parse(Candidate, candidate), self._parse(Verdict, verdict))
            for candidate, verdict, of in rows
            if subtask in (None, of)
        ]

    def judged_whole(self) -> list[tuple[Candidate, Verdict]]:
        """The judged candidates that are versions of the whole: compositions alone where loop nests were cut out."""
        entry = self.task.entry.removeprefix("::").partition("<")[0].rstrip()
        is_cut = self.notes().get("plan", {}).get("plan", {}).get("source")
        return [each for each in self.judged() if each[0].subtask in ({WHOLE} if is_cut else {WHOLE, entry})]

    def pending(self, subtask: str | None = None) -> list[Candidate]:
        """The candidates without a verdict, in order of proposal: a resumed run judges these first."""
        rows = self._rows(
            "SELECT body, subtask FROM candidates WHERE number NOT IN (SELECT number FROM verdicts) ORDER BY number"
        )
        return [self._parse(Candidate, body) for body, of in rows if subtask in (None, of)]

    def duplicates(self, subtask: str) -> set[str]:
        """The content ids of the sources that were dropped as duplicates."""
        return {row[0] for row in self._rows("SELECT id FROM duplicates WHERE subtask = ?", subtask)}

    def verdict_of(self, content_id: str) -> Verdict | None:
        """The verdict on a source, or None when it was not judged."""
        rows = self._rows(
            "SELECT v.body FROM verdicts v JOIN candidates c USING (number) WHERE c.id = ? LIMIT 1",
            content_id,
        )
        return self._parse(Verdict, rows[0][0]) if rows else None

    def confirmation_of(self, candidate: Candidate) -> Verdict | None:
        """The verdict of a champion's re-test, or None when there was none."""
        rows = self._rows("SELECT body FROM confirmations WHERE number = ?", candidate.number)
        return self._parse(Verdict, rows[0][0]) if rows else None

    def counts(self, subtask: str | None = None) -> dict[str, int]:
        """How many candidates had each outcome; `duplicate` counts what was dropped without an evaluation."""
        tally = Counter(str(verdict.outcome) for _, verdict in self.judged(subtask))
        dropped = sum(subtask in (None, of) for (of,) in self._rows("SELECT subtask FROM duplicates"))
        return dict(tally) | ({"duplicate": dropped} if dropped else {})

    # Models

    def begin_turn(self, *, subtask: str, proposer: str, seen: int, wanted: int) -> Turn:
        """Note that a proposer is consulted, and in which state: a run that is cut off consults it in the same one."""
        ((known,),) = self._rows("SELECT count(*) FROM verdicts")
        columns = "INSERT INTO turns (subtask, proposer, seen, wanted, known) VALUES (?, ?, ?, ?, ?)"
        number = self._write(columns, subtask, proposer, seen, wanted, known, is_awaited=False)
        return Turn(number, proposer, seen, wanted, known)

    def end_turn(self, turn: Turn, *, admitted: int) -> None:
        """Note that all that a turn brought has been taken or dropped."""
        self._write("UPDATE turns SET admitted = ? WHERE number = ?", admitted, turn.number, is_awaited=False)

    def turns(self, subtask: str) -> list[Turn]:
        """Every turn, in the order in which they began."""
        columns = "number, proposer, seen, wanted, known, admitted"
        return [
            Turn(*row) for row in self._rows(f"SELECT {columns} FROM turns WHERE subtask = ? ORDER BY number", subtask)
        ]

    def record_reply(self, key: str, reply: Reply) -> None:
        """Keep what a model gave for the request `key`. It is durable when this returns."""
        usage, before = reply.usage, self.spent()
        self._write(
            "INSERT INTO replies VALUES (?, ?, ?, ?, ?)",
            key,
            usage.prompt_tokens,
            usage.completion_tokens,
            usage.seconds,
            reply.model_dump_json(exclude_defaults=True),
        )
        self._spent = Spent(
            replies=before.replies + 1,
            prompt_tokens=before.prompt_tokens + usage.prompt_tokens,
            completion_tokens=before.completion_tokens + usage.completion_tokens,
            seconds=before.seconds + usage.seconds,
        )

    def reply_to(self, key: str) -> Reply | None:
        """What a model gave for the request `key`, if it was asked."""
        rows = self._rows("SELECT body FROM replies WHERE key = ?", key)
        return self._parse(Reply, rows[0][0]) if rows else None

    def replies(self) -> list[Reply]:
        """Everything that models gave."""
        return [self._parse(Reply, body) for (body,) in self._rows("SELECT body FROM replies")]

    def spent(self) -> Spent:
        """What models cost so far. The writer keeps the sum, which it is asked for at every step."""
        if self._spent is not None and self._session is not None:
            return self._spent
        sums = "count(*), total(prompt_tokens), total(completion_tokens), total(seconds)"
        replies, asked, given, seconds = self._rows(f"SELECT {sums} FROM replies")[0]
        return Spent(replies=replies, prompt_tokens=int(asked), completion_tokens=int(given), seconds=round(seconds, 3))

    # How far the run is

    def begin(self, budget: Budget) -> None:
        """Note that a search is on, and its budget: a run that is cut off goes on with the same one."""
        self.note("budget", budget.model_dump())
        self.note("finished", False)

    def finish(self) -> None:
        """Note that the search ended by itself, and that its champion was re-tested."""
        self.note("finished", True)

    @property
    def is_finished(self) -> bool:
        """Whether nothing is left to do within the budget."""
        return bool(self.notes().get("finished"))

    @property
    def has_begun(self) -> bool:
        """Whether it holds anything that another run of the same task would have to do again."""
        is_prepared = any(key.startswith("evidence") for key in self.notes())
        return is_prepared or bool(self.candidates() or self.spent().replies)

    @property
    def budget(self) -> Budget:
        """The budget in force: that of the latest search, or the task's."""
        with mapped(self.path):
            return Budget.model_validate(self.notes().get("budget", self.task.budget))

    # Events, notes and time

    def record_event(self, event: Event) -> None:
        """Append an event."""
        self._write(
            "INSERT INTO events (body) VALUES (?)", event.model_dump_json(exclude_defaults=True), is_awaited=False
        )

    def events(self) -> list[Event]:
        """Every event of the run, in order."""
        return [self._parse(Event, body) for (body,) in self._rows("SELECT body FROM events ORDER BY sequence")]

    def note(self, key: str, value: Any) -> None:
        """Keep a JSON value under a key, in place of an earlier one."""
        self._write("INSERT OR REPLACE INTO notes VALUES (?, ?)", key, json.dumps(value))

    def notes(self) -> dict[str, Any]:
        """Every note."""
        with mapped(self.path):
            return {key: json.loads(value) for key, value in self._rows("SELECT key, value FROM notes")}

    @contextmanager
    def together(self, *, is_awaited: bool = True) -> Iterator[None]:
        """Commit what is written inside all at once, or nothing of it. No `await` belongs inside.

        Raises:
            LedgerError: the record cannot be written.
        """
        with mapped(self.path):
            self._db.execute(f"PRAGMA synchronous={'FULL' if is_awaited else 'NORMAL'}")
        with mapped(self.path), self._db:
            self._is_together = True
            try:
                yield
            finally:
                self._is_together = False

    def heartbeat(self) -> None:
        """Write down the time spent so far. Every other write does so too."""
        with mapped(self.path), self._db:
            self._touch()

    def elapsed_seconds(self) -> float:
        """Wall time with the ledger open for writing, over all sessions, the present one included."""
        (others,) = self._rows("SELECT total(seconds) FROM sessions WHERE id IS NOT ?", self._session)[0]
        live = time.monotonic() - self._opened if self._session is not None else 0.0
        return float(others + live)

    def sessions(self) -> int:
        """How many times the run was opened for writing."""
        return int(self._rows("SELECT count(*) FROM sessions")[0][0])

    def _rows(self, query: str, *values: object) -> list[Any]:
        with mapped(self.path):
            return patiently(lambda: self._db.execute(query, values).fetchall())

    def _parse(self, model: type[Value], body: str | bytes) -> Value:
        with mapped(self.path):
            return model.model_validate_json(body)

    def _write(self, statement: str, *values: object, is_awaited: bool = True) -> int:
        """Commit one statement and the session's time together; return the last row's id.

        Where the disk is not awaited, the next write that is takes this one there too.
        """
        if not self._is_together:
            with self.together(is_awaited=is_awaited):
                return self._write(statement, *values)
        row = self._db.execute(statement, values).lastrowid or 0
        self._touch()
        return row

    def _touch(self) -> None:
        self._db.execute(
            "UPDATE sessions SET seconds = ? WHERE id = ?", (time.monotonic() - self._opened, self._session)
        )

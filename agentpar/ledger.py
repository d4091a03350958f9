"""The durable record of a run: one SQLite file, the single source of truth.

A verdict is on the disk when `record_verdict` returns (WAL, `synchronous=FULL`), so a run that is killed
loses at most what was in flight. One process writes (its lock dies with it); any number may read meanwhile.
All calls are short and blocking, and belong to the thread that opened the ledger.
"""

import fcntl
import json
import os
import sqlite3
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote

from agentpar.candidate import Candidate, Proposal, as_candidate
from agentpar.errors import LedgerError
from agentpar.events import Event
from agentpar.task import Task
from agentpar.verdict import Verdict

SCHEMA_VERSION = 1
_BUSY_S = 5.0
_APPLICATION_ID = 0x61677061  # "agpa": tells our files from other SQLite databases

_SCHEMA = f"""
CREATE TABLE run (task TEXT NOT NULL, seed INTEGER NOT NULL, created REAL NOT NULL);
CREATE TABLE sessions (id INTEGER PRIMARY KEY, started REAL NOT NULL, seconds REAL NOT NULL);
CREATE TABLE candidates (
    number INTEGER PRIMARY KEY, subtask TEXT NOT NULL, id TEXT NOT NULL, fingerprint TEXT NOT NULL,
    seen INTEGER NOT NULL, body TEXT NOT NULL, UNIQUE (subtask, id));
CREATE TABLE duplicates (
    subtask TEXT NOT NULL, id TEXT NOT NULL, number INTEGER NOT NULL, PRIMARY KEY (subtask, id));
CREATE TABLE verdicts (
    sequence INTEGER PRIMARY KEY, number INTEGER NOT NULL UNIQUE REFERENCES candidates, body TEXT NOT NULL);
CREATE TABLE confirmations (number INTEGER PRIMARY KEY REFERENCES candidates, body TEXT NOT NULL);
CREATE TABLE events (sequence INTEGER PRIMARY KEY, body TEXT NOT NULL);
CREATE TABLE notes (key TEXT PRIMARY KEY, value TEXT NOT NULL);
PRAGMA application_id = {_APPLICATION_ID};
PRAGMA user_version = {SCHEMA_VERSION};
"""

_MENDS = {
    sqlite3.SQLITE_FULL: "the disk is full; free some space and resume, nothing committed is lost",
    sqlite3.SQLITE_READONLY: "the file or its folder is read-only",
    sqlite3.SQLITE_CANTOPEN: "the file cannot be opened; check the path and its permissions",
    sqlite3.SQLITE_NOTADB: "not an agentpar ledger",
    sqlite3.SQLITE_CORRUPT: "the file is damaged; restore it or start a new run",
    sqlite3.SQLITE_IOERR: "the disk failed to read or write",
}


@dataclass(frozen=True)
class Recorded:
    """A candidate as it stands in the ledger.

    `seen` is how many of its subtask's verdicts were in when it was proposed: its proposer was shown exactly
    `ledger.judged(subtask)[:seen]`, which is what makes a run auditable and repeatable.
    """

    candidate: Candidate
    fingerprint: str
    seen: int


class Ledger:
    """One run's record. Use `create`, `open` or `read`, and close it, or use it in a `with` statement."""

    def __init__(self, path: Path, db: sqlite3.Connection, lock: int | None) -> None:
        self.path = path
        self._db = db
        self._lock = lock
        self._opened = time.monotonic()
        with _mapped(path):
            task, self.seed, self.created = db.execute("SELECT task, seed, created FROM run").fetchone()
        self.task = Task.model_validate_json(task)
        self._session: int | None = None
        if lock is not None:
            self._session = self._write("INSERT INTO sessions (started, seconds) VALUES (?, 0)", time.time())

    @classmethod
    def create(cls, path: Path, task: Task) -> Self:
        """Begin a run's ledger, for writing.

        Raises:
            LedgerError: there is one already, the disk is full or read-only, or another process uses the run.
        """
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise LedgerError(f"{path.parent}: cannot be made: {error.strerror}") from error
        with ExitStack() as undo:
            lock = _acquire(path)
            undo.callback(os.close, lock)
            if path.exists():
                raise LedgerError(f"{path}: there is a run here already; resume it or choose another folder")
            _lay_out(path, task)
            ledger = cls(path, _connect(path), lock)
            undo.pop_all()
            return ledger

    @classmethod
    def open(cls, path: Path) -> Self:
        """Open a run's ledger for writing.

        Raises:
            LedgerError: missing, not a ledger, of another version, read-only, or in use by another process.
        """
        _require(path)
        with ExitStack() as undo:
            lock = _acquire(path)
            undo.callback(os.close, lock)
            db = _connect(path)
            undo.callback(db.close)
            _check(path, db)
            ledger = cls(path, db, lock)
            undo.pop_all()
            return ledger

    @classmethod
    def read(cls, path: Path) -> Self:
        """Open a run's ledger for reading, also while another process writes it.

        Raises:
            LedgerError: missing, not a ledger, or of another version.
        """
        _require(path)
        # WAL readers need to write the -shm file; on read-only media a cleanly closed file is immutable.
        is_immutable = not os.access(path.parent, os.W_OK) and not Path(f"{path}-wal").exists()
        uri = f"file:{quote(str(path.absolute()))}?mode=ro{'&immutable=1' if is_immutable else ''}"
        with ExitStack() as undo:
            with _mapped(path):
                db = sqlite3.connect(uri, uri=True, timeout=_BUSY_S)
            undo.callback(db.close)
            _check(path, db)
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

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

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
        )
        return candidate

    def record_duplicate(self, content_id: str, *, subtask: str, number: int) -> None:
        """Keep that a source was dropped since it equals candidate `number` (0: the untouched source)."""
        self._write("INSERT OR IGNORE INTO duplicates VALUES (?, ?, ?)", subtask, content_id, number)

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
            Recorded(Candidate.model_validate_json(body), fingerprint, seen)
            for body, fingerprint, seen, of in rows
            if subtask in (None, of)
        ]

    def judged(self, subtask: str | None = None) -> list[tuple[Candidate, Verdict]]:
        """The candidates that have a verdict, in the order in which the verdicts came in."""
        rows = self._rows(
            "SELECT c.body, v.body, c.subtask FROM verdicts v JOIN candidates c USING (number) ORDER BY sequence"
        )
        return [
            (Candidate.model_validate_json(candidate), Verdict.model_validate_json(verdict))
            for candidate, verdict, of in rows
            if subtask in (None, of)
        ]

    def pending(self, subtask: str | None = None) -> list[Candidate]:
        """The candidates without a verdict, in order of proposal: a resumed run judges these first."""
        rows = self._rows(
            "SELECT body, subtask FROM candidates WHERE number NOT IN (SELECT number FROM verdicts) ORDER BY number"
        )
        return [Candidate.model_validate_json(body) for body, of in rows if subtask in (None, of)]

    def duplicates(self, subtask: str) -> set[str]:
        """The content ids of the sources that were dropped as duplicates."""
        return {row[0] for row in self._rows("SELECT id FROM duplicates WHERE subtask = ?", subtask)}

    def verdict_of(self, content_id: str) -> Verdict | None:
        """The verdict on a source, or None when it was not judged."""
        rows = self._rows(
            "SELECT v.body FROM verdicts v JOIN candidates c USING (number) WHERE c.id = ? LIMIT 1",
            content_id,
        )
        return Verdict.model_validate_json(rows[0][0]) if rows else None

    def confirmation_of(self, candidate: Candidate) -> Verdict | None:
        """The verdict of a champion's re-test, or None when there was none."""
        rows = self._rows("SELECT body FROM confirmations WHERE number = ?", candidate.number)
        return Verdict.model_validate_json(rows[0][0]) if rows else None

    def counts(self, subtask: str | None = None) -> dict[str, int]:
        """How many candidates had each outcome; `duplicate` counts what was dropped without an evaluation."""
        tally = Counter(str(verdict.outcome) for _, verdict in self.judged(subtask))
        dropped = sum(subtask in (None, of) for (of,) in self._rows("SELECT subtask FROM duplicates"))
        return dict(tally) | ({"duplicate": dropped} if dropped else {})

    # Events, notes and time

    def record_event(self, event: Event) -> None:
        """Append an event."""
        self._write("INSERT INTO events (body) VALUES (?)", event.model_dump_json(exclude_defaults=True))

    def events(self) -> list[Event]:
        """Every event of the run, in order."""
        return [Event.model_validate_json(body) for (body,) in self._rows("SELECT body FROM events ORDER BY sequence")]

    def note(self, key: str, value: Any) -> None:
        """Keep a JSON value under a key, in place of an earlier one."""
        self._write("INSERT OR REPLACE INTO notes VALUES (?, ?)", key, json.dumps(value))

    def notes(self) -> dict[str, Any]:
        """Every note."""
        return {key: json.loads(value) for key, value in self._rows("SELECT key, value FROM notes")}

    def heartbeat(self) -> None:
        """Make the time spent so far durable. Every other write does so too."""
        with _mapped(self.path), self._db:
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
        with _mapped(self.path):
            return self._db.execute(query, values).fetchall()

    def _write(self, statement: str, *values: object) -> int:
        """Commit one statement and the session's time together; return the last row's id."""
        with _mapped(self.path), self._db as db:
            row = db.execute(statement, values).lastrowid or 0
            self._touch()
            return row

    def _touch(self) -> None:
        self._db.execute(
            "UPDATE sessions SET seconds = ? WHERE id = ?", (time.monotonic() - self._opened, self._session)
        )


def _require(path: Path) -> None:
    if not path.is_file():
        raise LedgerError(f"{path}: there is no run here")


def _acquire(path: Path) -> int:
    """Take the run's lock. The kernel releases it when the process ends, however it ends."""
    lock_path = path.with_suffix(".lock")
    try:
        lock = os.open(lock_path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    except OSError as error:
        raise LedgerError(f"{lock_path}: cannot be opened for writing: {error.strerror}") from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        os.ftruncate(lock, 0)
        os.pwrite(lock, str(os.getpid()).encode(), 0)
    except BlockingIOError:
        pid = os.pread(lock, 32, 0).decode() or "unknown"
        os.close(lock)
        raise LedgerError(f"run is in use by process {pid}; wait or stop it ({path.parent})") from None
    except OSError as error:
        os.close(lock)
        raise LedgerError(f"{lock_path}: cannot be locked: {error.strerror}") from error
    return lock


def _lay_out(path: Path, task: Task) -> None:
    """Make the file complete under another name first: a kill leaves either no ledger or a whole one."""
    draft = path.with_suffix(".draft")
    draft.unlink(missing_ok=True)
    with _mapped(path), closing(sqlite3.connect(draft)) as db:
        db.executescript(_SCHEMA)
        db.execute("INSERT INTO run VALUES (?, ?, ?)", (task.model_dump_json(), task.seed, time.time()))
        db.commit()
    draft.replace(path)


def _connect(path: Path) -> sqlite3.Connection:
    with _mapped(path), ExitStack() as undo:
        db = sqlite3.connect(path, timeout=_BUSY_S, isolation_level="IMMEDIATE")
        undo.callback(db.close)
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = FULL")
        db.execute("PRAGMA foreign_keys = ON")
        undo.pop_all()
        return db


def _check(path: Path, db: sqlite3.Connection) -> None:
    with _mapped(path):
        (application,) = db.execute("PRAGMA application_id").fetchone()
        (version,) = db.execute("PRAGMA user_version").fetchone()
    if application != _APPLICATION_ID:
        raise LedgerError(f"{path}: not an agentpar ledger")
    if version != SCHEMA_VERSION:
        raise LedgerError(
            f"{path}: written by another version of agentpar (schema {version}; this is {SCHEMA_VERSION})"
        )


@contextmanager
def _mapped(path: Path) -> Iterator[None]:
    """Turn SQLite's errors into ours, with the mend."""
    try:
        yield
    except sqlite3.Error as error:
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        raise LedgerError(f"{path}: {_MENDS.get(code, error)}") from error

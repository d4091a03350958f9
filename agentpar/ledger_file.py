"""The file under a ledger: its schema, its lock, how it is opened, and its errors as ours, with the mend."""

import errno
import fcntl
import os
import sqlite3
import stat
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path
from typing import TypeVar
from urllib.parse import quote

from agentpar.errors import LedgerError
from agentpar.task import Task

Value = TypeVar("Value")

LEDGER = "ledger.sqlite"
"""The file's name in a run's folder."""
SERVER_LOG = "vllm.log"
"""That of a model server's log, beside it: all that is left of a run whose server did not start."""
SCHEMA_VERSION = 3
_BUSY_S = 5.0
_LOCK_ATTEMPTS = 5
_LOCK_PAUSE_S = 0.02
_PATIENCE = 3
# A folder copied during a run is whole unless a checkpoint falls into the copying: so they are 64 MiB of pages apart.
_CHECKPOINT_PAGES = 16384
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
CREATE TABLE turns (
    number INTEGER PRIMARY KEY, subtask TEXT NOT NULL, proposer TEXT NOT NULL, seen INTEGER NOT NULL,
    wanted INTEGER NOT NULL, known INTEGER NOT NULL, admitted INTEGER);
CREATE TABLE replies (
    key TEXT PRIMARY KEY, prompt_tokens INTEGER NOT NULL, completion_tokens INTEGER NOT NULL, seconds REAL NOT NULL,
    body TEXT NOT NULL);
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
    sqlite3.SQLITE_PROTOCOL: "other processes keep its log busy; try again",
    sqlite3.SQLITE_IOERR: "the disk failed to read or write; mend it and resume, nothing committed is lost",
}


def writer(path: Path) -> str | None:
    """The id of the process that has the ledger open for writing; None when nobody has."""
    try:
        lock = os.open(path.with_suffix(".lock"), os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return _pid_in(lock)
    except OSError:
        pass  # a file system without locks: nobody can be told
    finally:
        os.close(lock)
    return None


def _pid_in(lock: int) -> str:
    return os.pread(lock, 32, 0).decode(errors="replace") or "unknown"


def is_run(path: Path) -> bool:
    """Whether there is such a file.

    Raises:
        LedgerError: that cannot be seen, for want of permission.
    """
    try:
        return stat.S_ISREG(path.stat().st_mode)
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError as error:
        raise LedgerError(f"{path}: cannot be read: {error.strerror}") from error


def strangers(path: Path) -> list[str]:
    """The names of what lies beside a ledger and is no part of one, in order."""
    own = {SERVER_LOG, *(each.name for each in _files(path))}
    with mapped(path):
        return sorted(each.name for each in path.parent.iterdir() if each.name not in own)


def remove(path: Path) -> None:
    """Remove a ledger that is closed, and its folder where nothing else is in it."""
    with mapped(path):
        for each in _files(path):
            each.unlink(missing_ok=True)
        with suppress(OSError):
            path.parent.rmdir()


def _files(path: Path) -> list[Path]:
    """All that a ledger may consist of, its lock last."""
    return [path, Path(f"{path}-wal"), Path(f"{path}-shm"), path.with_suffix(".draft"), path.with_suffix(".lock")]


def acquire(path: Path) -> int:
    """Take the run's lock. The kernel releases it when the process ends, however it ends."""
    lock_path = path.with_suffix(".lock")
    try:
        lock = os.open(lock_path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    except OSError as error:
        raise LedgerError(
            f"{lock_path}: cannot be opened for writing: {error.strerror}; make the folder writable, or copy it"
        ) from error
    try:
        for attempt in range(1, _LOCK_ATTEMPTS + 1):
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:  # `writer` takes the lock for a moment
                if attempt == _LOCK_ATTEMPTS:
                    raise
                time.sleep(_LOCK_PAUSE_S)
        os.ftruncate(lock, 0)
        os.pwrite(lock, str(os.getpid()).encode(), 0)
    except BlockingIOError:
        pid = _pid_in(lock)
        os.close(lock)
        raise LedgerError(f"run is in use by process {pid}; wait or stop it ({path.parent})") from None
    except OSError as error:
        os.close(lock)
        raise LedgerError(f"{lock_path}: {_reason(error)}") from error
    return lock


def lay_out(path: Path, task: Task) -> None:
    """Make the file complete under another name first: a kill leaves either no ledger or a whole one."""
    draft = path.with_suffix(".draft")
    with mapped(path):
        draft.unlink(missing_ok=True)
        with closing(sqlite3.connect(draft)) as db:
            db.executescript(_SCHEMA)
            db.execute("INSERT INTO run VALUES (?, ?, ?)", (task.model_dump_json(), task.seed, time.time()))
            db.commit()
        draft.replace(path)


def connect(path: Path) -> sqlite3.Connection:
    """Open the file for writing. One that is not ours is refused before anything in it is changed."""
    with mapped(path), ExitStack() as undo:
        db = sqlite3.connect(path, timeout=_BUSY_S, isolation_level="IMMEDIATE")
        undo.callback(db.close)
        _require_ours(path, db)
        # A file that is cut off, or was copied during a checkpoint.
        if db.execute("PRAGMA quick_check(1)").fetchone() != ("ok",):
            raise damaged(path)
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = FULL")
        db.execute(f"PRAGMA wal_autocheckpoint = {_CHECKPOINT_PAGES}")
        db.execute("PRAGMA foreign_keys = ON")
        undo.pop_all()
        return db


def connect_to_read(path: Path) -> sqlite3.Connection:
    """Open the file for reading. Like any reader of a WAL this one writes beside it, and tidies up if it leaves last.

    Where nothing can be written, for want of permission or space, a file that was closed cleanly is read as it is.
    """
    mode = "mode=rw" if os.access(path.parent, os.W_OK) else "mode=ro"
    wal = Path(f"{path}-wal")
    with mapped(path):
        try:
            return _try_to_read(path, mode)
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY or (wal.exists() and wal.stat().st_size):
                raise
            return _try_to_read(path, "mode=ro&immutable=1")


def _try_to_read(path: Path, mode: str) -> sqlite3.Connection:
    with ExitStack() as undo:
        db = sqlite3.connect(f"file:{quote(str(path.absolute()))}?{mode}", uri=True, timeout=_BUSY_S)
        undo.callback(db.close)
        db.execute("PRAGMA query_only = ON")
        _require_ours(path, db)
        undo.pop_all()
        return db


def _require_ours(path: Path, db: sqlite3.Connection) -> None:
    (application,) = db.execute("PRAGMA application_id").fetchone()
    (version,) = db.execute("PRAGMA user_version").fetchone()
    if application != _APPLICATION_ID:
        raise LedgerError(f"{path}: not an agentpar ledger")
    if version != SCHEMA_VERSION:
        raise LedgerError(
            f"{path}: written by another version of agentpar (schema {version}; this is {SCHEMA_VERSION}); "
            "go on with that version, or begin a new run"
        )


@contextmanager
def mapped(path: Path) -> Iterator[None]:
    """Turn the errors of SQLite, of the file system and of unknown content into ours, with the mend."""
    try:
        yield
    except sqlite3.Error as error:
        # Without a code it is Python's own: bytes where text should be.
        uncoded = sqlite3.SQLITE_CORRUPT if isinstance(error, sqlite3.OperationalError) else 0
        code = getattr(error, "sqlite_errorcode", uncoded) & 0xFF
        raise LedgerError(f"{path}: {_MENDS.get(code, error)}") from error
    except OSError as error:
        raise LedgerError(f"{path}: {_reason(error)}") from error
    except ValueError as error:
        raise LedgerError(f"{path}: holds what this version cannot read: damaged, or written by another") from error


def patiently(read: Callable[[], Value]) -> Value:
    """What a read gives; begun anew where others, on a machine that is far too busy, kept it from the log.

    SQLite waits for them some ten seconds, whatever the timeout for locks (https://sqlite.org/rescode.html#protocol).
    """
    for _ in range(_PATIENCE):
        try:
            return read()
        except sqlite3.OperationalError as error:
            if getattr(error, "sqlite_errorcode", 0) != sqlite3.SQLITE_PROTOCOL:
                raise
    return read()


def damaged(path: Path) -> LedgerError:
    """The error of a file that is not whole."""
    return LedgerError(f"{path}: {_MENDS[sqlite3.SQLITE_CORRUPT]}")


def _reason(error: OSError) -> str:
    return _MENDS[sqlite3.SQLITE_FULL] if error.errno == errno.ENOSPC else str(error.strerror)

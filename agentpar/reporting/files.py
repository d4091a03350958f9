"""The result folder: best source, patch, JSON and report."""

import os
from contextlib import suppress
from pathlib import Path, PurePath

from agentpar.errors import LedgerError
from agentpar.reporting.markdown import render_markdown
from agentpar.reporting.result import Best, Result
from agentpar.sections import parted
from agentpar.skeletons import HEADER, headers_beside

_RESULT, _REPORT = "result.json", "report.md"


def write_files(result: Result, run_dir: Path) -> None:
    """Write `best.cpp` (with the source's own suffix), `result.json` and `report.md` beside the ledger and the patch.

    Of several files the best version is the folder `best`. A header that it brings along is written beside it.

    Raises:
        LedgerError: the folder cannot be written.
    """
    if result.best is not None:
        for name, text in _best_files(result, result.best).items():
            write_file(run_dir / name, text)
    write_file(run_dir / _RESULT, result.model_dump_json(indent=2) + "\n")
    write_file(run_dir / _REPORT, render_markdown(result))


def withdraw(run_dir: Path) -> None:
    """Remove what was written of an earlier session: the run goes on, and should it be killed, nobody writes another.

    Raises:
        LedgerError: the folder cannot be written.
    """
    for name in (_RESULT, _REPORT):
        try:
            (run_dir / name).unlink(missing_ok=True)
        except OSError as error:
            raise _unwritable(run_dir / name, error) from error


def _unwritable(path: Path, error: OSError) -> LedgerError:
    return LedgerError(f"{path}: cannot be written: {error.strerror}; mend it and resume, nothing judged is lost")


def _best_files(result: Result, best: Best) -> dict[PurePath, str]:
    """The best version's files by their places in the run's folder."""
    named = parted(best.source) if result.files else {f"best{Path(result.file).suffix}": best.source}
    own = [Path(file) for file in result.files or (result.file,)]
    places = [PurePath("best" if result.files else "", name) for name in named]
    headers = headers_beside(dict(zip(own, named.values(), strict=True)), result.target)
    found = dict(zip(places, named.values(), strict=True))
    for path, place in zip(own, places, strict=True):
        if header := headers.get(path.with_name(HEADER)):
            found[place.with_name(HEADER)] = header
    return found


def write_file(path: Path, text: str) -> None:
    """Write a file whole or not at all: an earlier one stays until the new one is complete.

    Raises:
        LedgerError: the folder cannot be written.
    """
    draft = path.with_name(f".{path.name}.{os.getpid()}.draft")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        draft.write_bytes(text.encode())
        draft.replace(path)
    except OSError as error:
        with suppress(OSError):
            draft.unlink()
        raise _unwritable(path, error) from error

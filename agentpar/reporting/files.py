"""The result folder: best source, patch, JSON and report."""

import os
from contextlib import suppress
from pathlib import Path

from agentpar.errors import LedgerError
from agentpar.reporting.markdown import render_markdown
from agentpar.reporting.result import Result
from agentpar.skeletons import HEADER, header_beside


def write_files(result: Result, run_dir: Path) -> None:
    """Write `best.cpp` (with the source's own suffix), `result.json` and `report.md` beside the ledger and the patch.

    A header that `best.cpp` brings along is written beside it.

    Raises:
        LedgerError: the folder cannot be written.
    """
    if result.best is not None:
        write_file(run_dir / f"best{Path(result.file).suffix}", result.best.source)
        if header := header_beside(Path(result.file), result.best.source, result.target):
            write_file(run_dir / HEADER, header)
    write_file(run_dir / "result.json", result.model_dump_json(indent=2) + "\n")
    write_file(run_dir / "report.md", render_markdown(result))


def write_file(path: Path, text: str) -> None:
    """Write a file whole or not at all: an earlier one stays until the new one is complete.

    Raises:
        LedgerError: the folder cannot be written.
    """
    draft = path.with_name(f".{path.name}.{os.getpid()}.draft")
    try:
        draft.write_bytes(text.encode())
        draft.replace(path)
    except OSError as error:
        with suppress(OSError):
            draft.unlink()
        raise LedgerError(
            f"{path}: cannot be written: {error.strerror}; mend it and resume, nothing judged is lost"
        ) from error

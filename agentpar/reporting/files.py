"""The result folder: best source, patch, JSON and report."""

from pathlib import Path

from agentpar.reporting.markdown import render_markdown
from agentpar.reporting.result import Result


def write_files(result: Result, run_dir: Path) -> None:
    """Write `best.cpp` (with the source's own suffix), `result.json` and `report.md` beside the ledger and the patch.

    Raises:
        OSError: the folder cannot be written.
    """
    if result.best is not None:
        name = f"best{Path(result.file).suffix}"
        (run_dir / name).write_bytes(result.best.source.encode())
    (run_dir / "result.json").write_text(result.model_dump_json(indent=2) + "\n", encoding="utf-8")
    (run_dir / "report.md").write_text(render_markdown(result), encoding="utf-8")

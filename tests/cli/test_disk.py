"""A run's folder that cannot be written: nothing is lost, and what is wrong is said."""

import os
import resource
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from agentpar.errors import LedgerError
from agentpar.ledger import Ledger
from agentpar.reporting.files import write_file
from agentpar.reporting.result import read_result
from tests.cli.program import PROGRAM, agentpar, says_one_line
from tests.search.doubles import a_task, ok, proposal


@dataclass(frozen=True)
class Disk:
    """Where a run is kept. `fill` and `free` are of the disk; `before` limits a process where no disk can be filled."""

    folder: Path
    fill: Callable[[], object] = lambda: None
    free: Callable[[], object] = lambda: None
    before: Callable[[], object] | None = None


def limit_files() -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))


def fill(folder: Path) -> None:
    with suppress(OSError), (folder / "filler").open("wb", buffering=0) as filler:
        while filler.write(b"x" * 512):
            pass


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Disk]:
    """A disk of 256 KiB where one can be mounted; elsewhere a limit that lets no file grow."""
    mount = ["mount", "-t", "tmpfs", "-o", "size=256k", "agentpar-test", str(tmp_path)]
    if os.geteuid() != 0 or subprocess.run(mount, capture_output=True, check=False).returncode != 0:
        yield Disk(tmp_path, before=limit_files)
        return
    try:
        yield Disk(tmp_path, fill=lambda: fill(tmp_path), free=(tmp_path / "filler").unlink)
    finally:
        subprocess.run(["umount", str(tmp_path)], check=True)


def a_run(folder: Path) -> Path:
    with Ledger.create(folder / "run" / "ledger.sqlite", a_task()) as ledger:
        candidate = ledger.record_candidate(proposal(1), subtask="scale", fingerprint="1", seen=0)
        ledger.record_verdict(candidate, ok(2.0))
    return folder / "run"


def test_a_full_disk_is_named_and_nothing_is_lost(small_disk: Disk) -> None:
    run_dir = a_run(small_disk.folder)
    small_disk.fill()
    ran = agentpar("resume", run_dir, "--quiet", before=small_disk.before)
    assert says_one_line(ran, 3, f"{run_dir}/ledger.", "disk", "resume, nothing committed is lost")
    shown = agentpar("show", run_dir, before=small_disk.before)
    assert shown.returncode == 0 and "interrupted: 1 of 40 candidates judged" in shown.stdout
    small_disk.free()
    with Ledger.open(run_dir / "ledger.sqlite") as ledger:
        assert len(ledger.judged()) == 1
    assert sorted(each.name for each in run_dir.iterdir()) == ["ledger.lock", "ledger.sqlite"]


def test_a_full_disk_does_not_cost_an_earlier_result(tmp_path: Path) -> None:
    (tmp_path / "result.json").write_text("earlier")
    (tmp_path / f".result.json.{os.getpid()}.draft").symlink_to("/dev/full")  # writing to it fails as on a full disk
    with pytest.raises(
        LedgerError, match=r"result\.json: cannot be written: No space left on device; mend it and resume"
    ):
        write_file(tmp_path / "result.json", "new")
    assert (tmp_path / "result.json").read_text() == "earlier"
    assert [each.name for each in tmp_path.iterdir()] == ["result.json"]


@contextmanager
def read_only(folder: Path) -> Iterator[None]:
    """For us: the folder is root's and we are nobody, or it is ours and closed."""
    folder.chmod(0o555)
    is_root = os.geteuid() == 0
    if is_root:
        os.seteuid(65534)
    try:
        yield
    finally:
        if is_root:
            os.seteuid(0)
        folder.chmod(0o755)


def test_a_run_in_a_read_only_folder_is_shown_but_not_resumed() -> None:
    with TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        run_dir = a_run(Path(name))
        with read_only(run_dir):
            assert read_result(run_dir).evaluated == 1
            for attempt in (
                lambda: Ledger.open(run_dir / "ledger.sqlite"),
                lambda: write_file(run_dir / "result.json", ""),
            ):
                with pytest.raises(LedgerError, match=f"{run_dir}/.* cannot be .*: Permission denied"):
                    attempt()
        with Ledger.open(run_dir / "ledger.sqlite") as ledger:
            assert len(ledger.judged()) == 1


def test_an_output_that_cannot_be_written_is_told_in_one_line() -> None:
    with Path("/dev/full").open("w") as full:
        ended = subprocess.run([*PROGRAM, "--version"], stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert ended.returncode == 3
    assert ended.stderr == "agentpar: [Errno 28] No space left on device; mend that, then run the command again\n"

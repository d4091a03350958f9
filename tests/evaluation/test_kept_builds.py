import os
from pathlib import Path

import pytest

from agentpar.evaluation import kept_builds
from agentpar.evaluation.kept_builds import Built, find, keep, key_of
from agentpar.evaluation.prepare import prepare
from agentpar.evaluation.reference import understand
from agentpar.sandbox.pool import Pool
from agentpar.task_file import load_task
from tests.evaluation.courtroom import cheapest_kind

BUILT = Built(
    files={("keeper", "task/private/judge"): (b"\x7fELF judge", 0o755)}, layouts="Point 16 0 8\n", race_unchecked=""
)


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path / "agentpar" / "builds"


def test_what_was_kept_is_found_again() -> None:
    keep("key", BUILT)
    assert find("key") == BUILT
    assert find("another key") is None


def test_the_key_tells_sources_modes_and_facts_apart() -> None:
    sources = {("keeper", "a"): (b"1", 0o644)}
    keys = {
        key_of(sources),
        key_of(sources, "g++ 12"),
        key_of(sources, "g++ 13"),
        key_of({("keeper", "a"): (b"2", 0o644)}),
        key_of({("keeper", "b"): (b"1", 0o644)}),
        key_of({("keeper", "a"): (b"1", 0o755)}),
    }
    assert len(keys) == 6 and key_of(dict(sources)) in keys


@pytest.mark.parametrize("damage", [b"", b"PK", b"not a zip at all" * 100])
def test_a_damaged_entry_counts_as_none_and_is_replaced(cache: Path, damage: bytes) -> None:
    keep("key", BUILT)
    (cache / "key.zip").write_bytes(damage)
    assert find("key") is None
    keep("key", BUILT)
    assert find("key") == BUILT


def test_a_bit_that_changed_on_the_disk_is_noticed(cache: Path) -> None:
    keep("key", BUILT.model_copy(update={"files": {("keeper", "judge"): (os.urandom(4096), 0o755)}}))
    damaged = bytearray((cache / "key.zip").read_bytes())
    damaged[len(damaged) // 2] ^= 1
    (cache / "key.zip").write_bytes(damaged)
    assert find("key") is None


def test_what_was_not_used_for_longest_goes_first(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept_builds, "MOST_ENTRIES", 2)
    for age, name in enumerate(("new", "used", "old")):
        keep(name, BUILT)
        os.utime(cache / f"{name}.zip", (1000 - age, 1000 - age))
        if name == "used":
            find(name)
    keep("newest", BUILT)
    assert sorted(path.name for path in cache.iterdir()) == ["newest.zip", "used.zip"]


def test_what_a_killed_process_left_half_written_goes(cache: Path) -> None:
    keep("key", BUILT)
    mine, abandoned = cache / f"other.{os.getpid()}.tmp", cache / "other.4194305.tmp"  # beyond the largest process id
    foreign = cache / "x.tmp"
    for path in (mine, abandoned, foreign):
        path.touch()
    assert find("key") == BUILT
    assert mine.exists() and foreign.exists() and not abandoned.exists()


def test_where_nothing_can_be_written_nothing_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("not a folder")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    keep("key", BUILT)
    assert find("key") is None


@pytest.mark.sandbox
async def test_a_task_is_built_once_and_again_when_its_source_changes(cache: Path, tmp_path: Path) -> None:
    path = tmp_path / "twice.cpp"

    async def said() -> list[str]:
        words: list[str] = []
        pool = Pool(cheapest_kind(), size=2)
        try:
            task = load_task(f"{path}::twice", {"target_ms": 2.0})
            prepared = await prepare(understand(task), pool, known=None, say=words.append)
            assert not prepared.race_unchecked
        finally:
            await pool.close()
        return words

    path.write_text("void twice(int n, const int* x, int* y) { for (int i = 0; i < n; ++i) y[i] = 2 * x[i]; }\n")
    assert await said() == ["building judge and baseline", "checking sizes and reference"]
    assert await said() == ["checking sizes and reference"]
    path.write_text(path.read_text().replace("2 *", "0 *"))
    *before, alike = await said()
    assert before == ["building judge and baseline", "checking sizes and reference"]
    assert "all answers were the same, whatever x held" in alike
    assert len(list(cache.iterdir())) == 3  # both sources, and what the race gate has of its own

import json
from pathlib import Path

import pytest

from agentpar.candidate import content_id
from agentpar.models.base import Completion, Sampling
from agentpar.models.replay import Recorded
from agentpar.verdict import Verdict
from bench.pools import recorded, task_of
from bench.search import main
from tests.search.doubles import failed, ok

TASK = task_of("histogram")
SLOWER = TASK.source.replace("    for", "#pragma omp parallel for schedule(static, 1)\n    for", 1)
FASTER = TASK.source.replace("    for", "#pragma omp parallel for\n    for", 1)
SAID = [
    Recorded(task="histogram", completions=('{"strategies": []}',), sampling=Sampling(json_schema={"type": "object"})),
    Recorded(task="another", completions=(f"```cpp\n{SLOWER}```",)),
    Recorded(task="histogram", completions=("Use threads.", f"Sure:\n```cpp\n{FASTER}```", f"```cpp\n{FASTER}```")),
    Recorded(task="histogram", completions=(Completion(text=f"```cpp\n{SLOWER}", finish="length"),)),
]


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    file = tmp_path / "completions.jsonl"
    file.write_text("".join(f"{line.model_dump_json(exclude_defaults=True)}\n" for line in SAID))
    return file


def table(folder: Path, verdicts: dict[str, Verdict]) -> Path:
    file = folder / "table.json"
    file.write_text(json.dumps({content_id(each): v.model_dump(mode="json") for each, v in verdicts.items()}))
    return file


def test_a_recorded_pool_has_each_version_once_and_no_outlines() -> None:
    sources, unusable = recorded(TASK, SAID)
    assert sources == [FASTER, SLOWER]
    assert unusable == ["Use threads."]


def test_a_pool_without_a_gain_is_void_and_not_won(
    recording: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    known = table(tmp_path, {FASTER: ok(1.0), SLOWER: failed()})
    assert main(["--pool", str(recording), "--table", str(known)]) == 1
    assert "histogram: no version of the pool is a gain" in capsys.readouterr().out


def test_a_recorded_pool_with_a_gain_is_searched_by_both_strategies(
    recording: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    known = table(tmp_path, {FASTER: ok(1.8), SLOWER: failed()})
    main(["--pool", str(recording), "--table", str(known), "--seeds", "2"])
    told = capsys.readouterr().out
    assert "2 versions, 1 other" in " ".join(told.split()) and "1.80×" in told and "void" not in told


def test_a_recording_about_something_else_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "other.jsonl"
    file.write_text('{"task": "another", "completions": ["x"]}\n')
    with pytest.raises(SystemExit):
        main(["--pool", str(file)])
    assert "is about none of the examples, but another" in capsys.readouterr().err

"""Champions of a campaign judged again: what is refuted is told and counted, and known rows are taken up."""

import json
from pathlib import Path
from typing import Any

import pytest

from agentpar.candidate import content_id
from agentpar.evaluation import toolchain
from bench.kernels.labels import read_kernel
from bench.kernels.refute import champions_in, is_refuted, judged_again, known_rows, main, total
from bench.kernels.table import Row
from tests.evaluation.courtroom import cheapest_kind

KERNEL = """\
// kind: memory
// benchmark: n=40001
#include <omp.h>

#include <vector>

void thrice(const std::vector<int>& in, std::vector<int>& out) {
    const int n = static_cast<int>(in.size());
    for (int i = 0; i < n; ++i) out[i] = 3 * in[i];
}
"""


@pytest.mark.sandbox
async def test_a_champion_that_is_wrong_with_a_rare_number_of_threads_is_refuted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(toolchain, "_HARNESS_FLAGS", ("-O0", *toolchain._HARNESS_FLAGS[1:]))
    path = tmp_path / "thrice.cpp"
    path.write_text(KERNEL)
    kernel = read_kernel(path, "transform")
    parallel = KERNEL.replace("    for", "#pragma omp parallel for\n    for")
    wrong = parallel.replace("i < n", "i < n - (omp_get_max_threads() == 5)")
    row = await judged_again(kernel, wrong, cheapest_kind(), times=1)
    assert is_refuted(row) and "5 threads" in row["feedback"]
    row = await judged_again(kernel, parallel, cheapest_kind(), times=1)
    assert (row["outcome"], row["runs"], row["unchecked"]) == ("ok", 1, [])


def _campaign(folder: Path, *rows: dict[str, Any]) -> Path:
    path = folder / "rows.json"
    path.write_text(json.dumps({"conditions": {"set": "main", "date": "today"}, "rows": rows}))
    return path


def _judged(kernel: str, source: str, outcome: str, times: int = 10) -> Row:
    row = {"kernel": kernel, "champion": content_id(source), "times": times, "runs": times, "outcome": outcome}
    return row | {"feedback": f"it is {outcome}", "unchecked": [], "wall_seconds": 30.0}


IMPROVED = {"kernel": "dense/gemv", "status": "improved", "source": "fast"}
WITHOUT_SOURCE = {"kernel": "dense/syrk", "status": "improved"}
NOTHING_FOUND = {"kernel": "scan/inclusive", "status": "no_improvement"}


def test_champions_are_those_of_kernels_that_were_improved(tmp_path: Path) -> None:
    path = _campaign(tmp_path, IMPROVED, WITHOUT_SOURCE, NOTHING_FOUND)
    assert [(kernel.name, source) for kernel, source in champions_in(path, None)] == [("gemv", "fast"), ("syrk", "")]
    assert [kernel.name for kernel, _ in champions_in(path, ["syrk"])] == ["syrk"]
    path.write_text("[]")
    with pytest.raises(ValueError, match="holds no rows"):
        champions_in(path, None)


def test_only_what_says_something_of_this_champion_is_taken_up(tmp_path: Path) -> None:
    champions = champions_in(_campaign(tmp_path, IMPROVED), None)
    kept = [_judged("dense/gemv", "fast", "ok"), _judged("fft/dft", "another kernel, not asked for", "race")]
    passing = [
        _judged("dense/gemv", "an earlier champion", "ok"),
        _judged("dense/gemv", "fast", "ok", times=2),
        _judged("dense/gemv", "fast", "SandboxError"),
    ]
    path = tmp_path / "known.json"
    path.write_text(json.dumps({"rows": [*passing, *kept]}))
    assert known_rows(path, champions, 10) == kept
    assert known_rows(tmp_path / "none.json", champions, 10) == []


@pytest.mark.parametrize(("outcome", "code"), [("ok", 0), ("race", 1)])
def test_what_is_known_is_told_and_not_looked_for_again(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], outcome: str, code: int
) -> None:
    known = tmp_path / "known.json"
    known.write_text(json.dumps({"rows": [_judged("dense/gemv", "fast", outcome)]}))
    campaign = str(_campaign(tmp_path, IMPROVED))
    assert main([campaign, "--sandbox", "process", "--json", str(known)]) == code
    told = capsys.readouterr().out
    assert f"1 champions judged again in 10 runs, {code} refuted" in told
    assert ("it is race" in told) == bool(code)


async def test_a_champion_whose_source_was_not_kept_is_named(tmp_path: Path) -> None:
    kernel, source = champions_in(_campaign(tmp_path, WITHOUT_SOURCE), None)[0]
    row = await judged_again(kernel, source, "process", times=10)
    assert not is_refuted(row)
    assert total([row]) == "0 champions judged again in 0 runs, 0 refuted; not judged: dense/syrk"

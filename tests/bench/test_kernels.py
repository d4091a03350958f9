"""The suite of kernels: every file is a kernel that agentpar understands, and a campaign's sums are right."""

from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from agentpar.evaluation.reference import understand
from bench.kernels.__main__ import chosen_kernels, read_rows, write
from bench.kernels.labels import CLASSES, FOLDER, Kernel, kernels, read_kernel
from bench.kernels.table import Row, capped_mean, groups, percentile, print_rows, summary

ALL = kernels()


def test_every_source_is_a_kernel_of_one_of_twelve_classes() -> None:
    sources = {p for suffix in ("c", "cpp") for p in FOLDER.rglob(f"*.{suffix}") if "held_out" not in p.parts}
    assert {kernel.path for kernel in ALL} == sources
    assert len(ALL) >= 60
    assert len(CLASSES) == 12
    assert all(sum(kernel.family == family for kernel in ALL) >= 5 for family in CLASSES)
    assert sum(kernel.kind == "serial" for kernel in ALL) >= 5


def test_no_two_kernels_have_one_name() -> None:
    assert len({kernel.name for kernel in ALL}) == len(ALL)


@pytest.mark.parametrize("kernel", [*ALL, *kernels("held-out")], ids=lambda kernel: kernel.name)
def test_the_entry_and_its_inputs_are_understood(kernel: Kernel) -> None:
    assert understand(kernel.task()).inputs.dims


def test_labels_end_where_the_code_begins(tmp_path: Path) -> None:
    path = tmp_path / "twice.c"
    path.write_text(
        "/* kind: memory */\n// generators: a=sorted, b=graph\n\n"
        "void twice(double *v, int n)\n{\n    // entry: not_this\n    while (n--) v[n] *= 2;\n}\n"
    )
    kernel = read_kernel(path, "transform")
    assert (kernel.kind, kernel.entry) == ("memory", "twice")
    assert kernel.generators == {"a": "sorted", "b": "graph"}


def test_a_kernel_without_a_kind_is_said_to_lack_it(tmp_path: Path) -> None:
    path = tmp_path / "twice.c"
    path.write_text("void twice(double *v, int n) {}\n")
    with pytest.raises(ValueError, match="begin it with a comment `kind: arithmetic`"):
        read_kernel(path, "transform")


def test_kernels_are_chosen_by_class_name_or_both() -> None:
    assert {kernel.family for kernel in chosen_kernels("main", ["fft"])} == {"fft"}
    assert [kernel.name for kernel in chosen_kernels("main", ["dft", "dense/gemv"])] == ["gemv", "dft"]
    with pytest.raises(ValueError, match="no kernel or class of the set main: gemw"):
        chosen_kernels("main", ["gemw"])


def _ratio(median: float) -> dict[str, float]:
    return {"median": median, "low": median - 0.1, "high": median + 0.1, "pairs": 40}


def _row(name: str, kind: str, ratio: float | None, **more: object) -> Row:
    found = {"ratio": _ratio(ratio), "winner": "parallel for over i", "parallel_gain": _ratio(1.5)} if ratio else {}
    status = "improved" if ratio else "no_improvement"
    row = {"kernel": name, "class": name.partition("/")[0], "kind": kind, "status": status, "wall_seconds": 30.0}
    return row | {"why": "", "verified": True, "verified_parallel": bool(ratio), "evaluated": 24} | found | more


def _compiled(ratio: float, threads: bool) -> dict[str, object]:
    return {"status": "ok", "ratio": _ratio(ratio), "threads_seen": 1.9, "parallel": threads, "threaded": threads}


ROWS = [
    _row("dense/a", "arithmetic", 8.0, share_of_ceiling=0.9, evaluations_to_near=1, seconds_to_near=9.0)
    | {"comparators": {"gcc autopar": _compiled(1.8, True), "clang polly": {"status": "not available"}}},
    _row("dense/b", "memory", 1.3, share_of_ceiling=0.6, evaluations_to_near=7, seconds_to_near=20.0)
    | {"comparators": {"gcc autopar": _compiled(0.5, True), "clang polly": {"status": "not available"}}},
    _row("scan/c", "memory", None),
    _row("scan/d", "serial", None),
]


def test_a_gain_is_capped_and_a_loser_counts_as_unchanged() -> None:
    assert capped_mean([8.0, 1.0]) == pytest.approx(2**0.5)
    assert capped_mean([0.5]) == 1.0
    assert capped_mean([]) == 1.0


def test_sums_of_recorded_rows() -> None:
    total = summary(ROWS)
    assert (total["kernels"], total["verified"], total["verified_parallel"], total["improved"]) == (4, 4, 2, 2)
    assert (total["fast"], total["faster"], total["near_ceiling"]) == (2, 1, 1)
    assert total["mean"] == pytest.approx((2.0 * 1.3) ** 0.25)
    assert (total["evaluations_median"], total["evaluations_p90"]) == (4, 7)
    autopar = total["comparators"]["gcc autopar"]
    assert (autopar["measured"], autopar["threaded"], autopar["fast"], autopar["faster"]) == (2, 2, 1, 1)
    assert autopar["mean"] == pytest.approx(1.8**0.25)
    assert total["comparators"]["clang polly"]["measured"] == 0


def test_a_percentile_is_one_of_the_values() -> None:
    assert percentile([5, 1, 4, 2, 3, 6, 7, 8, 9, 10], 0.9) == 9
    assert percentile([3], 0.9) == 3
    assert percentile([], 0.9) is None


def test_rows_are_grouped_by_class_and_by_whether_they_can_be_parallel() -> None:
    found = groups(ROWS)
    assert list(found) == ["dense", "scan", "parallelisable", "serial", "all"]
    assert [len(rows) for rows in found.values()] == [2, 2, 3, 1, 4]


def test_tables_show_what_was_measured_and_what_was_not() -> None:
    failed = {"kernel": "sort/e", "class": "sort", "kind": "memory", "status": "TaskError", "why": "no such size"}
    console = Console(width=300, file=StringIO(), record=True)
    print_rows(console, [*ROWS, failed])
    shown = console.export_text()
    for words in ("8.00 (7.90–8.10)", "not available", "1.80 parallel", "TaskError: no such size", "7/24, 20 s"):
        assert words in shown


def test_what_says_nothing_of_a_kernel_is_tried_again(tmp_path: Path) -> None:
    path = tmp_path / "rows.json"
    unmeasured = _row("scan/f", "memory", None, why="the speed-up is not measurable here: other work kept it busy")
    unjudged = _row("scan/g", "memory", None, status="no_verdict", in_flight=2)
    write(path, {}, [*ROWS, ROWS[0] | {"status": "SandboxError"}, unmeasured, unjudged])
    assert read_rows(path) == ROWS
    assert read_rows(tmp_path / "none.json") == []

"""How sources are built into objects."""

import subprocess
from pathlib import Path

from agentpar.evaluation.toolchain import SHARED

HELPER = """\
double square(double x) { return x * x + 1; }
double total(const double* v, int n) {
    double sum = 0;
    for (int i = 0; i < n; ++i) sum += square(v[i]);
    return sum;
}
"""


def test_a_helper_is_inlined_as_it_is_in_a_program(tmp_path: Path) -> None:
    source = tmp_path / "total.cpp"
    source.write_text(HELPER)
    # Else the baseline could be slower than the user's own program, and a copy of the helper in the loop seem a gain.
    subprocess.run(["g++", "-O2", *SHARED, "-o", tmp_path / "total.so", source], check=True, timeout=60)
    listed = subprocess.run(
        ["objdump", "-d", tmp_path / "total.so"], check=True, capture_output=True, text=True, timeout=60
    )
    total = listed.stdout.partition("<_Z5totalPKdi>:")[2].partition("\n\n")[0]
    assert "ret" in total
    assert "call" not in total

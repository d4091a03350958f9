"""How sources are built into objects."""

import subprocess
from pathlib import Path

import pytest

from agentpar.evaluation.toolchain import OPERATORS, SHARED
from agentpar.resources import resource

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


OPERATORS_OF_ITS_OWN = """\
#include <cstdlib>
#include <new>
void* operator new(std::size_t bytes) { return static_cast<char*>(std::malloc(bytes + 64)) + 64; }
void operator delete(void* at) noexcept { std::free(static_cast<char*>(at) - 64); }
void operator delete(void* at, std::size_t) noexcept { std::free(static_cast<char*>(at) - 64); }
int* made() { return new int(1); }
void ended(int* one) { delete one; }
"""


@pytest.mark.parametrize("compiler", ["g++", "clang++-16"])
def test_a_block_of_an_object_whose_source_has_its_own_operator_new_is_the_librarys(
    compiler: str, tmp_path: Path
) -> None:
    source = tmp_path / "made.cpp"
    source.write_text(OPERATORS_OF_ITS_OWN)
    before = f"-include{resource('sandboxes', *OPERATORS.split('/'))}"
    command = [compiler, "-std=c++17", "-O2", "-Wall", "-Werror", before, *SHARED, "-o", "made.so", str(source)]
    subprocess.run(command, cwd=tmp_path, check=True, timeout=60)
    # What binds late finds the worker's library first: it frees what the object allocates, and the other way round.
    listed = subprocess.run(["objdump", "-R", tmp_path / "made.so"], check=True, capture_output=True, text=True)
    assert "_Znwm" in listed.stdout and "_ZdlPv" in listed.stdout

"""Bodies without braces, functions on one line, and C++ that looks like C: offers are made, and they build."""

import os
import re
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest
from kernels import KERNELS, kernel
from offers import compiles, proposals
from patterns import HEADER, PATTERNS, pattern
from test_lowering import complaints

from agentpar.candidate import Proposal
from agentpar.languages.source import Edit, apply_edits, parse, walk
from agentpar.proposers.base import SearchState
from agentpar.proposers.rewrite import RewriteProposer
from agentpar.proposers.rewrite.bodies import as_written, in_blocks
from agentpar.skeletons import HEADER as OURS
from agentpar.skeletons import header_of

TARGETS = ("openmp", "threads", "stdpar", "mpi", "mpi+openmp")
SOURCES = {**{name: kernel(name) for name in KERNELS}, **{name: pattern(name) for name in PATTERNS}}
OWNERS = {"for_statement", "for_range_loop", "while_statement", "if_statement", "else_clause"}
GEMM = """\
void gemm(const float* __restrict__ a, const float* __restrict b, float* __restrict__ c, int n) {
    for (int i = 0; i < n; ++i)
        for (int j = 0; j < n; ++j) {
            float sum = 0;
            for (int k = 0; k < n; ++k)
                sum += a[i * n + k] * b[k * n + j];
            c[i * n + j] = sum;
        }
}
"""
COUNTED = "void counted(const int* d, int n, int* h) { for (int i = 0; i < n; i++) h[d[i]]++; }\n"
OTHERWISE = """\
void otherwise(float* a, int n, int m) {
    if (m > 3) a[0] = 1;
    else
        for (int i = 0; i < n; ++i) a[i] = m;
}
"""
# One for each way in which lines are put into a source.
CROWDED = {
    "merge_sort", "quick_by_its_class", "pairwise_sum", "queens", "quick", "levels", "lcs", "bins_pointer", "moments",
    "knapsack_in_a_row", "largest", "packed_tiles", "pack_rows", "reach_of_pairs", "seen_first", "extents", "fft",
    "settled", "windows", "word_in_grid", "keep_large", "trapezoid", "low_in_place", "two_nearest", "sorted_rows",
}  # fmt: skip
SMALL = {"gemm": GEMM, "counted": COUNTED, "otherwise": OTHERWISE}


def without_braces(source: str) -> str:
    """The source without the braces of bodies that hold one statement."""
    edits: list[Edit] = []
    for block in (node for node in walk(parse(source).root_node) if node.type == "compound_statement"):
        owner, held = block.parent, block.named_children
        is_plain = len(held) == 1 and held[0].type in {"expression_statement", "for_statement", "while_statement"}
        if is_plain and owner is not None and owner.type in OWNERS:
            edits += [Edit(block.start_byte, block.start_byte + 1, " "), Edit(block.end_byte - 1, block.end_byte, "")]
    return apply_edits(source, edits)


def on_one_line(source: str) -> str:
    """The source with each function on a line of its own."""
    lines = source.splitlines()
    told = [line for line in lines if line.startswith("#")]
    rest = " ".join(line.partition("//")[0].strip() for line in lines if not line.startswith("#"))
    return "\n".join([*told, rest]) + "\n"


async def offered(source: str, entry: str, target: str, n: int = 3) -> Sequence[Proposal]:
    state = SearchState(source=source, entry=entry, target=target, seed=0, judged=())
    return await RewriteProposer(language="c++").propose(state, n)


@pytest.mark.parametrize("name", sorted(SOURCES))
def test_braces_that_nothing_needed_go_again(name: str) -> None:
    assert as_written(in_blocks(SOURCES[name])) == SOURCES[name]


def test_what_holds_one_statement_loses_its_braces_where_an_else_stays_with_its_own_if() -> None:
    loop = "for (;;)\n            if (*b) break; else return;"
    nested = f"void f(int a, int* b) {{\n    if (a)\n        {loop}\n    else\n        b[1] = 1;\n}}\n"
    assert as_written(in_blocks(nested)) == nested
    open_ended = in_blocks("void f(int a, int* b) {\n    if (a) b[0] = 1; else b[1] = 2;\n}\n")
    changed = as_written(open_ended.replace("b[0] = 1;", "if (*b) b[0] = 1;"))
    assert "if (a) { if (*b) b[0] = 1; } else b[1] = 2;" in changed


@pytest.mark.parametrize("name", ["pack_rows", "levels", "lcs", "quick", "seen_first", "extents", "in_phase"])
async def test_braces_decide_nothing_about_what_is_offered_first(name: str) -> None:
    braced = await proposals(SOURCES[name], name, n=3)
    plain = await proposals(without_braces(SOURCES[name]), name, n=3)
    assert [p.strategy for p in plain] == [p.strategy for p in braced] != []


@pytest.mark.parametrize("shape", [without_braces, on_one_line])
async def test_first_offers_build_whatever_the_lay_out(shape: object) -> None:
    assert callable(shape)
    sources = {name: shape(SOURCES[name]) for name in SOURCES if shape is without_braces or name in CROWDED}
    changed = [name for name in sources if sources[name] != SOURCES[name]]
    firsts = [p.source for name in changed for p in (await proposals(sources[name], name))[:4]]
    bodies = [re.sub(r"^#include.*$", "", source, flags=re.MULTILINE) for source in firsts]
    spaces = "".join(f"namespace p{k} {{ {each} }}\n" for k, each in enumerate(bodies))
    brought = header_of("\n".join(firsts)).replace("#pragma once", "")
    assert not compiles(f"#include <omp.h>\n{HEADER}{brought}{spaces}", "-fsyntax-only")


@pytest.mark.parametrize("target", ["threads", "stdpar"])
async def test_cpp_that_looks_like_c_is_shared_out_and_builds(target: str) -> None:
    firsts = [p.source for name in SMALL for p in await offered(SMALL[name], name, target)]
    assert len(firsts) >= len(SMALL)
    assert not complaints(firsts, target)  # type: ignore[arg-type]


@pytest.mark.skipif(shutil.which("mpicxx") is None, reason="needs MPI")
@pytest.mark.parametrize("target", ["mpi", "mpi+openmp"])
async def test_ranks_take_restricted_pointers_and_loops_without_blocks(target: str, tmp_path: Path) -> None:
    firsts = [p.source for name in SMALL for p in await offered(SMALL[name], name, target)]
    assert len(firsts) >= len(SMALL)
    (tmp_path / OURS).write_text(header_of("\n".join(firsts), target))
    program = "".join(f"namespace p{k} {{\n{source}}}\n" for k, source in enumerate(firsts))
    included = f'#include "{OURS}"\n' + re.sub(r"^#include.*$", "", program, flags=re.MULTILINE)
    command = ["mpicxx", "-std=c++17", "-fopenmp", "-x", "c++", "-fsyntax-only", f"-I{tmp_path}", "-"]
    done = subprocess.run(command, input=included, text=True, capture_output=True, check=False, env=os.environ)
    assert done.stderr == ""


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("name", ["counted", "lcs", "dot"])
async def test_directives_begin_a_line_of_their_own(name: str, target: str) -> None:
    source = on_one_line(SMALL.get(name) or SOURCES[name])
    for proposal in await offered(source, name, target, 200):
        assert not [line for line in proposal.source.splitlines() if "#" in line.lstrip()[1:]]


async def test_c_is_c_whatever_it_looks_like() -> None:
    state = SearchState(source=OTHERWISE, entry="otherwise", target="threads", seed=0, judged=())
    assert not await RewriteProposer(language="c").propose(state, 1)

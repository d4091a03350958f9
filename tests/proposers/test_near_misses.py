"""A rewrite is offered where it is right, and not for the function beside it that is wrong on rare values alone."""

import re

import pytest
from near_misses import RARELY_HANDED_ON, SEEN_ON_RARE_VALUES
from offers import proposals
from patterns import HEADER

PAIRS = {**RARELY_HANDED_ON, **SEEN_ON_RARE_VALUES}


@pytest.mark.parametrize("name", PAIRS)
async def test_a_rewrite_tells_a_function_from_its_near_miss(name: str) -> None:
    pair = PAIRS[name]
    offered = [await proposals(HEADER + pair.text.replace("GAP", gap), "f") for gap in (pair.wrong, pair.right)]
    wrong, right = ([p.strategy for p in each if re.search(pair.words, p.strategy)] for each in offered)
    assert wrong == [] and right != []


async def test_a_loop_that_is_told_ahead_keeps_what_leaves_it() -> None:
    source = (
        "void f(const int* a, double* out, int n) {\n    int j = 0;\n    for (int i = 0; i < n; ++i) {\n"
        "        for (; j < n; ++j)\n            if (a[j] > i) break;\n"
        "        out[i] = std::sin(j) * std::exp(j) + std::pow(i, j) + std::tgamma(j);\n    }\n}\n"
    )
    first = (await proposals(HEADER + source, "f"))[0]
    assert first.strategy.startswith("tell j ahead") and first.source.count("break;") == 2


async def test_pairs_whose_second_index_begins_behind_the_first_are_shared_out_by_the_first() -> None:
    source = (
        "void f(const double* x, std::vector<double>& out, int n) {\n    for (int i = 0; i < n; ++i)\n"
        "        for (int j = i + 1; j < n; ++j) {\n            out[i] += x[i] - x[j];\n"
        "            out[j] -= x[i] - x[j];\n        }\n}\n"
    )
    assert (await proposals(HEADER + source, "f"))[0].strategy.startswith("parallel for over i")

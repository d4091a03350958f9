"""Patterns that take more than a directive: what is offered for them, and that it gives the serial answers."""

import asyncio
import re
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest
from calls import CALLS
from offers import compiles, faster, proposals
from patterns import HEADER, PATTERNS, pattern

from agentpar.candidate import Proposal
from agentpar.skeletons import header_of

FIRST = {
    "nearest_unseen": r"parallel-for\+located-extreme",
    "lowest_then_left": r"parallel-for\+located-extreme",
    "channel_counts": r"parallel-for\+private-copies",
    "weighted_bins": r"parallel-for\+private-copies",
    "tallied": r"parallel-for\+private-copies",
    "attract": r"parallel-for\+private-copies",
    "overlaps": r"parallel-for\+private-copies",
    "shortest_ways": r"parallel-for\+pivot",
    "reachable": r"parallel-for\+reduction\+pivot",
    "variation": r"parallel-for\+reduction",
    "crossings": r"parallel-for\+reduction",
    "last_peak": r"parallel-for\+reduction",
    "in_order": r"parallel-for",
    "hex_digits": r"parallel-for",
    "both_ways": r"parallel-for\+append",
    "two_nearest": r"parallel-for\+best-few",
    "two_highest": r"parallel-for\+best-few",
    "first_far": r"parallel-for\+first-kept",
    "distances": r"parallel-for\+atomic",
    "hop_counts": r"parallel-for\+atomic",
    "resampled": r"parallel-for",
    "checked_bins": r"parallel-for\+(private-copies|array-reduction)",
    "drawdown": r"scan",
    "means_so_far": r"scan",
    "least_labels": r"parallel-for\+private-copies",
    "extents": r"parallel-for\+reduction",
    "knapsack_in_a_row": r"parallel-for\+copy",
    "sorted_rows": r"parallel-for",
    "escapes": r"parallel-for",
    "keep_large": r"parallel-for\+append",
    "squares": r"parallel-for",
    "parted": r"scan",
    "compact": r"parallel-for\+append",
    "close_pairs": r"parallel-for\+append",
    "trapezoid": r"parallel-for\+reduction",
    "scale_pointers": r"parallel-for",
    "pack_rows": r"parallel-for",
    "fft": r"parallel-for",
    "powers": r"parallel-for\+powers",
    "inner_product": r"parallel-for\+reduction",
    "moments": r"parallel-for\+reduction",
    "flags": r"parallel-for\+reduction",
    "merge_sort": r"tasks",
    "quick": r"tasks",
    "fib": r"tasks",
    "pairwise_sum": r"tasks",
    "queens": r"tasks",
    "lcs": r"wavefront",
    "smith_waterman": r"wavefront",
    "edit_distance": r"wavefront|parallel-for\+wavefront",
    "gauss_seidel": r"wavefront",
    "knapsack": r"parallel-for",
    "low_pass": r"parallel-for",
    "local_medians": r"parallel-for\+scratch",
    "windows": r"parallel-for\+scratch",
    "transpose": r"parallel-for",
    "diffuse": r"parallel-for",
    "normalise": r"parallel-for",
    "by_iterator": r"parallel-for\+reduction",
    "two_iterators": r"parallel-for",
    "backwards": r"parallel-for",
    "do_while": r"parallel-for\+reduction",
    "first_bad": r"chunked-search",
    "all_sorted": r"chunked-search",
    "best_place": r"parallel-for\+located-extreme",
    "best_place_by_pointers": r"parallel-for\+located-extreme",
    "lowest_cell": r"parallel-for\+located-extreme",
    "exchange_sort": r"parallel-for",
    "byte_counts": r"parallel-for\+array-reduction",
    "csr_transposed": r"parallel-for\+private-copies",
    "levenshtein": r"parallel-for\+wavefront",
    "warping": r"wavefront",
    "longest_common": r"parallel-for\+wavefront",
    "integral": r"wavefront",
    "nine_points": r"wavefront",
    "peak_so_far": r"scan",
    "low_in_place": r"scan",
    "segments": r"scan",
    "positions": r"scan",
    "groups": r"parallel-for\+private-copies",
    "bucket_peaks": r"parallel-for\+private-copies",
    "visited": r"parallel-for\+private-copies",
    "corner_sums": r"parallel-for\+private-copies",
    "add_outer": r"parallel-for",
    "dumped": r"parallel-for\+append",
    "table_of_cells": r"parallel-for\+append",
    "in_turn": r"parallel-for",
    "shoelace": r"parallel-for\+reduction",
    "run_lengths": r"parallel-for\+append",
    "without_repeats": r"parallel-for\+append",
    "dealt": r"parallel-for\+private-copies\+scatter",
    "few_steep": r"chunked-search",
    "nth_fit": r"chunked-search",
    "after_some": r"chunked-search",
    "first_few": r"chunked-search",
    "until_full": r"chunked-search",
    "counting_sorted": r"parallel-for\+(private-copies|array-reduction)\+scatter",
    "sorted_from_behind": r"parallel-for\+scatter",
    "columns_of_rows": r"parallel-for\+scatter",
    "quick_by_its_class": r"tasks",
    "matches": r"parallel-for\+reduction",
    "decimate": r"parallel-for",
    "every_third": r"parallel-for",
    "thinned": r"parallel-for",
    "in_phase": r"parallel-for",
    "lattice": r"parallel-for\+copy",
    "by_key": r"parallel-for\+private-copies",
    "resample": r"parallel-for",
    "random_walk": r"parallel-for\+reduction",
    "estimates": r"parallel-for\+reduction",
    "matrix_chain": r"parallel-for",
    "by_diagonals": r"parallel-for",
    "nearest": r"parallel-for\+located-extreme",
    "furthest": r"parallel-for\+located-extreme",
    "group_ranges": r"parallel-for\+private-copies",
    "nearest_centres": r"parallel-for\+private-copies",
    "close_ones": r"parallel-for",
    "bits_as_text": r"parallel-for\+append",
    "scaled_product": r"interchange\+parallel-for",
    "outliers": r"parallel-for\+append",
    "summary": r"parallel-for\+reduction",
    "extent": r"parallel-for\+reduction",
    "cells": r"parallel-for\+private-copies",
    "tally": r"parallel-for\+private-copies",
    "gaps": r"parallel-for\+append",
    "closest": r"parallel-for\+located-extreme",
    "least_gap": r"parallel-for\+reduction",
    "similar": r"parallel-for\+append",
    "seen_first": r"parallel-for\+private-copies",
    "ends": r"parallel-for\+private-copies",
    "settled": r"parallel-for\+reduction",
    "plane": r"parallel-for\+private-copies",
    "longest_chain": r"parallel-for\+located-extreme",
    "levels": r"parallel-for\+atomic",
    "reach": r"parallel-for\+atomic",
    "pair_with_sum": r"chunked-search",
    "word_in_grid": r"chunked-search",
    "box_of": r"parallel-for\+reduction",
    "reach_of_pairs": r"parallel-for\+reduction",
    "second_moments": r"parallel-for\+array-reduction",
    "high_bits": r"parallel-for\+(private-copies|array-reduction)",
    "sines_to_the_end": r"parallel-for",
    "energy_of_a_range": r"parallel-for\+reduction",
    "transformed_range": r"parallel-for",
    "turned_columns": r"parallel-for\+scratch",
    "mirrored": r"parallel-for\+scratch",
    "loaded_rows": r"parallel-for\+scratch",
    "rows_then_columns": r"parallel-for\+scratch",
    "sparse_squares": r"parallel-for\+scratch",
    "fresh_by_round": r"parallel-for\+scratch",
    "distinct_near": r"parallel-for\+scratch",
    "smoothed_lines": r"parallel-for\+scratch",
    "distinct_marks": r"parallel-for\+scratch",
    "least_three": r"parallel-for\+scratch",
    "relaxed": r"parallel-for\+private-copies",
    "haar_rows": r"parallel-for\+scratch",
    "mean_ways": r"parallel-for\+scratch",
    "packed_tiles": r"parallel-for\+scratch",
    "channel_filters": r"parallel-for\+scratch",
    "graded": r"parallel-for\+private-copies",
    "product_rows": r"parallel-for\+append\+scratch",
    "row_ends": r"parallel-for\+append",
    "frames": r"parallel-for\+append\+scratch",
}
LINES = {
    "hex_digits": ["        out[out_first + 3 * k] = digits[(b >> 4) & 15];"],
    "keep_large": [
        "    std::vector<double> out_parts[64];",
        "            if (y > limit) out_part.push_back(y);",
        "    for (const auto& out_part : out_parts) out.insert(out.end(), out_part.begin(), out_part.end());",
    ],
    "squares": [
        "    for (std::size_t k = 0; k < in.size(); ++k) {",
        "        out[out_first + k] = std::exp(x) * std::sin(x);",
    ],
    "trapezoid": ["        double x_i = x + i * h;"],
    "scale_pointers": ["    for (int i = 0; i < n; ++i) {", "        *dst_i = std::exp(*src_i * f);"],
    "pack_rows": ["        size_t k_i = k + static_cast<size_t>(i) * cols;", "            size_t k_j = k_i + j;"],
    "powers": ["        double p_block = p * std::pow(x, start);"],
    "inner_product": [
        "    #pragma omp declare reduction(+ : std::complex<double> : omp_out += omp_in) "
        "initializer(omp_priv = std::complex<double>())"
    ],
    "moments": [
        "    #pragma omp parallel for reduction(+:m_sum, m_count) reduction(min:m_least) reduction(max:m_most)",
        "    m.least = m_least;",
    ],
    "flags": ["    #pragma omp parallel for reduction(&&:all) reduction(|:found)"],
    "quick": [
        "    if (depth == 0) return quick_range(a, lo, hi);",
        "    #pragma omp task default(shared)",
        "    if (lo < j) quick_range_tasks(a, lo, j, depth - 1);",
        "    #pragma omp taskwait",
        "        quick_range_tasks(a, 0, n - 1, 8);",
    ],
    "table_of_cells": [
        "            const int at_i = columns > 0 ? i % columns : 0;",
        "            put(cells, i, out_part);",
        "    at = columns > 0 ? cells.size() % columns : 0;",
    ],
    "run_lengths": ["        while (start < stop && start > 0 && v[start] == v[start - 1]) ++start;"],
    "nth_fit": ["            ++here;", "        if (seen + here >= nth) break;"],
    "after_some": ["        if (left < here) break;", "        left -= here;"],
    "quick_by_its_class": ["    void sort_serial(int lo, int hi) {", "        sort_tasks(lo, hi, 2);"],
    "columns_of_rows": ["                int q = next_mine[column[p]]++;", "                ++next_mine[column[p]];"],
    "fib": ["    return left + right;", "    result = fib_tasks(n, 8);"],
    "queens": ["        #pragma omp task shared(count)", "            #pragma omp atomic"],
    "lcs": [
        "        for (int i_block = first; i_block <= last; ++i_block) {",
        "                    if (a[i - 1] == b[j - 1])",
    ],
    "byte_counts": ["    #pragma omp parallel for reduction(+:counts[:256])"],
    "visited": ["        for (int i = 0; i < n; ++i) {", "            double s = samples[i];"],
    "low_pass": ["        v_all[i] = v;", "        const double v = v_all[i];"],
    "local_medians": ["    #pragma omp parallel for firstprivate(window)"],
    "normalise": ["    for (int i = 0; i < n; i++) {"],
    "two_iterators": ["    for (auto x = a.begin(); x != a.end(); ++x) {", "        *out_x = std::atan2(*x, *y_x);"],
    "backwards": ["    for (size_t i = 0; i < a.size(); ++i) {"],
    "do_while": ["    for (int i = 0; i < n; ++i) {"],
    "first_bad": ["    if (hit != end) return (int)hit;"],
    "all_sorted": ["    if (hit != end) ok = false;"],
    "add_outer": ["    for (size_t k = 0; k < a.size(); ++k) {", "        const double factor = x[k];"],
    "decimate": ["    for (size_t round = 0; round < rounds; ++round) {", "        size_t at = round * 3;"],
    "every_third": ["        out[out_first + ((i - (taps.size() - 1)) / 3)] = sum;"],
    "lattice": [
        "        const std::vector<double> value_before(value);",
        "            value[j] = p * value_before[j + 1] + (1 - p) * value[j];",
    ],
    "resample": ["        int phase = phase_at[round];", "        out[out_first + round] = sum;"],
    "random_walk": ["        generator.next();", "        Generator generator = generator_at[i];"],
    "estimates": ["        state_at.push_back(state);", "            draw(state);"],
    "matrix_chain": ["        #pragma omp parallel for schedule(dynamic,16)"],
    "by_diagonals": ["        #pragma omp parallel for"],
    "nearest": ["        #pragma omp for", "                best_at_mine = i;"],
    "group_ranges": [
        "        std::vector<Range> groups_mine = groups;",
        "        for (auto& each : groups_mine) { each.sum = 0; each.count = 0; }",
    ],
    "levenshtein": [
        "                int row_left = row_left_at[i - 1];",
        "                    row[j] = std::min({changed, row[j] + 1, row_left + 1});",
    ],
    "warping": ["                    before[j] = now[j];", "                    before_left = before_here;"],
    "nine_points": ["                const int j_start = j_shift > 1 ? j_shift : 1;"],
    "peak_so_far": ["        double peak = peak_sums[block];"],
    "low_in_place": ["            if (v[i] > v_run) v[i] = v_run;"],
    "segments": ["            total_reset = (key[i] == 0);"],
    "positions": ["        int k = k_sums[block];", "                out[k++] = in[i];"],
    "groups": ["            Group& g = sums_mine[key[i]];", "            sums[k].count += sums_mine[k].count;"],
    "corner_sums": [
        "        if (sums_size <= a) sums_size = a + 1;",
        "        std::vector<double> sums_mine(sums_size);",
    ],
    "bucket_peaks": ["        const int* bucket_i = bucket + i;"],
    "outliers": ["    #pragma omp parallel for reduction(+:sum, count)", "            out_part.push_back(v[i]);"],
    "summary": [
        "    #pragma omp parallel for reduction(+:s_n, s_sum) reduction(min:s_low) reduction(max:s_high)",
        "            const double x_given = x;",
        "            s_sum += square;",
    ],
    "extent": ["            const double& x_given = v[i] * w[i];", "            e_low = std::min(e_low, x_given);"],
    "cells": ["        for (const Sample* s_here = s; s_here != end; ++s_here) {"],
    "gaps": ["    #pragma omp parallel for"],
    "seen_first": [
        "            if (total_mine.emplace(7919 * key[i], 0).second) total_keys.push_back(7919 * key[i]);",
        "                if (count_mine.emplace(key[i], 0).second) count_keys.push_back(key[i]);",
        "                count_mine[key[i]]++;",
    ],
    "levels": ["            next.insert(next.end(), next_mine.begin(), next_mine.end());"],
    "reach": ["            #pragma omp for schedule(dynamic, 64) reduction(+:found)"],
    "ends": ["                const double w_given = w[i];"],
    "longest_chain": ["            if (count > best_mine) {", "                best_mine = count;"],
    "weighted_bins": [
        "            if (!(!(x_given >= bins.low) || !(x_given < bins.high))) {",
        "                    double part = w_given / 2;",
        "                    bins_mine.sums[b] += part;",
    ],
    "tallied": ["                    t_mine.hits[key_given % t->n]++;"],
    "attract": [
        "                    stars_mine[j].pull[k] -= stars[i].mass * d[k] / r;",
        "            for (size_t m = 0; m < std::size(stars[k_].pull); ++m) "
        "stars[k_].pull[m] += stars_mine[k_].pull[m];",
    ],
    "plane": ["        std::vector<double> field_mine(nx * ny);"],
    "settled": ["        #pragma omp parallel for reduction(||:changed)"],
    "closest": ["                if (dx >= best_mine.distance) continue;"],
    "least_gap": ["    #pragma omp parallel for reduction(min:least)"],
    "pair_with_sum": ["    for (int i = hit; i < end; ++i)"],
    "word_in_grid": [
        "        #pragma omp parallel for reduction(min:hit) private(m) schedule(dynamic)",
        "                if (m == k) { hit = r < hit ? r : hit; break; }",
    ],
    "box_of": ["        if (at[2] < box_low_2) box_low_2 = at[2];", "    box.low[2] = box_low_2;"],
    "reach_of_pairs": ["            double x = v[2 * i + 1];", "            r_sum_1 += x;"],
    "second_moments": ["    #pragma omp parallel for reduction(+:m)"],
    "sines_to_the_end": ["    const long p_rounds = end - p;", "    out += p_rounds;"],
    "turned_columns": ["    #pragma omp parallel for firstprivate(in, out) schedule(dynamic)"],
    "sparse_squares": ["    #pragma omp parallel for firstprivate(mark, sum, met)"],
    "smoothed_lines": [
        "        double *line_mine = (double*)malloc(cols * sizeof(double));",
        "        free(line_mine);",
    ],
    "distinct_marks": ["        std::copy_n(mark, 64, mark_mine);"],
    "packed_tiles": ["    #pragma omp parallel for firstprivate(tile) schedule(dynamic)"],
    "channel_filters": ["    #pragma omp parallel for firstprivate(chain)"],
    "graded": ["                if (x_given >= 0.9) { g_mine.high += w_given; } else {"],
    "product_rows": ["        for (int i = start_; i < stop; ++i) start[i + 1] += column.size();"],
    "row_ends": ["        for (auto& each : ends_parts[block]) each += kept.size();"],
    "matches": ["    for (size_t i = 0; i < (text.size() >= word.size() ? text.size() - word.size() + 1 : 0); ++i) {"],
}
DRIVER = """\
#include <cstdio>
#include <string>
static std::vector<int> ints(const std::vector<double>& v) {
    std::vector<int> a;
    for (double x : v) a.push_back(int(x * 9));
    return a;
}
static std::vector<double> big(const std::vector<double>& v, int times) {
    std::vector<double> a;
    for (int k = 0; k < times; ++k)
        for (double x : v) a.push_back(x + k * 0.01);
    return a;
}
static bool near(const std::vector<double>& a, const std::vector<double>& b) {
    for (size_t i = 0; i < a.size() && a.size() == b.size(); ++i)
        if (!(std::fabs(a[i] - b[i]) <= 1e-9 * (1 + std::fabs(a[i])))) return false;
    return a.size() == b.size();
}
"""


async def proposed(name: str) -> Sequence[Proposal]:
    return await proposals(pattern(name), name)


def body(source: str) -> str:
    return re.sub(r"^#include.*$", "", source, flags=re.MULTILINE)


@pytest.mark.parametrize("name", PATTERNS)
async def test_the_idea_that_fits_the_pattern_comes_first(name: str) -> None:
    assert re.fullmatch(FIRST[name], (await proposed(name))[0].pattern)


@pytest.mark.parametrize("name", LINES)
async def test_the_first_offer_reads_as_a_person_would_write_it(name: str) -> None:
    lines = (await proposed(name))[0].source.splitlines()
    assert [line for line in LINES[name] if line not in lines] == []


async def test_a_real_number_that_decides_is_added_up_as_in_the_serial_code() -> None:
    assert all("pos_i" not in p.source for p in await proposed("resampled"))


async def test_time_steps_are_also_offered_under_one_region_with_swaps_by_one_thread() -> None:
    region = next(p for p in await proposed("diffuse") if p.pattern == "parallel-region")
    assert "        #pragma omp single\n        std::swap(a, b);\n" in region.source


async def test_every_refinement_of_a_region_still_shares_its_loops_out() -> None:
    region = next(p for p in await proposed("diffuse") if p.pattern == "parallel-region")
    refined = await proposals(pattern("diffuse"), "diffuse", [(region, faster(2))])
    within = [p for p in refined if "#pragma omp parallel\n" in p.source]
    assert within and all("#pragma omp for" in p.source for p in within)


async def test_a_transposition_is_also_offered_in_tiles() -> None:
    assert "tiling" in {p.pattern for p in (await proposed("transpose"))[:3]}


@pytest.mark.parametrize("part", range(2))
async def test_every_offer_compiles(part: int) -> None:
    offered = [p.source for name in sorted(PATTERNS)[part::2] for p in await proposed(name)]
    brought = header_of("\n".join(offered)).replace("#pragma once", "")  # once for all of them
    spaces = (f"namespace p{k} {{ {body(source)} }}\n" for k, source in enumerate(offered))
    assert not compiles(f"#include <omp.h>\n{HEADER}{brought}" + "".join(spaces), "-fsyntax-only")


async def first_offers(name: str) -> list[str]:
    likely = [p for p in (await proposed(name))[:3] if re.fullmatch(f"({FIRST[name]}).*", p.pattern)]
    return [pattern(name), *(p.source for p in likely)]


async def checks(name: str) -> str:
    """A function that calls the serial kernel and its first offers, and says at which length one differs."""
    sources = await first_offers(name)
    spaces = (f"namespace {name}_{k} {{ {body(source)} }}\n" for k, source in enumerate(sources))
    calls = (
        f"{{ std::vector<double> out; {CALLS[name].replace('NS', f'{name}_{k}')} all.push_back(out); }}\n"
        for k in range(len(sources))
    )
    return f"""{"".join(spaces)}
    static int check_{name}() {{
        for (int n : {{0, 1, 2, 3, 63, 64, 65, 200, 333}}) {{
            std::vector<double> v(n), w(n);
            for (int i = 0; i < n; ++i) v[i] = (i * 37 % 101) / 101.0, w[i] = (i * 53 % 89) / 89.0;
            std::vector<std::vector<double>> all;
            {"".join(calls)}
            for (size_t k = 1; k < all.size(); ++k)
                if (!near(all[0], all[k])) return std::printf("offer %d differs at n = %d\\n", int(k), n), 1;
        }}
        return 0;
    }}
    """


@pytest.fixture(scope="module")
def checker(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One program for all kernels, since a compiler spends most of its time on the headers."""
    binary = tmp_path_factory.mktemp("patterns") / "check"

    async def program() -> str:
        return "".join([await checks(name) for name in CALLS])

    cases = "".join(f'if (name == "{name}") return check_{name}();\n' for name in CALLS)
    main = f"int main(int, char** given) {{\nstd::string name = given[1];\n{cases}}}\n"
    assert not compiles(f"#include <omp.h>\n{HEADER}{DRIVER}{asyncio.run(program())}{main}", "-O0", "-o", str(binary))
    return binary


@pytest.mark.parametrize("name", CALLS)
def test_the_first_offers_give_the_serial_answer_at_any_length(name: str, checker: Path) -> None:
    done = subprocess.run([checker, name], check=False, env={"OMP_NUM_THREADS": "3"}, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "")


async def test_a_loop_without_a_body_is_no_pattern() -> None:
    assert not [
        p for p in await proposals("void f(int n) { for (int i = 0; i < n; ++i) ; }", "f") if "scan" in p.pattern
    ]


async def test_statements_that_share_a_line_cost_a_rewrite_and_not_the_others() -> None:
    crowded = re.sub(r"now\[0\] = 1e9;\s+for", "now[0] = 1e9; for", pattern("warping"))
    patterns = {p.pattern for p in await proposals(crowded, "warping")}
    assert patterns and "wavefront" not in patterns

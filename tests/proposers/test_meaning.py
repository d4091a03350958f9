"""What is offered means what the serial code means, also for lengths, values and ties that no judge may draw."""

import pytest
from offers import compiles, proposals

from agentpar.proposers.rewrite.lengths import is_named_for

HISTOGRAM = """\
void histogram(const int *keys, int n, int *bins, int stride)
{
    int i;
    for (i = 0; i < n; i += stride)
        bins[keys[i]]++;
}
"""
SCATTER = """\
void scatter(const int *at, const double *w, int n, double *s, int m)
{
    int i;
    for (i = 0; i < m; i++)
        s[i] = 0;
    for (i = 0; i < n; i++)
        s[at[i]] += w[i];
}
"""
SEARCH = """\
int search(const double *v, int n, double t)
{
    int i;
    for (i = 3; i < n; i++)
        if (sin(v[i]) > t)
            break;
    return i;
}
"""
FROM_BEHIND = """\
int from_behind(const int* a, int n) {
    int best = 1000, where = -1;
    for (int i = n - 1; i >= 0; --i) {
        if (a[i] < best) {
            best = a[i];
            where = i;
        }
    }
    return where;
}
"""
SIEVE = """\
int sieve(char *composite, int n)
{
    int i, j, count = 0;
    for (i = 2; i < n; i++) {
        if (composite[i]) continue;
        count++;
        for (j = 2 * i; j < n; j += i) composite[j] = 1;
    }
    return count;
}
"""


async def test_a_length_that_nothing_tells_is_counted_and_not_taken_from_any_size_at_hand() -> None:
    first = (await proposals(HISTOGRAM, "histogram"))[0].source
    assert "if (bins_size <= keys[i]) bins_size = keys[i] + 1;" in first
    assert "calloc(bins_size, sizeof *bins_mine)" in first


async def test_a_length_that_is_counted_by_a_shifted_index_is_one_more_than_the_index() -> None:
    first = (await proposals(HISTOGRAM.replace("keys[i]]", "keys[i] >> 6]"), "histogram"))[0].source
    assert "if (bins_size <= (keys[i] >> 6)) bins_size = (keys[i] >> 6) + 1;" in first


async def test_a_loop_that_runs_along_an_array_tells_its_length() -> None:
    assert "calloc(m, sizeof *s_mine)" in (await proposals(SCATTER, "scatter"))[0].source
    shifted = SCATTER.replace("i < m", "i <= m")
    assert "calloc((m + 1), sizeof *s_mine)" in (await proposals(shifted, "scatter"))[0].source


async def test_bits_that_all_iterations_set_are_set_in_copies_on_the_heap() -> None:
    source = (
        "void mark(const std::vector<int>& ids, std::vector<unsigned>& bits) {\n"
        "    for (int id : ids) bits[id >> 5] |= 1u << (id & 31);\n}\n"
    )
    assert "bits[k] |= bits_mine[k];" in (await proposals(source, "mark"))[0].source


async def test_a_counter_that_is_read_after_a_search_holds_the_place_of_the_hit() -> None:
    found = (await proposals(SEARCH, "search"))[0].source
    assert "i = 3 < end ? hit : 3;\n    return i;" in found
    assert "++i)\n            if (sin(v[i]) > t)" in found


async def test_of_equals_the_first_in_the_loop_is_taken_where_it_counts_down() -> None:
    first = (await proposals(FROM_BEHIND, "from_behind"))[0].source
    assert "(best_mine == best && where_mine > where)" in first


async def test_an_extreme_that_gives_way_to_its_equals_is_not_merged_by_its_first_place() -> None:
    source = FROM_BEHIND.replace("a[i] < best", "a[i] <= best")
    assert not any("where_mine" in proposal.source for proposal in await proposals(source, "from_behind"))


async def test_what_leaves_a_round_early_is_not_given_to_one_thread() -> None:
    assert not any("omp single" in proposal.source for proposal in await proposals(SIEVE, "sieve"))


THROWING = """\
static double root(double x) {
    if (x < 0) throw std::domain_error("negative");
    return std::sqrt(x);
}
static double twice(double x) { return 2 * root(x); }
static double guarded(double x) {
    try {
        return twice(x);
    } catch (const std::exception&) {
        return 0;
    }
}
double total(const std::vector<double>& v) {
    if (v.empty()) throw std::invalid_argument("empty");
    double sum = 0;
    for (double x : v) sum += CALL(x);
    return sum;
}
"""


async def test_a_loop_that_lets_an_exception_out_is_not_shared_out_since_that_would_end_the_program() -> None:
    assert await proposals(THROWING.replace("CALL", "twice"), "total") == []
    assert (await proposals(THROWING.replace("CALL", "guarded"), "total"))[0].pattern == "parallel-for+reduction"


async def test_recursion_that_throws_gets_no_tasks() -> None:
    source = (
        "double sum(const double* a, int n) {\n    if (n == 0) throw 1;\n    if (n == 1) return a[0];\n"
        "    return sum(a, n / 2) + sum(a + n / 2, n - n / 2);\n}\n"
    )
    assert await proposals(source, "sum") == []
    assert (await proposals(source.replace("throw 1", "return 0"), "sum"))[0].pattern == "tasks"


@pytest.mark.parametrize(
    ("term", "is_summed"),
    [("x", False), ("x * 3", False), ("std::sqrt(x)", False), ("static_cast<int>(x * 3)", True), ("x > 0.5", True)],
)
async def test_a_sum_that_is_rounded_at_every_step_is_no_reduction(term: str, is_summed: bool) -> None:
    body = f"    int s = 0;\n    for (auto x : v) s += {term};\n    return s;\n"
    source = f"int whole(const std::vector<double>& v) {{\n{body}}}\n"
    assert any("reduction" in proposal.source for proposal in await proposals(source, "whole")) == is_summed


@pytest.mark.parametrize(
    ("function", "is_redirected"),
    [
        ("[](int a, int b) { return std::min(a + b, 1000000); }", False),
        ("[](int a, double b) { return a + b; }", False),
        ("[](int a, int b) { return a + b * b; }", True),
        ("[](int a, int b) { return std::gcd(a, b); }", True),
    ],
)
async def test_an_accumulation_is_split_where_its_function_shows_that_it_may_be(
    function: str, is_redirected: bool
) -> None:
    source = (
        f"int f(const std::vector<int>& v) {{\n    return std::accumulate(v.begin(), v.end(), 0, {function});\n}}\n"
    )
    assert bool(await proposals(source, "f")) == is_redirected


@pytest.mark.parametrize(
    ("kind", "write"),
    [
        ("std::unordered_map<int, int>", "= i"),
        ("std::unordered_map<int, std::string>", "+= 'x'"),
        ("std::vector<bool>", "+= 1"),
    ],
)
async def test_elements_that_are_not_apart_in_memory_are_not_written_side_by_side(kind: str, write: str) -> None:
    source = (
        f"int kinds(const std::vector<int>& v) {{\n    {kind} seen(9);\n    int n = 0;\n"
        f"    for (size_t i = 0; i < v.size(); ++i) seen[v[i]] {write};\n"
        "    for (size_t i = 0; i < v.size(); ++i) n += v[i] * v[i];\n    return n + seen.size();\n}\n"
    )
    first = (await proposals(source, "kinds"))[0]
    assert first.strategy == "parallel for over i at line 5, reduction(+:n)"


async def test_what_is_added_step_by_step_in_a_wide_type_is_not_multiplied_in_a_narrow_one() -> None:
    source = (
        "void keys(std::vector<double>& out, int n) {\n    long long key = 17;\n"
        "    for (int i = 0; i < n; i++) {\n        out[i] = std::sin(key);\n        key += 100000;\n    }\n}\n"
    )
    first = (await proposals(source, "keys"))[0].source
    assert "long long key_i = key + static_cast<long long>(i) * 100000;" in first


async def test_lines_that_a_block_on_one_line_gets_are_indented() -> None:
    source = (
        "void roots(const float *p, int n, int stride, float *out) {\n"
        "    for (int i = 0; i < n; i++) { out[i] = sqrtf(*p); p += stride; }\n}\n"
    )
    first = (await proposals(source, "roots"))[0].source
    assert "{\n        const float* p_i = p + (long)(i) * stride;\n        out[i] = sqrtf(*p_i); }\n" in first


async def test_extremes_of_groups_are_kept_in_copies_in_c_too() -> None:
    source = (
        "void peaks(const int *group, const int *height, int n, int *peak)\n{\n    int i;\n"
        "    for (i = 0; i < n; i++)\n        if (height[i] > peak[group[i]]) peak[group[i]] = height[i];\n}\n"
    )
    first = (await proposals(source, "peaks"))[0].source
    assert first.startswith("#include <stdlib.h>\n#include <string.h>\n")
    assert "memcpy(malloc(peak_size * sizeof *peak_mine), peak, peak_size * sizeof *peak_mine);" in first
    assert not compiles(first, "-fsyntax-only")


@pytest.mark.parametrize("head", ["size_t i = x.size(); i-- > 0;", "int i = x.size() - 1; i >= 0; --i"])
async def test_sums_from_behind_are_scanned_from_behind(head: str) -> None:
    source = (
        "void suffixes(const std::vector<double>& x, std::vector<double>& out) {\n    double sum = 0;\n"
        f"    for ({head}) {{\n        sum += x[i];\n        out[i] = sum;\n    }}\n}}\n"
    )
    first = (await proposals(source, "suffixes"))[0]
    assert first.pattern == "scan" and first.source.count(" i = x.size() - 1 - k;") == 2


async def test_a_search_from_behind_is_not_made_one_from_the_front() -> None:
    source = (
        "int last(const std::vector<double>& x, double t) {\n    for (size_t i = x.size(); i-- > 0;)\n"
        "        if (std::sin(x[i]) > t) return i;\n    return -1;\n}\n"
    )
    assert await proposals(source, "last") == []


async def test_a_counter_that_is_read_after_its_loop_keeps_the_value_it_had_there() -> None:
    source = (
        "double last(double *a, int n)\n{\n    int i;\n    for (i = 0; i < n; i++)\n        a[i] = sqrt(a[i]);\n"
        "    return i > 0 ? a[i - 1] : 0;\n}\n"
    )
    for proposal in await proposals(source, "last"):
        assert "    i = 0 < n ? n : 0;\n    return" in proposal.source
    again = source.replace("return i > 0", "i = n;\n    return i > 0")
    assert not any("?" in proposal.source.partition("i = n;")[0] for proposal in await proposals(again, "last"))


@pytest.mark.parametrize("turn", ["sign = -sign", "sign *= -1"])
async def test_a_sign_that_alternates_is_told_from_the_counter(turn: str) -> None:
    source = (
        "double series(int n, double* out) {\n    double sum = 0, sign = 1;\n    for (int k = 0; k < n; k++) {\n"
        f"        sum += sign / (2 * k + 1);\n        {turn};\n    }}\n    *out = sign;\n    return sum;\n}}\n"
    )
    first = (await proposals(source, "series"))[0]
    assert first.pattern == "parallel-for+reduction"
    assert "double sign_k = k % 2 == 0 ? sign : -sign;\n        sum += sign_k / (2 * k + 1);" in first.source
    assert "    if (n % 2 != 0) sign = -sign;\n    *out = sign;" in first.source


async def test_a_member_is_summed_up_beside_others_that_are_only_read() -> None:
    source = (
        "struct Stats {\n    double mean, var;\n};\nStats spread(const std::vector<double>& v, Stats s) {\n"
        "    for (double x : v) s.var += (x - s.mean) * (x - s.mean);\n    return s;\n}\n"
    )
    assert "reduction(+:s_var)" in (await proposals(source, "spread"))[0].source


async def test_two_greatest_values_are_not_merged_like_one_and_its_place() -> None:
    source = (
        "int second(const int* v, int n) {\n    int a = -1000, b = -1000;\n    for (int i = 0; i < n; i++) {\n"
        "        if (v[i] > a) {\n            b = a;\n            a = v[i];\n        } else if (v[i] > b) {\n"
        "            b = v[i];\n        }\n    }\n    return b;\n}\n"
    )
    assert not any("a_mine" in proposal.source for proposal in await proposals(source, "second"))


async def test_an_array_that_is_updated_from_others_of_its_elements_gets_no_copies() -> None:
    source = (
        "void knapsack(const int* w, const int* v, int n, std::vector<int>& best) {\n"
        "    for (int i = 0; i < n; i++)\n        for (int c = best.size() - 1; c >= w[i]; --c)\n"
        "            best[c] = std::max(best[c], best[c - w[i]] + v[i]);\n}\n"
    )
    assert not any("best_mine" in proposal.source for proposal in await proposals(source, "knapsack"))


@pytest.mark.parametrize("line", ['std::printf("%d", i);', "std::cerr << i;", "warn(i);"])
async def test_a_loop_that_prints_keeps_the_order_of_what_it_prints(line: str) -> None:
    source = (
        'static void warn(int i) { fprintf(stderr, "%d", i); }\n'
        "void checked(std::vector<double>& y) {\n    for (int i = 0; i < (int)y.size(); ++i) {\n"
        f"        y[i] = std::exp(y[i]);\n        if (y[i] > 1e9) {line}\n    }}\n}}\n"
    )
    assert await proposals(source, "checked") == []


@pytest.mark.parametrize(("element", "is_summed_in_place"), [("float", False), ("double", True)])
async def test_a_precise_sum_is_not_moved_into_less_precise_elements(element: str, is_summed_in_place: bool) -> None:
    source = (
        f"void gemm(int n, const {element}* A, const {element}* B, {element}* C) {{\n"
        "    for (int i = 0; i < n; ++i)\n        for (int j = 0; j < n; ++j) {\n            double sum = 0;\n"
        "            for (int k = 0; k < n; ++k) sum += A[i * n + k] * B[k * n + j];\n"
        "            C[i * n + j] = sum;\n        }\n}\n"
    )
    offered = await proposals(source, "gemm")
    assert any("C[i * n + j] += " in proposal.source for proposal in offered) == is_summed_in_place


@pytest.mark.parametrize(("element", "is_shifted"), [("int", False), ("double", True)])
async def test_sums_of_blocks_are_stored_where_elements_hold_them(element: str, is_shifted: bool) -> None:
    source = (
        f"void totals(const std::vector<double>& x, std::vector<{element}>& out) {{\n    double sum = 0;\n"
        "    for (size_t i = 0; i < x.size(); ++i) {\n        sum += std::exp(x[i]);\n        out[i] = sum;\n    }\n}\n"
    )
    offered = await proposals(source, "totals")
    assert any("out[i] += sum;" in proposal.source for proposal in offered) == is_shifted


@pytest.mark.parametrize(
    ("array", "size", "is_its"),
    [("bins", "nbins", True), ("bins", "numBins", True), ("hist", "hist_size", True), ("id", "width", False)],
)
def test_a_size_is_an_arrays_where_it_is_called_after_it(array: str, size: str, is_its: bool) -> None:
    assert is_named_for(size, array.strip("_s")) == is_its


async def test_recursion_in_a_returned_choice_gets_tasks() -> None:
    source = "long fib(int n) { return (n < 2) ? n : fib(n - 1) + fib(n - 2); }\n"
    first = (await proposals(source, "fib"))[0]
    assert first.pattern == "tasks" and "if (n < 2) return n;" in first.source
    assert "#pragma omp task default(shared)" in first.source and not compiles(first.source, "-fsyntax-only")


async def test_a_matrix_that_is_called_for_its_elements_makes_no_iteration_uneven() -> None:
    source = (
        "void product(const Matrix& A, const Matrix& B, Matrix& C, int n) {\n"
        "    for (int i = 0; i < n; ++i)\n        for (int j = 0; j < n; ++j)\n"
        "            C(i, j) = A(i, j) * B(j, i);\n}\n"
    )
    assert "dynamic" not in (await proposals(source, "product"))[0].source


async def test_what_a_row_hands_on_is_kept_after_its_columns_also_without_braces() -> None:
    source = (
        "int distance(const std::string& a, const std::string& b) {\n"
        "    std::vector<int> prev(b.size() + 1), cur(b.size() + 1);\n"
        "    for (size_t i = 1; i <= a.size(); ++i) {\n        cur[0] = i;\n"
        "        for (size_t j = 1; j <= b.size(); ++j)\n"
        "            cur[j] = std::min(prev[j] + 1, cur[j - 1] + (a[i - 1] != b[j - 1]));\n"
        "        std::swap(prev, cur);\n    }\n    return prev[b.size()];\n}\n"
    )
    first = (await proposals(source, "distance"))[0]
    assert first.pattern == "wavefront"
    assert first.source.index("cur_left = cur[j];") < first.source.index("cur_left_at[i - 1] = cur_left;")


async def test_where_a_pointer_has_come_to_is_told_behind_a_body_without_braces() -> None:
    source = (
        "void roots(const double* p, double* out, int n) {\n"
        "    for (int i = 0; i < n; i++) out[i] = std::sqrt(*p++);\n    out[n] = *p;\n}\n"
    )
    first = (await proposals(source, "roots"))[0].source
    assert "    }\n    p += n;\n    out[n] = *p;" in first


async def test_a_block_on_one_line_stays_on_it() -> None:
    source = (
        "int least(const std::vector<double>& x) {\n    double best = 9;\n    int where = -1;\n"
        "    for (size_t i = 0; i < x.size(); ++i)\n"
        "        if (x[i] < best) { best = x[i]; where = static_cast<int>(i); }\n    return where;\n}\n"
    )
    first = (await proposals(source, "least"))[0].source
    assert "{ best_mine = x[i]; where_mine = static_cast<int>(i); best_at_mine = i; }\n" in first


@pytest.mark.parametrize(("value", "is_greatest"), [("x", True), ("( x )", True), ("x * 0.5", False)])
async def test_an_extreme_is_what_it_is_compared_with(value: str, is_greatest: bool) -> None:
    source = (
        "double peak(const std::vector<double>& v) {\n    double m = 0;\n"
        f"    for (double x : v) if (x > m) m = {value};\n    return m;\n}}\n"
    )
    assert any("reduction(max:m)" in proposal.source for proposal in await proposals(source, "peak")) == is_greatest


async def test_rows_that_do_not_wait_for_each_other_are_shared_out_whole() -> None:
    source = (
        "void sums(const std::vector<float>& in, std::vector<float>& out, int w, int h) {\n"
        "    for (int y = 0; y < h; ++y) {\n        float sum = 0;\n        for (int x = 0; x < w; ++x) {\n"
        "            sum += in[y * w + x];\n            out[y * w + x] = sum;\n        }\n    }\n}\n"
    )
    offered = await proposals(source, "sums")
    assert offered[0].pattern == "parallel-for" and all(p.pattern != "wavefront" for p in offered)


async def test_a_matrix_that_only_hands_out_its_elements_is_not_what_a_loop_changes() -> None:
    source = """\
#include <vector>
template <typename Real>
class Matrix {
public:
    Matrix(std::vector<Real>& data, int n) : data_(data), n_(n) {}
    Real& operator()(int r, int c) { return data_[r * n_ + c]; }
private:
    std::vector<Real>& data_;
    int n_;
};
void doubled(std::vector<double>& data, int n) {
    Matrix<double> m(data, n);
    for (int r = 0; r < n; ++r)
        for (int c = 0; c < n; ++c) m(r, c) = 2 * m(r, c);
}
"""
    assert (await proposals(source, "doubled"))[0].strategy == "parallel for over r at line 13"


async def test_a_reference_whose_index_is_computed_by_a_call_leads_to_what_is_shared() -> None:
    source = """\
#include <vector>
struct Cell { int count; double sum; };
static int bin(double x) { return static_cast<int>(x * 8); }
void profile(const std::vector<double>& x, std::vector<Cell>& cells) {
    for (double v : x) {
        Cell& c = cells[bin(v)];
        c.count++;
        c.sum += v;
    }
}
"""
    offered = await proposals(source, "profile")
    assert {p.pattern for p in offered[:2]} <= {"parallel-for+private-copies", "parallel-for+atomic"}


@pytest.mark.parametrize(("length", "is_shared"), [("(1 << BITS)", False), ("256", False), ("(1 << 20)", True)])
async def test_a_loop_as_short_as_a_constant_of_the_file_says_is_no_work_to_share(length: str, is_shared: bool) -> None:
    source = (
        f"#define BITS 8\n#define BUCKETS {length}\nvoid f(int *at, const int *key, int n)\n{{\n    int i, sum = 0;\n"
    )
    source += (
        "    for (i = 0; i < BUCKETS; i++) {\n        int c = at[i];\n        at[i] = sum;\n        sum += c;\n    }\n"
    )
    source += "    for (i = 0; i < n; i++)\n        at[key[i] % 64] += 1;\n}\n"
    assert ("scan" in (await proposals(source, "f"))[0].pattern) is is_shared

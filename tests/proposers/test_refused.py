"""What must not be offered: loops that look like a pattern and are not."""

import re
from random import Random

import pytest
from begun_again import NOT_APPENDED_BY_CALLS, NOT_BEGUN_AGAIN
from coordinates import NOT_WRITTEN_OUT
from enough_found import MORE_THAN_ENOUGH
from listed_runs import NOT_LISTED_BY_RUNS
from nested_searches import SEEN_BESIDE_THE_HIT
from offers import proposals
from patterns import HEADER, PATTERNS
from placed_by_key import NOT_PLACED_BY_KEY
from walked_ranges import WALKS_OF_ANOTHER_LENGTH
from working_arrays import HANDED_FROM_ROUND_TO_ROUND

from agentpar.proposers.rewrite.reasons import why_nothing

# A kernel that comes close, and what no offer for it may say of itself.
REFUSED = {
    "continues": (
        "while",
        "void continues(int* a, int n) {\n    int i = 0;\n    while (i < n) {\n        if (a[i] < 0) continue;\n"
        "        a[i] = 1;\n        i++;\n    }\n}\n",
    ),
    "moving_end": (
        "while",
        "void moving_end(int* a, int n) {\n    int i = 0;\n    while (i < n) {\n        if (a[i] < 0) n--;\n"
        "        a[i] = 1;\n        i++;\n    }\n}\n",
    ),
    "moving_shift": (
        "while",
        "void moving_shift(int* a, int n) {\n    int i = 0, shift = 1;\n    while (i + shift < n) {\n"
        "        if (a[i] < 0) shift++;\n        a[i] = 1;\n        i++;\n    }\n}\n",
    ),
    "own_end": (
        "while",
        "void own_end(std::vector<int>& a) {\n    size_t i = 0;\n    while (i < a.size()) {\n"
        "        if (a[i] < 0) a.push_back(1);\n        a[i] = 1;\n        i++;\n    }\n}\n",
    ),
    "counter_wanted": (
        "while",
        "int counter_wanted(int* a, int n) {\n    int i = 0;\n    while (i < n) {\n        a[i] = 1;\n        i++;\n"
        "    }\n    return i;\n}\n",
    ),
    "sometimes_steps": (
        "k from",
        "void sometimes_steps(const int* a, int* b, int n) {\n    int k = 0;\n    for (int i = 0; i < n; i++) {\n"
        "        if (a[i] > 0) k++;\n        b[i] = k * a[i];\n    }\n}\n",
    ),
    "steps_on_one_path": (
        "out from",
        "void steps_on_one_path(const int* a, int* out, int n) {\n    for (int i = 0; i < n; i++) {\n"
        "        if (a[i] > 0) *out++ = a[i];\n        else if (a[i] < -9) *out++ = 0;\n    }\n}\n",
    ),
    "other_arm": (
        "private",
        "int other_arm(const int* a, int n) {\n    int count = 0, inside = 0;\n    for (int i = 0; i < n; i++) {\n"
        "        if (a[i] == 0) inside = 0;\n        else if (!inside) {\n            inside = 1;\n"
        "            ++count;\n        }\n    }\n    return count;\n}\n",
    ),
    "generator": (
        "from i|power",
        "void generator(unsigned* a, int n) {\n    unsigned x = 1;\n    for (int i = 0; i < n; i++) {\n"
        "        x = 1664525 * x + 1013904223;\n        a[i] = x;\n    }\n}\n",
    ),
    "whole_powers": (
        "power",
        "void whole_powers(unsigned* a, int n) {\n    unsigned x = 1;\n    for (int i = 0; i < n; i++) {\n"
        "        a[i] = x;\n        x *= 31;\n    }\n}\n",
    ),
    "looks_back": (
        "blocks",
        "void looks_back(const std::vector<int>& a, std::vector<int>& out) {\n"
        "    for (size_t i = 0; i < a.size(); ++i) {\n"
        "        if (out.empty() || out.back() != a[i]) out.push_back(a[i]);\n    }\n}\n",
    ),
    "bits": (
        "by index",
        "std::vector<bool> bits(const std::vector<int>& a) {\n    std::vector<bool> out;\n"
        "    for (size_t i = 0; i < a.size(); ++i) out.push_back(a[i] > 0);\n    return out;\n}\n",
    ),
    "leaning": (
        "diagonals",
        "void leaning(std::vector<double>& u, size_t n) {\n    for (size_t i = 1; i < n; i++)\n"
        "        for (size_t j = 1; j < n - 1; j++)\n"
        "            u[i * n + j] += u[(i - 1) * n + j + 1] + u[i * n + j - 1];\n}\n",
    ),
    "triangle": (
        "diagonals",
        "void triangle(std::vector<double>& u, int n) {\n    for (int i = 1; i < n; i++)\n"
        "        for (int j = 1; j < i; j++) u[i * n + j] += u[(i - 1) * n + j] + u[i * n + j - 1];\n}\n",
    ),
    "looks_ahead": (
        "diagonals",
        "void looks_ahead(std::vector<int>& row, int n, int m) {\n    for (int i = 1; i < n; i++)\n"
        "        for (int j = 1; j < m - 1; j++) row[j] = std::min(row[j - 1], row[j + 1]) + i;\n}\n",
    ),
    "carries_on": (
        "diagonals",
        "void carries_on(std::vector<int>& row, int n, int m) {\n    int last = 0;\n    for (int i = 1; i < n; i++)\n"
        "        for (int j = 1; j < m; j++) {\n            row[j] = row[j - 1] + last;\n"
        "            last = row[j] % 7;\n        }\n}\n",
    ),
    "starts_at_its_sum": (
        "two-pass",
        "void starts_at_its_sum(const int* a, int* out, int n) {\n    int s = 0;\n    for (int i = 0; i < n; i++) {\n"
        "        if (s > 9) s = 0;\n        s += a[i];\n        out[i] = s;\n    }\n}\n",
    ),
    "reads_what_it_stored": (
        "two-pass",
        "int reads_what_it_stored(const int* a, int* out, int n) {\n    int k = 1;\n    for (int i = 0; i < n; i++)\n"
        "        if (a[i] > out[k - 1]) out[k++] = a[i];\n    return k;\n}\n",
    ),
    "moving_walk": (
        "walk",
        "int moving_walk(const int* a, int n) {\n    const int* end = a + n;\n    int s = 0;\n    while (a < end) {\n"
        "        if (*a == 0) end--;\n        s += *a++;\n    }\n    return s;\n}\n",
    ),
    "divisor": ("tasks", "int divisor(int a, int b) {\n    if (b == 0) return a;\n    return divisor(b, a % b);\n}\n"),
    "board": (
        "tasks",
        "int board(std::vector<int>& row, int k) {\n    int n = row.size(), count = 0;\n    if (k == n) return 1;\n"
        "    for (int c = 0; c < n; c++) {\n        row[k] = c;\n        count += board(row, k + 1);\n    }\n"
        "    return count;\n}\n",
    ),
    "needs_the_first": (
        "tasks",
        "int needs_the_first(const int* a, int n) {\n    if (n < 2) return n;\n"
        "    int left = needs_the_first(a, n / 2);\n    int right = needs_the_first(a + left % 2, n / 2);\n"
        "    return left + right;\n}\n",
    ),
    "error_in_each_step": (
        "region",
        "double error_in_each_step(std::vector<double>& a, std::vector<double>& b, int n, int t) {\n"
        "    double last = 0;\n    for (int s = 0; s < t; ++s) {\n        double e = 0;\n"
        "        for (int i = 1; i < n - 1; ++i) {\n            b[i] = a[i - 1] + a[i + 1];\n"
        "            e += b[i] - a[i];\n        }\n        std::swap(a, b);\n        last = e;\n    }\n"
        "    return last;\n}\n",
    ),
    "scratch_wanted": (
        "firstprivate",
        "double scratch_wanted(const std::vector<double>& in, std::vector<double>& out) {\n"
        "    std::vector<double> t(4);\n    for (size_t i = 0; i < in.size(); ++i) {\n"
        "        for (int k = 0; k < 4; k++) t[k] = in[i] * k;\n        out[i] = t[3];\n    }\n    return t[2];\n}\n",
    ),
    "light": (
        "split",
        "void light(const std::vector<double>& in, std::vector<double>& out) {\n    double s = 0;\n"
        "    for (size_t i = 0; i < in.size(); ++i) {\n        double v = in[i] * 2;\n        s = s * v + 1;\n"
        "        out[i] = s;\n    }\n}\n",
    ),
    "below_the_pivot": (
        "three parts",
        "void below_the_pivot(double* a, int n) {\n    for (int k = 0; k < n; k++)\n"
        "        for (int i = k + 1; i < n; i++)\n"
        "            for (int j = 0; j < n; j++) a[i * n + j] -= a[k * n + j];\n}\n",
    ),
    "without_the_pivot": (
        "three parts",
        "void without_the_pivot(double* a, int n) {\n    for (int k = 0; k < n; k++)\n"
        "        for (int i = 0; i < n; i++) {\n            if (i == k) continue;\n"
        "            for (int j = 0; j < n; j++) a[i * n + j] -= a[k * n + j];\n        }\n}\n",
    ),
    "moving_pivot": (
        "three parts",
        "void moving_pivot(double* a, int n) {\n    for (int k = 0; k < n; k++)\n"
        "        for (int i = 0; i < n; i++) {\n            for (int j = 0; j < n; j++) a[i * n + j] -= a[k * n + j];\n"
        "            if (a[i * n] < 0) k = i;\n        }\n}\n",
    ),
    "two_pivots": (
        "three parts",
        "void two_pivots(double* a, int n, int m) {\n    for (int k = 0; k < n; k++)\n"
        "        for (int i = 0; i < n; i++)\n"
        "            for (int j = 0; j < n; j++) a[i * n + j] -= a[k * n + j] * a[m * n + j];\n}\n",
    ),
    "pairs_that_read_on": (
        "copies",
        "struct Body {\n    double x, v;\n};\nvoid pairs_that_read_on(Body* p, int n) {\n"
        "    for (int i = 0; i < n; i++) {\n        Body& a = p[i];\n        for (int j = i + 1; j < n; j++) {\n"
        "            Body& b = p[j];\n            a.v += b.v * b.x;\n            b.v -= a.x;\n        }\n    }\n}\n",
    ),
    "rows_of_their_own": (
        "copies",
        "struct Row {\n    std::vector<double> cells;\n    int at;\n};\n"
        "void rows_of_their_own(std::vector<Row>& rows, const std::vector<int>& to, const std::vector<double>& w) {\n"
        "    for (size_t i = 0; i < to.size(); ++i) rows[to[i]].cells[i % 4] += w[i];\n}\n",
    ),
    "replaced_while_small": (
        "per thread",
        "int replaced_while_small(const int* a, int n) {\n    int best = 0;\n    for (int i = 0; i < n; i++)\n"
        "        if (best < 5 || a[i] < a[best]) best = i;\n    return best;\n}\n",
    ),
    "not_like_the_best": (
        "per thread",
        "int not_like_the_best(const int* a, const int* b, int n) {\n    int best = 0;\n"
        "    for (int i = 1; i < n; i++)\n        if (b[i] != b[best] && a[i] < a[best]) best = i;\n"
        "    return best;\n}\n",
    ),
    "either_is_less": (
        "per thread",
        "int either_is_less(const int* a, const int* b, int n) {\n    int best = 0;\n    for (int i = 1; i < n; i++)\n"
        "        if (a[i] < a[best] || b[i] < b[best]) best = i;\n    return best;\n}\n",
    ),
    "borrowed_bins": (
        "copies",
        "struct View {\n    int* bins;\n    int n;\n};\nvoid borrowed_bins(const int* k, int n, View v) {\n"
        "    for (int i = 0; i < n; i++) v.bins[k[i] % v.n]++;\n}\n",
    ),
    "read_between": (
        "copies|atomic",
        "struct Bins {\n    int count[16];\n    int most;\n};\nvoid read_between(const int* k, int n, Bins& b) {\n"
        "    for (int i = 0; i < n; i++) {\n        b.count[k[i] % 16]++;\n"
        "        if (b.count[0] > b.most) b.most++;\n    }\n}\n",
    ),
    "leaves_with_a_value": (
        "write",
        "struct Bins {\n    int count[16];\n    bool add(int k) {\n        if (k > 15) return false;\n"
        "        count[k]++;\n        return true;\n    }\n};\n"
        "void leaves_with_a_value(const int* k, int n, Bins& b) {\n    for (int i = 0; i < n; i++) b.add(k[i]);\n}\n",
    ),
    "real_into_whole_bins": (
        "copies|atomic|reduction",
        "struct Bins {\n    int at[16];\n};\n"
        "void real_into_whole_bins(const int* k, const double* w, int n, Bins& b) {\n"
        "    for (int i = 0; i < n; i++) b.at[k[i] & 15] += w[i];\n}\n",
    ),
    "real_member": (
        "reduction|blocks",
        "struct Part {\n    double weight;\n};\nint real_member(const Part* p, int n) {\n    int s = 0;\n"
        "    for (int i = 0; i < n; i++) s += p[i].weight;\n    return s;\n}\n",
    ),
    "real_by_a_function": (
        "reduction",
        "double half(int x) {\n    return x * 0.5;\n}\nint real_by_a_function(const int* a, int n) {\n    int s = 0;\n"
        "    for (int i = 0; i < n; i++) s += half(a[i]);\n    return s;\n}\n",
    ),
    "method_of_another_class": (
        "write",
        "struct Bins {\n    int count[16];\n    virtual void add(int k) { count[k & 15]++; }\n};\n"
        "void method_of_another_class(const int* k, int n, Bins& b) {\n"
        "    for (int i = 0; i < n; i++) b.add(k[i]);\n}\n",
    ),
    "mixed": (  # which blocks can tell, and no clause
        "^(?!p as).*reduction",
        "struct Pair {\n    double a, b;\n};\nvoid mixed(const double* v, int n, Pair& p) {\n"
        "    for (int i = 0; i < n; i++) {\n        p.a += v[i];\n        p.a *= 0.5;\n    }\n}\n",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
async def test_what_only_looks_like_a_pattern_is_not_taken_for_one(name: str) -> None:
    word, source = REFUSED[name]
    offered = await proposals(HEADER + source, name)
    assert [p.strategy for p in offered if re.search(word, p.strategy)] == []


@pytest.mark.parametrize("name", NOT_BEGUN_AGAIN)
async def test_a_counter_whose_rounds_the_loop_does_not_tell_stays_one(name: str) -> None:
    offered = await proposals(HEADER + NOT_BEGUN_AGAIN[name], name)
    assert all(not re.search(r"\bk from [ir]\b", p.strategy) for p in offered)


@pytest.mark.parametrize("name", NOT_APPENDED_BY_CALLS)
async def test_a_list_that_a_function_reads_or_cuts_gets_no_blocks(name: str) -> None:
    assert all("append" not in p.pattern for p in await proposals(HEADER + NOT_APPENDED_BY_CALLS[name], name))


async def test_what_is_made_of_a_counter_behind_its_step_stays_in_the_head() -> None:
    source = "double f(const double* x, int n) {\n    double s = 0;\n    int i, j;\n"
    source += "    for (i = 0, j = n - 1; i < n; i++, j = i - 1) s += x[i] * x[j];\n    return s;\n}\n"
    assert await proposals(HEADER + source, "f") == []


@pytest.mark.parametrize("name", NOT_LISTED_BY_RUNS)
async def test_a_list_whose_last_element_tells_more_than_a_run_gets_no_blocks(name: str) -> None:
    assert all("append" not in p.pattern for p in await proposals(HEADER + NOT_LISTED_BY_RUNS[name], name))


@pytest.mark.parametrize("name", MORE_THAN_ENOUGH)
async def test_a_loop_that_tells_more_than_when_there_is_enough_is_not_searched_in_pieces(name: str) -> None:
    assert all("chunked-search" not in p.pattern for p in await proposals(HEADER + MORE_THAN_ENOUGH[name], name))


@pytest.mark.parametrize("name", NOT_PLACED_BY_KEY)
async def test_places_that_are_more_than_stored_at_are_not_counted_by_blocks(name: str) -> None:
    assert all("scatter" not in p.pattern for p in await proposals(HEADER + NOT_PLACED_BY_KEY[name], name))


async def test_a_member_function_that_its_class_only_declares_gets_no_tasks() -> None:
    source = (
        "struct S { int* a; void f(int lo, int hi); };\nvoid S::f(int lo, int hi) {\n    if (hi - lo < 2) return;\n"
    )
    source += "    f(lo, (lo + hi) / 2);\n    f((lo + hi) / 2, hi);\n    a[lo] = 1;\n}\n"
    assert all("tasks" not in p.pattern for p in await proposals(source + "void g(S& s) { s.f(0, 9); }\n", "g"))


@pytest.mark.parametrize("name", HANDED_FROM_ROUND_TO_ROUND)
async def test_threads_get_no_copies_of_an_array_whose_contents_other_rounds_see(name: str) -> None:
    offered = await proposals(HEADER + HANDED_FROM_ROUND_TO_ROUND[name], name)
    assert [p.strategy for p in offered if "firstprivate" in p.strategy] == []


@pytest.mark.parametrize("name", WALKS_OF_ANOTHER_LENGTH)
async def test_a_walk_whose_rounds_its_ends_do_not_tell_is_not_counted(name: str) -> None:
    offered = await proposals(HEADER + WALKS_OF_ANOTHER_LENGTH[name], name)
    assert [p.strategy for p in offered if "walk" in p.strategy] == []


@pytest.mark.parametrize("name", NOT_WRITTEN_OUT)
async def test_a_loop_over_coordinates_that_is_left_or_long_stays_a_loop(name: str) -> None:
    offered = await proposals(HEADER + NOT_WRITTEN_OUT[name], name)
    assert [p.strategy for p in offered if "write out the rounds" in p.strategy] == []


@pytest.mark.parametrize("name", SEEN_BESIDE_THE_HIT)
async def test_a_nest_that_leaves_a_trace_before_it_is_left_is_not_searched_out_of_order(name: str) -> None:
    offered = await proposals(HEADER + SEEN_BESIDE_THE_HIT[name], name)
    assert [p.strategy for p in offered if "until one leaves" in p.strategy] == []


async def test_a_source_that_is_broken_anywhere_is_read_without_an_error() -> None:
    chance = Random(11)
    for _ in range(100):
        name = chance.choice(sorted(PATTERNS))
        source, at = PATTERNS[name], chance.randrange(len(PATTERNS[name]))
        piece = chance.choice(["", ";", "{", "}", "(", ")", "for (", "if (", " = ", "i", "-1", "*"])
        await proposals(HEADER + source[:at] + piece + source[at + chance.randint(0, 9) :], name)


@pytest.mark.parametrize(
    "function", ["[&](double x) { if (x < 0) return; sum += x; }", "[&, k = 2 * k](double x) { sum += k * x; }"]
)
async def test_a_visit_that_no_loop_says_as_plainly_stays_a_visit(function: str) -> None:
    head = "double f(const std::vector<double>& v, double k) {\n    double sum = 0;\n"
    source = f"{head}    std::for_each(v.begin(), v.end(), {function});\n    return sum;\n}}\n"
    assert all("std::for_each" in p.source or "parallel::for_each" in p.source for p in await proposals(source, "f"))


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ("for (int i = 0; i < n; ++i) { if (a[i] < 0) throw 1; a[i]++; }", "may let an exception out"),
        ("for (int i = 1; i < n; ++i) { s = s * 31 + a[i]; a[i] = s; }", "hands `s` from one round to the next"),
        ("for (int i = 0; i < n; ++i) { if (a[i]) i++; a[i] = 1; }", "changes `i`, which its head counts by"),
        ("while (s < n) s += a[s];", "does not count"),
        ("for (int i = 0; i < n; ++i) { if (!a[i]) return; a[i]++; }", "returns before its end"),
        ("if (n > 0) a[0] = 1;", "there is no loop that the rewrites could share out"),
    ],
)
def test_what_stands_in_the_way_is_told_with_its_line(body: str, why: str) -> None:
    told = why_nothing(f"void f(int* a, int n, int s) {{\n    {body}\n}}\n", "f")
    assert why in told and (told.startswith("the loop at line 2 ") or "no loop" in told)


async def test_a_loop_that_counts_by_a_real_number_is_left_alone_and_that_is_told() -> None:
    source = (
        "double area(double a, double b, double h) {\n    double s = 0;\n"
        "    for (double x = a; x < b; x += h) s += std::sin(x);\n    return s;\n}\n"
    )
    assert await proposals(HEADER + source, "area") == []
    assert why_nothing(source, "area") == "the loop at line 3 has no head that counts"


async def test_a_loop_that_a_directive_further_out_takes_in_gets_none_of_its_own() -> None:
    source = (
        "void add(double* a, int n) {\n#pragma omp parallel for collapse(2)\n    for (int i = 0; i < n; ++i)\n"
        "        for (int j = 0; j < n; ++j) a[i * n + j] += 1;\n}\n"
    )
    assert await proposals(source, "add") == []


@pytest.mark.parametrize(("left", "right"), ["{}", "()"])
async def test_a_function_that_nests_deeper_than_anybody_writes_is_left_alone(left: str, right: str) -> None:
    inner = f"{left * 2000}a[i] = 1{';' if left == '{' else ''}{right * 2000};"
    assert await proposals(f"void f(int* a, int n) {{ for (int i = 0; i < n; ++i) {inner} }}", "f") == []


def test_where_only_the_target_lacks_words_that_is_the_reason() -> None:
    fib = "long fib(int n) {\n    if (n < 2) return n;\n    return fib(n - 1) + fib(n - 2);\n}\n"
    told = "what the rewrites share out with OpenMP has no counterpart for threads; try --target openmp"
    assert why_nothing(fib, "fib", "threads") == told
    left = "void f(int* a) {\n    while (*a) ++*a++;\n}\n"
    assert why_nothing(left, "f", "threads") == why_nothing(left, "f") == "the loop at line 2 does not count"

"""Which working arrays and containers threads get one each of, and which they must share."""

import pytest
from offers import proposals

_ARRAY = """
#include <stdlib.h>
#include <string.h>
double worked(const double *a, double *out, int n, int m)
{{
    int i, j;
    double *line = {made};
    {before}
    for (i = 0; i < n; i++) {{
        {body}
    }}
    {after}
    free(line);
    return 0;
}}
"""
_ROUND = "for (j = 0; j < m; j++) line[j] = a[i * m + j] * 2; for (j = 0; j < m; j++) out[i * m + j] = line[m - 1 - j];"
_MADE = "(double *)malloc(m * sizeof(double))"
_LEFT = (
    "for (j = 0; j < m; j++) line[j] += a[i * m + j]; for (j = 0; j < m; j++) out[i * m + j] = line[m - 1 - j];"
    " for (j = 0; j < m; j++) line[j] = 0;"
)


def _shares_rows(source: str) -> bool:
    """Whether the loop over rows is shared out in the first of the offers that put up with no doubt."""
    return "line_mine" in source


@pytest.mark.parametrize(
    ("made", "before", "body", "after", "is_offered"),
    [
        (_MADE, "", _ROUND, "", True),
        (_MADE, "if (!line) return 1;", _ROUND, "", True),
        (_MADE, "", _ROUND, "out[0] = line[0];", False),
        (_MADE, "double *also = line;", _ROUND + " out[i] += also[0];", "", False),
        (_MADE, "m = m / 2;", _ROUND, "", False),
        (_MADE, "line = line + 1;", _ROUND, "line = line - 1;", False),
        ("(double *)a", "", _ROUND, "", False),
        (_MADE, "", "out[i] = line[0]; " + _ROUND, "", False),
        ("(double *)calloc(m, sizeof(double))", "", _LEFT, "", True),
        (_MADE, "memset(line, 0, m * sizeof(double));", _LEFT, "", True),
        (_MADE, "memset(line, 1, m * sizeof(double));", _LEFT, "", False),
        (_MADE, "for (j = 0; j < m; j++) line[j] = 3;", _LEFT, "", False),
        (_MADE, "for (j = 0; j < m; j++) line[j] = 0; line[m - 1] = 5;", _LEFT, "", False),
        (_MADE, "if (n > 4) for (j = 0; j < m; j++) line[j] = 0;", _LEFT, "", False),
    ],
)
async def test_an_array_from_the_heap_is_one_for_each_thread_where_no_round_sees_what_another_left(
    made: str, before: str, body: str, after: str, is_offered: bool
) -> None:
    source = _ARRAY.format(made=made, before=before, body=body, after=after)
    assert is_offered == any(_shares_rows(proposal.source) for proposal in await proposals(source, "worked"))


@pytest.mark.parametrize(
    ("made", "end", "is_offered"),
    [
        ("std::queue<int> left;", "while (!left.empty()) { out[i] += left.front(); left.pop(); }", True),
        ("std::queue<int> left;", "while (left.size() > 0) { out[i] += left.front(); left.pop(); }", True),
        ("std::queue<int> left;", "while (left.size() > 1) { out[i] += left.front(); left.pop(); }", False),
        ("std::queue<int> left;", "while (!left.empty()) { if (out[i] > 9) break; left.pop(); }", False),
        ("std::queue<int> left;", "if (a[i]) while (!left.empty()) { out[i] += left.front(); left.pop(); }", False),
        ("std::queue<int> left; left.push(1);", "while (!left.empty()) { out[i]++; left.pop(); }", True),
        ("std::queue<int> left(start);", "while (!left.empty()) { out[i]++; left.pop(); }", False),
        ("static std::queue<int> left;", "while (left.size() > 1) { out[i]++; left.pop(); }", False),
    ],
)
async def test_a_container_that_each_round_empties_is_one_for_each_thread(
    made: str, end: str, is_offered: bool
) -> None:
    source = (
        "#include <queue>\n#include <vector>\n"
        "void worked(const std::vector<int> &a, std::vector<int> &out, std::queue<int> &start) {\n"
        f"    {made}\n    for (int i = 0; i < (int)a.size(); ++i) {{\n"
        f"        for (int k = 0; k < a[i]; ++k) left.push(k * i);\n        {end}\n    }}\n}}\n"
    )
    offered = await proposals(source, "worked")
    assert is_offered == any("firstprivate(left)" in proposal.source for proposal in offered)


@pytest.mark.parametrize(
    ("method", "is_clean"),
    [
        ("const int *first(int v) const { return at + v; }", True),
        ("const int &first(int v) const { return at[v]; }", True),
        ("const int *first(int v) { last = v; return at + v; }", False),
        ("int first(int v) { return last = v; }", False),
    ],
)
async def test_a_method_that_leaves_its_object_alone_may_be_called_by_all_threads(method: str, is_clean: bool) -> None:
    source = (
        f"struct Rows {{\n    const int *at;\n    int last;\n    {method}\n}};\n"
        "void worked(Rows rows, const int *a, long *out, int n) {\n"
        "    for (int i = 0; i < n; ++i) out[i] = (long)rows.first(a[i]) * a[i];\n}\n"
    )
    first = (await proposals(source, "worked"))[0]
    assert is_clean == (first.pattern == "parallel-for" and len(await proposals(source, "worked")) > 2)


@pytest.mark.parametrize(
    ("helper", "is_offered"),
    [
        ("for (int j = 0; j < m; j++) t[j] = 2 * x[j];", True),
        ("for (int j = 0; j < m; j++) t[j] += x[j];", False),
        ("if (x[0] > 0) for (int j = 0; j < m; j++) t[j] = x[j];", False),
    ],
)
async def test_an_array_from_the_heap_that_functions_work_in_is_one_for_each_thread_where_they_fill_it(
    helper: str, is_offered: bool
) -> None:
    source = (
        f"#include <stdlib.h>\nstatic void work(const double *x, double *t, int m) {{\n    {helper}\n}}\n"
        "void worked(const double *a, double *out, int n, int m) {\n"
        "    double *t = (double *)malloc(m * sizeof(double));\n    for (int i = 0; i < n; i++) {\n"
        "        work(a + i * m, t, m);\n        for (int j = 0; j < m; j++) out[i * m + j] = t[m - 1 - j];\n    }\n"
        "    free(t);\n}\n"
    )
    assert is_offered == any("t_mine" in proposal.source for proposal in await proposals(source, "worked"))

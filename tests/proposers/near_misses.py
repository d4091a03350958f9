"""Pairs of serial kernels that differ by a few words: of the second a rewrite is right, of the first it is not.

Most differences show on rare values alone, which no judge may draw. Each pair has its function's text with a gap, what
stands there, and a word of the offer that only the second may get.
"""

from typing import NamedTuple


class NearMiss(NamedTuple):
    """A function named `f` with `GAP` in it, what makes a rewrite wrong there, what makes it right, and its words."""

    text: str
    wrong: str
    right: str
    words: str = "parallel for over"


_EACH = "void f(const int* a, int* b, int n, int& s, std::vector<int>& out) {\n    for (int i = 0; i < n; ++i) {\n"
_CELL = "        b[i] = a[i] * 2;\n"
_CALLS = f"static int look(int x) {{ GAP return x * x; }}\n{_EACH}        b[i] = look(a[i]);\n    }}\n}}\n"

RARELY_HANDED_ON = {
    "number": NearMiss(
        _EACH + _CELL + "GAP    }\n}\n",
        "if (a[i] > 1000) s = s * 3 + i;",
        "if (a[i] > 1000) b[i] = 3;",
        "^parallel for over i",
    ),
    "element": NearMiss(_EACH + "GAP    }\n}\n", "b[i] = 1; if (a[i] > 1000) b[0] = b[0] * 3 + i;", "b[i] = 1;"),
    "element_before": NearMiss(
        "void f(int* b, int n) {\n    for (int i = 1; i < n; ++i) {\n        b[i] *= 2;\n        GAP\n    }\n}\n",
        "if (b[i] > 1000) b[i] += b[i - 1];",
        "if (b[i] > 1000) b[i] += b[i] / 2;",
    ),
    "list": NearMiss(
        _EACH + _CELL + "GAP    }\n}\n", "if (a[i] > 1000) out.push_back(i);", "", "parallel for over i at"
    ),
    "static_local": NearMiss(
        _CALLS, "static int last = 0; if (x > 1000) x += ++last;", "static const int last = 0; x += last;"
    ),
    "global": NearMiss(
        "static int worst;\n" + _CALLS, "if (x > 1000) worst = worst * 3 + x;", "if (x > worst) x = worst;"
    ),
    "static_in_the_body": NearMiss(
        _EACH + "GAP    }\n}\n",
        "static int k = 0; if (a[i] > 1000) k += k + 1; b[i] = k;",
        "int k = 0; k += a[i]; b[i] = k;",
    ),
    "macro": NearMiss(
        "#define NOTE(x) if ((x) > 1000) GAP\n" + _EACH + _CELL + "        NOTE(a[i]);\n    }\n}\n",
        "s = s * 3 + (x)",
        "(void)0",
    ),
    "lambda": NearMiss(
        "void f(const int* a, int* b, int n, int s) {\n    auto note = [&](int i) { GAP };\n"
        "    for (int i = 0; i < n; ++i) b[i] = note(a[i]);\n}\n",
        "if (i > 1000) s = s * 3 + i; return s;",
        "if (i > 1000) i = s * 3 + i; return s;",
    ),
    "list_of_a_lambda": NearMiss(
        "void f(const int* a, int* b, int n, std::vector<int>& out) {\n    auto note = [&](int i) { GAP };\n"
        "    for (int i = 0; i < n; ++i) b[i] = note(a[i]);\n}\n",
        "if (i > 1000) out.push_back(i); return i;",
        "if (i > 1000) i = out[0]; return i;",
    ),
    "last_number_in_a_choice": NearMiss(
        _EACH + "GAP    }\n    b[0] = s;\n}\n",
        "b[i] = a[i] > 1000 ? (s = i, 7) : a[i];",
        "s = i; b[i] = a[i] > 1000 ? 7 : s;",
    ),
    "case": NearMiss(
        "void f(const int* a, int* b, int n) {\n    int t = 0;\n    for (int i = 0; i < n; ++i) {\n"
        "        switch (a[i]) {\n"
        "        case 0: t = a[i]; b[i] = t; break;\n        default: GAP b[i] = t;\n        }\n    }\n}\n",
        "",
        "t = 3;",
    ),
    "two_meanings": NearMiss(
        _EACH + "        if (a[i] > 1000) GAP\n        { int s = a[i] * 2; b[i] = s; }\n    }\n}\n",
        "s = i;",
        "b[i] = 7;",
        "^par",
    ),
    "reference": NearMiss(
        "int f(const int* a, int* b, int n) {\n    int s = 0;\n    int& r = s;\n    r = 1;\n"
        "    for (int i = 0; i < n; ++i) {\n        s += a[i];\n        GAP\n    }\n    return s;\n}\n",
        "if (a[i] > 1000) b[i] = r;",
        "if (a[i] > 1000) b[i] = i;",
        "reduction",
    ),
    "neighbours": NearMiss(
        "void f(int* b, int n) {\n    for (int i = 0; i + 1 < n; GAP)\n"
        "        if (b[i] > b[i + 1]) {\n            int t = b[i];\n            b[i] = b[i + 1];\n"
        "            b[i + 1] = t;\n        }\n}\n",
        "i++",
        "i += 2",
    ),
    "bound_by_pointer": NearMiss(
        "void f(const int* a, int* b, int* n) {\n    for (int i = 0; i < *n; ++i) {\n"
        "        b[i] = a[i];\n        GAP\n"
        "    }\n}\n",
        "if (a[i] > 1000) *n -= 1;",
        "if (a[i] > 1000) b[i] -= 1;",
    ),
    "step": NearMiss(
        "void f(int* b, int n, int k) {\n    for (int i = 0; i < n; i += k) {\n        b[i] = i;\n"
        "        GAP\n    }\n}\n",
        "if (i == 1000) k = 5;",
        "if (i == 1000) b[i] = 5;",
    ),
    "tried": NearMiss(
        "void f(const std::vector<int>& a, int* b, int n) {\n    try {\n"
        "        for (int i = 0; i < n; ++i) b[i] = GAP * 3;\n    } catch (...) {\n    }\n}\n",
        "a.at(i)",
        "a[i]",
    ),
}

_SEARCH = (
    "int f(const std::vector<std::string>& w, const int* a, int n, double end) {\n    for (int i = 0; i < GAP; ++i)\n"
)
_ROUND = "void f(const double* a, const int* len, double* out, int n, int m) {\n    double t[8] = {0};\n"
_IN_EACH = "    for (int i = 0; i < n; ++i) {\n        GAP\n        out[i] = t[3];\n    }\n}\n"
_FILL = "for (int k = 0; k < 8; ++k) t[k] = a[i] * k;"

SEEN_ON_RARE_VALUES = {
    "better_by_some": NearMiss(
        "int f(const double* a, int n) {\n    int best = 0;\n    for (int i = 1; i < n; i++)\n"
        "        if (a[i] < a[best]GAP) best = i;\n    return best;\n}\n",
        " - 1e-9",
        "",
        "per thread",
    ),
    "places_out_of_order": NearMiss(
        "int f(const double* d, const std::vector<int>& open, int n, int u) {\n    GAP\n"
        "        if (d[v] < d[u]) u = v;\n"
        "    return u;\n}\n",
        "for (int v : open)",
        "for (int v = 0; v < n; v++)",
        "per thread",
    ),
    "looked_at_between": NearMiss(
        "int f(const int* a, int* b, int n) {\n    int best = 9999, at = -1;\n    for (int i = 0; i < n; i++) {\n"
        "        if (a[i] < best) {\n            best = a[i];\n            at = i;\n        }\n"
        "        GAP\n    }\n    return at;\n}\n",
        "if (a[i] == 99) b[i] = at;",
        "if (a[i] == 99) b[i] = i;",
        "per thread",
    ),
    "cut_off": NearMiss(
        "int f(const double* a, int n) {\n    GAP best = 0;\n    int at = -1;\n    for (int i = 0; i < n; i++)\n"
        "        if (a[i] > best) {\n            best = a[i];\n            at = i;\n        }\n    return at;\n}\n",
        "float",
        "double",
        "per thread",
    ),
    "another_value": NearMiss(
        "struct Hit {\n    int i;\n    double d;\n};\nHit f(const double* a, int n) {\n    Hit best = {-1, 1e9};\n"
        "    for (int i = 0; i < n; i++) {\n        double d = a[i], d2 = d + 1e-9;\n"
        "        if (d < best.d) best = {i, GAP};\n    }\n    return best;\n}\n",
        "d2",
        "d",
        "per thread",
    ),
    "end_between_rounds": NearMiss(
        _SEARCH + "        if (std::sin(a[i]) > 0.5) return i;\n    return -1;\n}\n", "end", "n", "chunks"
    ),
    "words_that_are_no_numbers": NearMiss(
        _SEARCH.replace("GAP", "n") + "        if (GAP == 7) return i;\n    return -1;\n}\n",
        "std::stoi(w[i])",
        "std::abs(a[i])",
        "chunks",
    ),
    "looks_that_are_counted": NearMiss(
        "static int calls;\nstatic int look(int x) {\n    GAP\n    return x * x;\n}\n"
        "int f(const int* a, int n, int m) {\n"
        "    for (int i = 0; i < n; ++i)\n        for (int j = 0; j < m; ++j)\n"
        "            if (look(a[i]) == j) return i;\n    return calls;\n}\n",
        "++calls;",
        "++x;",
        "until one leaves",
    ),
    "filled_in_a_case": NearMiss(
        _ROUND + "    for (int i = 0; i < n; ++i)\n        switch (len[i]) {\n        case 0: " + _FILL + " break;\n"
        "        default: GAP out[i] = t[3];\n        }\n}\n",
        "",
        _FILL,
        "firstprivate",
    ),
    "filled_on_demand": NearMiss(
        "static bool fill(double* t, double x) {\n    for (int k = 0; k < 8; ++k) t[k] = x * k;\n"
        "    return true;\n}\n" + _ROUND + _IN_EACH,
        "len[i] && fill(t, a[i]);",
        "fill(t, a[i]);",
        "firstprivate",
    ),
    "filled_in_part": NearMiss(
        _ROUND + "    for (int i = 0; i < n; ++i) {\n        double s = 0;\n"
        "        for (int k = 0; k < len[i]; ++k) t[k] = a[i] * k;\n"
        "        for (int k = 0; k < GAP; ++k) s += t[k];\n"
        "        out[i] = s;\n    }\n}\n",
        "m",
        "len[i]",
        "firstprivate",
    ),
    "filled_until_one_is_large": NearMiss(
        _ROUND + _IN_EACH,
        "for (int k = 0; k < 8; ++k) { if (a[i] * k > 1e9) break; t[k] = a[i]; }",
        _FILL,
        "firstprivate",
    ),
    "filled_in_one_of_three": NearMiss(
        _ROUND + _IN_EACH,
        f"if (len[i]) {{ {_FILL} }} else if (a[i] > 0) {{ {_FILL} }}",
        f"if (len[i]) {{ {_FILL} }} else {{ {_FILL} }}",
        "firstprivate",
    ),
    "filled_later": NearMiss(
        _ROUND + "    for (int i = 0; i < n; ++i) {\n        GAP\n    }\n}\n",
        f"auto fill = [&] {{ {_FILL} }}; out[i] = t[3]; fill();",
        f"{_FILL} out[i] = t[3];",
        "firstprivate",
    ),
    "moved_on": NearMiss(
        _ROUND + _IN_EACH,
        "memmove(t, t + 1, 7 * sizeof *t); t[7] = a[i];",
        "memmove(t, a + i, 8 * sizeof *t);",
        "firstprivate",
    ),
    "held_by_a_member": NearMiss(
        "struct View {\n    double* p;\n};\n" + _ROUND + "    View view;\n    GAP\n" + _IN_EACH.replace("GAP", _FILL),
        "view.p = t;",
        "view.p = out;",
        "firstprivate",
    ),
    "held_by_an_object": NearMiss(
        "struct View {\n    View(double* q) : p(q) {}\n    double* p;\n};\n"
        + _ROUND
        + "    View view(GAP);\n"
        + _IN_EACH.replace("GAP", _FILL),
        "t",
        "out",
        "firstprivate",
    ),
    "coordinates_below_the_first": NearMiss(
        "struct Box {\n    double low[3];\n};\nvoid f(const double* v, int n, Box& box) {\n"
        "    for (int i = 0; i < n; ++i)\n        for (GAP k = 0; k < 3; ++k) {\n"
        "            double x = v[3 * i + k] + (k - 1) * 1e-9;\n"
        "            if (x < box.low[k]) box.low[k] = x;\n        }\n}\n",
        "unsigned",
        "int",
        "write out the rounds",
    ),
    "numbers_past_their_end": NearMiss(
        "int f(const int* p, const int* end, unsigned lo, unsigned hi) {\n    int s = 0;\n    GAP\n    return s;\n}\n",
        "while (lo < hi) {\n        s += 3 * lo;\n        ++lo;\n    }",
        "while (p < end) {\n        s += 3 * *p;\n        ++p;\n    }",
        "walk",
    ),
    "length_that_is_read_anew": NearMiss(
        "static void read(int& n) { n = 3; }\ndouble f(const double* p, int n, int m) {\n"
        "    const double* end = p + n;\n"
        "    double s = 0;\n    read(GAP);\n    for (; p != end; ++p) s += std::sin(*p);\n    return s + n;\n}\n",
        "n",
        "m",
        "i from 0|walk of p to end",
    ),
    "rounded_sum_by_a_lambda": NearMiss(
        "int f(const int* a, int n) {\n    auto half = [](int x) { return x * GAP; };\n    int s = 0;\n"
        "    for (int i = 0; i < n; i++) s += half(a[i]);\n    return s;\n}\n",
        "0.5",
        "5",
        "reduction",
    ),
    "rounded_sum_by_a_macro": NearMiss(
        "#define HALF(x) ((x) * GAP)\nint f(const int* a, int n) {\n    int s = 0;\n"
        "    for (int i = 0; i < n; i++) s += HALF(a[i]);\n    return s;\n}\n",
        "0.5",
        "5",
        "reduction",
    ),
    "rounded_sum_by_a_name": NearMiss(
        "using real = GAP;\nint f(const real* a, int n) {\n    int s = 0;\n"
        "    for (int i = 0; i < n; i++) s += a[i];\n    return s;\n}\n",
        "double",
        "short",
        "reduction",
    ),
    "rounded_sum_of_auto": NearMiss(
        "int f(const double* a, int n) {\n    auto s = GAP;\n"
        "    for (int i = 0; i < n; i++) s += a[i];\n    return s;\n}\n",
        "0",
        "0.0",
        "reduction",
    ),
    "rounded_sum_of_magnitudes": NearMiss(
        "int f(const double* a, const int* c, int n) {\n    int s = 0;\n"
        "    for (int i = 0; i < n; i++) s += std::abs(GAP[i]);\n    return s;\n}\n",
        "a",
        "c",
        "reduction",
    ),
    "sum_of_truths": NearMiss(
        "int f(const int* c, int n) {\n    GAP s = 0;\n"
        "    for (int i = 0; i < n; i++) s += c[i] > 3;\n    return s;\n}\n",
        "bool",
        "int",
        "reduction",
    ),
}
"""What is wrong of these shows where values are rare, or where rounds are run that the serial code does not come to."""

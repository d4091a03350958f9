"""Serial kernels that end once enough was found, and some that end so and tell more than that."""

_FITS = """\
static bool fits_%s(double x) {
    double s = 0;
    for (int k = 1; k < 4; ++k) s += std::sin(k * x);
    return s > 0.8;
}
"""
ENOUGH_FOUND = {
    "nth_fit": _FITS % "nth"
    + """\
int nth_fit(const std::vector<double>& v, int nth) {
    int seen = 0;
    for (size_t i = 0; i < v.size(); ++i) {
        if (!fits_nth(v[i])) continue;
        if (++seen == nth) return (int)i;
    }
    return -seen;
}
""",
    "after_some": _FITS % "some"
    + """\
int after_some(const double* v, int n, unsigned left) {
    int at = -1;
    for (int i = 0; i < n; i++) {
        if (fits_some(v[i])) {
            if (left == 0) {
                at = i;
                break;
            }
            left--;
        }
    }
    return at * 10 + (int)left;
}
""",
    "first_few": _FITS % "few"
    + """\
std::vector<std::pair<int, double>> first_few(const std::vector<double>& v, int most) {
    std::vector<std::pair<int, double>> found;
    for (int i = 0; i < (int)v.size() && (int)found.size() < most; ++i)
        if (fits_few(v[i])) found.emplace_back(i, v[i]);
    return found;
}
""",
    "few_steep": """\
std::vector<size_t> few_steep(const std::vector<double>& v, size_t width, size_t most) {
    std::vector<size_t> found;
    size_t at = 0;
    while (at + width < v.size()) {
        if (std::sin(v[at + width] - v[at]) > 0.4) {
            found.push_back(at);
            if (found.size() >= most) break;
        }
        ++at;
    }
    return found;
}
""",
    "until_full": _FITS % "full"
    + """\
void until_full(const std::vector<double>& v, size_t most, std::vector<int>& found) {
    for (size_t i = 1; i < v.size(); ++i) {
        if (fits_full(v[i])) {
            found.push_back((int)i);
            if (found.size() == most) break;
        }
    }
}
""",
}

_HEAD = _FITS % "it" + "%s {\n    int seen = 0;\n    for (int i = 0; i < n; ++i) {\n        "
_END = "\n    }\n    return -1;\n}\n"
MORE_THAN_ENOUGH = {
    "numbered": _HEAD % "int numbered(const double* v, int n, int k, int* out)"
    + "if (fits_it(v[i])) out[i] = seen;\n        if (fits_it(v[i]) && ++seen == k) return i;"
    + _END,
    "in_a_row": _HEAD % "int in_a_row(const double* v, int n, int k)"
    + "if (!fits_it(v[i])) seen = 0;\n        else if (++seen == k) return i;"
    + _END,
    "bound_that_moves": _HEAD % "int bound_that_moves(const double* v, int n, int k)"
    + "if (v[i] > 2) --k;\n        if (fits_it(v[i]) && ++seen == k) return i;"
    + _END,
    "by_its_last": _HEAD
    % "int by_its_last(const double* v, int n, size_t most, std::vector<int>& out)"
    + "if (out.empty() || fits_it(v[i] - out.back())) out.push_back(i);\n        if (out.size() == most) break;\n"
    "    }\n    return seen;\n}\n",
    "by_twos": _HEAD % "int by_twos(const double* v, int n, int k)"
    + "if (fits_it(v[i])) seen += 2;\n        if (seen == k) return i;"
    + _END,
}
"""What is counted is seen, starts again or is compared with what moves; the list is read; a step may pass the end."""

"""Serial kernels that make lists of what they keep, or carry a value from element to element."""

LISTS_AND_SCANS = {
    "keep_large": """\
void keep_large(const std::vector<double>& in, double limit, std::vector<double>& out) {
    out.clear();
    for (size_t i = 0; i < in.size(); ++i) {
        double y = std::sqrt(std::fabs(in[i])) + std::sin(in[i]);
        if (y > limit) out.push_back(y);
    }
}
""",
    "squares": """\
std::vector<double> squares(const std::vector<double>& in) {
    std::vector<double> out;
    out.reserve(in.size());
    for (double x : in) {
        out.push_back(std::exp(x) * std::sin(x));
    }
    return out;
}
""",
    "parted": """\
void parted(const std::vector<double>& in, std::vector<double>& out, double pivot) {
    int k = 0;
    for (double x : in)
        if (x < pivot) out[k++] = x;
    for (double x : in)
        if (!(x < pivot)) out[k++] = x;
}
""",
    "compact": """\
int compact(const double* in, int n, double limit, double* out, int* where) {
    int count = 0;
    for (int i = 0; i < n; i++) {
        double v = std::log(1.0 + in[i] * in[i]);
        if (v > limit) {
            out[count] = v;
            where[count] = i;
            count++;
        }
    }
    return count;
}
""",
    "close_pairs": """\
std::vector<std::pair<int, int>> close_pairs(const std::vector<double>& x, const std::vector<double>& y, double r) {
    std::vector<std::pair<int, int>> pairs;
    int n = std::min(x.size(), y.size());
    for (int i = 0; i < n; i++) {
        for (int j = i + 1; j < n; j++) {
            double dx = x[i] - x[j];
            double dy = y[i] - y[j];
            if (dx * dx + dy * dy < r * r) {
                pairs.push_back({i, j});
            }
        }
    }
    return pairs;
}
""",
    "pack_rows": """\
void pack_rows(const std::vector<double>& m, int rows, int cols, std::vector<double>& out) {
    size_t k = 0;
    for (int i = 0; i < rows; ++i) {
        for (int j = 0; j < cols; ++j) {
            out[k++] = std::sqrt(std::fabs(m[i * cols + j])) * std::cos(m[i * cols + j]);
        }
    }
}
""",
    "positions": """\
int positions(const double* in, int n, double limit, double* out, int* where) {
    int k = 0, i;
    for (i = 0; i < n; i++)
        if (in[i] > limit) {
            where[k] = i;
            out[k++] = in[i];
        }
    return k;
}
""",
    "peak_so_far": """\
void peak_so_far(const std::vector<double>& in, std::vector<double>& out) {
    double peak = 0.2;
    for (size_t i = 0; i < in.size(); ++i) {
        peak = std::max(peak, in[i]);
        out[i] = peak;
    }
}
""",
    "low_in_place": """\
void low_in_place(double* v, int n) {
    for (int i = 1; i < n; i++)
        if (v[i] > v[i - 1]) v[i] = v[i - 1];
}
""",
    "segments": """\
void segments(const std::vector<int>& key, const std::vector<double>& v, std::vector<double>& out) {
    double total = 0.0;
    for (size_t i = 0; i < v.size(); i++) {
        if (key[i] == 0) total = 0.0;
        total += v[i];
        out[i] = total;
    }
}
""",
    "low_pass": """\
void low_pass(const std::vector<double>& in, std::vector<double>& out) {
    double state = 0;
    for (size_t i = 0; i < in.size(); ++i) {
        double v = std::sin(in[i]) * std::exp(-in[i] * in[i]) + std::log(2 + in[i]);
        state = 0.9 * state + 0.1 * v;
        out[i] = state;
    }
}
""",
}

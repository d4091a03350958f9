"""Serial kernels in many hands' ways of writing, one or more for each pattern that takes more than a directive."""

HEADER = """\
#include <algorithm>
#include <cmath>
#include <complex>
#include <cstddef>
#include <utility>
#include <vector>

"""

PATTERNS = {
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
    "trapezoid": """\
double trapezoid(double a, double b, int n) {
    double h = (b - a) / n;
    double x = a;
    double sum = 0.0;
    for (int i = 0; i < n; i++) {
        sum += 0.5 * h * (std::sin(x) + std::sin(x + h));
        x += h;
    }
    return sum;
}
""",
    "scale_pointers": """\
void scale_pointers(const double* src, double* dst, int n, double f) {
    while (n-- > 0) {
        *dst++ = std::exp(*src++ * f);
    }
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
    "fft": """\
void fft(std::vector<std::complex<double>>& a) {
    size_t n = 1;
    while (2 * n <= a.size()) n *= 2;
    for (size_t i = 1, j = 0; i < n; i++) {
        size_t bit = n >> 1;
        for (; j & bit; bit >>= 1) j ^= bit;
        j ^= bit;
        if (i < j) std::swap(a[i], a[j]);
    }
    for (size_t len = 2; len <= n; len <<= 1) {
        double angle = 2 * M_PI / len;
        std::complex<double> wlen(std::cos(angle), std::sin(angle));
        for (size_t i = 0; i < n; i += len) {
            std::complex<double> w(1);
            for (size_t j = 0; j < len / 2; j++) {
                std::complex<double> u = a[i + j];
                std::complex<double> v = a[i + j + len / 2] * w;
                a[i + j] = u + v;
                a[i + j + len / 2] = u - v;
                w *= wlen;
            }
        }
    }
}
""",
    "powers": """\
double powers(const std::vector<double>& c, double x) {
    double sum = 0, p = 1;
    for (size_t i = 0; i < c.size(); ++i) {
        sum += c[i] * p;
        p *= x;
    }
    return sum;
}
""",
    "inner_product": """\
std::complex<double> inner_product(const std::vector<std::complex<double>>& a,
                                   const std::vector<std::complex<double>>& b) {
    std::complex<double> s = 0;
    for (size_t i = 0; i < a.size(); ++i) {
        s += std::conj(a[i]) * b[i];
    }
    return s;
}
""",
    "moments": """\
struct Moments {
    double sum, least, most;
    long count;
};

Moments moments(const std::vector<double>& v) {
    Moments m;
    m.sum = 0;
    m.least = 1e300;
    m.most = -1e300;
    m.count = 0;
    for (double x : v) {
        double y = std::log(1 + x * x);
        m.sum += y;
        m.least = std::min(m.least, y);
        if (y > m.most) m.most = y;
        m.count++;
    }
    return m;
}
""",
    "flags": """\
bool flags(const std::vector<double>& a, const std::vector<double>& b, bool* any) {
    bool all = true, found = false;
    for (size_t i = 0; i < a.size(); ++i) {
        double d = std::exp(-std::fabs(a[i] - b[i]));
        all = all && d > 1e-9;
        found |= d > 0.999999;
    }
    *any = found;
    return all;
}
""",
    "merge_sort": """\
static void merge(std::vector<int>& a, std::vector<int>& tmp, int lo, int mid, int hi) {
    int i = lo, j = mid, k = lo;
    while (i < mid && j < hi) {
        if (a[i] <= a[j]) tmp[k++] = a[i++];
        else tmp[k++] = a[j++];
    }
    while (i < mid) tmp[k++] = a[i++];
    while (j < hi) tmp[k++] = a[j++];
    for (k = lo; k < hi; k++) a[k] = tmp[k];
}

static void sort_range(std::vector<int>& a, std::vector<int>& tmp, int lo, int hi) {
    if (hi - lo < 2) return;
    int mid = lo + (hi - lo) / 2;
    sort_range(a, tmp, lo, mid);
    sort_range(a, tmp, mid, hi);
    merge(a, tmp, lo, mid, hi);
}

void merge_sort(std::vector<int>& a) {
    std::vector<int> tmp(a.size());
    sort_range(a, tmp, 0, (int)a.size());
}
""",
    "quick": """\
static void quick_range(int* a, int lo, int hi) {
    int i = lo, j = hi;
    int pivot = a[(lo + hi) / 2];
    while (i <= j) {
        while (a[i] < pivot) i++;
        while (a[j] > pivot) j--;
        if (i <= j) {
            std::swap(a[i], a[j]);
            i++;
            j--;
        }
    }
    if (lo < j) quick_range(a, lo, j);
    if (i < hi) quick_range(a, i, hi);
}

void quick(int* a, int n) {
    if (n > 1) quick_range(a, 0, n - 1);
}
""",
    "fib": """\
long fib(int n) {
    if (n < 2) return n;
    return fib(n - 1) + fib(n - 2);
}
""",
    "pairwise_sum": """\
double pairwise_sum(const double* v, int n) {
    if (n <= 8) {
        double s = 0;
        for (int i = 0; i < n; i++) s += std::sin(v[i]);
        return s;
    }
    int half = n / 2;
    double left = pairwise_sum(v, half);
    double right = pairwise_sum(v + half, n - half);
    return left + right;
}
""",
    "queens": """\
static int place(int n, unsigned cols, unsigned left, unsigned right) {
    unsigned all = (1u << n) - 1;
    if (cols == all) return 1;
    int count = 0;
    unsigned free = all & ~(cols | left | right);
    while (free) {
        unsigned bit = free & -free;
        free -= bit;
        count += place(n, cols | bit, (left | bit) << 1, (right | bit) >> 1);
    }
    return count;
}

int queens(int n) {
    return place(n, 0, 0, 0);
}
""",
    "lcs": """\
int lcs(const std::vector<int>& a, const std::vector<int>& b) {
    int n = a.size(), m = b.size();
    std::vector<std::vector<int>> dp(n + 1, std::vector<int>(m + 1, 0));
    for (int i = 1; i <= n; i++) {
        for (int j = 1; j <= m; j++) {
            if (a[i - 1] == b[j - 1])
                dp[i][j] = dp[i - 1][j - 1] + 1;
            else
                dp[i][j] = std::max(dp[i - 1][j], dp[i][j - 1]);
        }
    }
    return dp[n][m];
}
""",
    "smith_waterman": """\
int smith_waterman(const char* a, int n, const char* b, int m, int* H) {
    int best = 0;
    for (int i = 1; i <= n; ++i) {
        for (int j = 1; j <= m; ++j) {
            int s = a[i - 1] == b[j - 1] ? 2 : -1;
            int h = H[(i - 1) * (m + 1) + j - 1] + s;
            h = std::max(h, H[(i - 1) * (m + 1) + j] - 1);
            h = std::max(h, H[i * (m + 1) + j - 1] - 1);
            h = std::max(h, 0);
            H[i * (m + 1) + j] = h;
            best = std::max(best, h);
        }
    }
    return best;
}
""",
    "edit_distance": """\
int edit_distance(const std::vector<int>& a, const std::vector<int>& b) {
    const int n = (int)a.size(), m = (int)b.size();
    std::vector<int> d((n + 1) * (m + 1));
    for (int j = 0; j <= m; j++) d[j] = j;
    for (int i = 1; i <= n; i++) {
        d[i * (m + 1)] = i;
        for (int j = 1; j <= m; j++) {
            int cost = a[i - 1] == b[j - 1] ? 0 : 1;
            d[i * (m + 1) + j] = std::min({d[(i - 1) * (m + 1) + j] + 1, d[i * (m + 1) + j - 1] + 1,
                                           d[(i - 1) * (m + 1) + j - 1] + cost});
        }
    }
    return d[n * (m + 1) + m];
}
""",
    "gauss_seidel": """\
void gauss_seidel(std::vector<double>& u, int rows, int cols, int sweeps) {
    for (int s = 0; s < sweeps; s++)
        for (int i = 1; i < rows - 1; i++)
            for (int j = 1; j < cols - 1; j++)
                u[i * cols + j] = 0.25 * (u[(i - 1) * cols + j] + u[(i + 1) * cols + j] +
                                          u[i * cols + j - 1] + u[i * cols + j + 1]);
}
""",
    "knapsack": """\
int knapsack(const std::vector<int>& weight, const std::vector<int>& value, int capacity) {
    int n = std::min(weight.size(), value.size());
    std::vector<std::vector<int>> best(n + 1, std::vector<int>(capacity + 1, 0));
    for (int i = 1; i <= n; ++i) {
        int wt = std::abs(weight[i - 1]) % 50 + 1;
        for (int w = 0; w <= capacity; ++w) {
            best[i][w] = best[i - 1][w];
            if (wt <= w) best[i][w] = std::max(best[i][w], best[i - 1][w - wt] + value[i - 1]);
        }
    }
    return best[n][capacity];
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
    "local_medians": """\
void local_medians(const std::vector<double>& in, std::vector<double>& out, int w) {
    int n = in.size();
    std::vector<double> window(2 * w + 1);
    for (int i = w; i < n - w; i++) {
        for (int k = -w; k <= w; k++) window[k + w] = in[i + k];
        std::sort(window.begin(), window.end());
        out[i] = window[w];
    }
}
""",
    "transpose": """\
void transpose(const double* a, double* b, int rows, int cols) {
    for (int i = 0; i < rows; i++)
        for (int j = 0; j < cols; j++)
            b[j * rows + i] = a[i * cols + j];
}
""",
    "diffuse": """\
void diffuse(std::vector<double>& a, int n, int steps) {
    std::vector<double> b(a);
    for (int t = 0; t < steps; ++t) {
        for (int i = 1; i < n - 1; ++i) {
            b[i] = a[i] + 0.25 * (a[i - 1] - 2 * a[i] + a[i + 1]);
        }
        std::swap(a, b);
    }
}
""",
    "normalise": """\
void normalise(double* v, int n) {
    int i = 0;
    while (i < n) {
        double x = v[i];
        v[i] = x / std::sqrt(1.0 + x * x) + std::sin(x);
        i++;
    }
}
""",
    "by_iterator": """\
double by_iterator(const std::vector<double>& v) {
    double total = 0;
    for (std::vector<double>::const_iterator it = v.begin(); it != v.end(); ++it) {
        total += std::sqrt(std::fabs(*it));
    }
    return total;
}
""",
    "two_iterators": """\
void two_iterators(const std::vector<double>& a, const std::vector<double>& b, std::vector<double>& c) {
    auto out = c.begin();
    for (auto x = a.begin(), y = b.begin(); x != a.end(); ++x, ++y) {
        *out++ = std::atan2(*x, *y);
    }
}
""",
    "backwards": """\
void backwards(const std::vector<double>& a, std::vector<double>& b) {
    for (size_t i = a.size(); i-- > 0;) {
        b[a.size() - 1 - i] = std::exp(std::sin(a[i]));
    }
}
""",
    "do_while": """\
double do_while(const double* v, int n) {
    double s = 0;
    int i = 0;
    if (n <= 0) return 0;
    do {
        s += std::cos(v[i]);
        ++i;
    } while (i < n);
    return s;
}
""",
    "first_bad": """\
int first_bad(const std::vector<double>& v) {
    for (size_t i = 0; i < v.size(); ++i) {
        if (std::sin(v[i]) + std::exp(v[i]) > 1e6) return (int)i;
    }
    return -1;
}
""",
    "all_sorted": """\
bool all_sorted(const std::vector<double>& v, int n) {
    bool ok = true;
    for (int i = 0; i < n; i++) {
        double x = std::fabs(v[i]);
        if (std::exp(x) < x) {
            ok = false;
            break;
        }
    }
    return ok;
}
""",
    "best_place": """\
int best_place(const std::vector<double>& v) {
    int best = 0;
    for (int i = 1; i < (int)v.size(); ++i) {
        if (v[i] > v[best]) best = i;
    }
    return best;
}
""",
    "lowest_cell": """\
int lowest_cell(const std::vector<double>& height, int rows, int cols) {
    double lowest = 1e30;
    int row = -1, col = -1;
    for (int r = 0; r < rows; ++r) {
        for (int c = 0; c < cols; ++c) {
            if (height[r * cols + c] < lowest) {
                lowest = height[r * cols + c];
                row = r;
                col = c;
            }
        }
    }
    return row * cols + col;
}
""",
    "exchange_sort": """\
void exchange_sort(std::vector<double>& v) {
    int n = v.size();
    for (int round = 0; round < n; round++)
        for (int i = round % 2; i + 1 < n; i += 2)
            if (v[i] > v[i + 1]) std::swap(v[i], v[i + 1]);
}
""",
    "byte_counts": """\
void byte_counts(const unsigned char* data, int n, unsigned* counts) {
    while (n--)
        counts[*data++]++;
}
""",
    "csr_transposed": """\
void csr_transposed(int rows, const int* first, const int* column, const double* value, const double* x, double* y) {
    for (int i = 0; i < rows; i++) {
        for (int k = first[i]; k < first[i + 1]; k++) {
            y[column[k]] += value[k] * x[i];
        }
    }
}
""",
}


def pattern(name: str) -> str:
    """One kernel as a whole source."""
    return HEADER + PATTERNS[name]

"""Small serial kernels, one for each shape of loop or library call that the rewrites know."""

INCLUDES = """\
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <iterator>
#include <numeric>
#include <utility>
#include <vector>
"""

KERNELS = {
    "scale": "void scale(std::vector<double>& v, double f) {\n    for (auto& x : v) x *= f;\n}\n",
    "dot": """\
double dot(const double* a, const double* b, int n) {
    int i;
    double s = 0, t;
    for (i = 0; i < n; i++) {
        t = a[i] * b[i];
        s = s + t;
    }
    return s;
}
""",
    "largest": """\
double largest(const std::vector<double>& a) {
    double m = a[0];
    for (size_t i = 1; i < a.size(); i++)
        if (a[i] > m) m = a[i];
    return m;
}
""",
    "smallest": """\
double smallest(const std::vector<double>& a) {
    double m = a[0];
    for (size_t i = 1; i != a.size(); ++i) {
        m = std::min(m, a[i]);
    }
    return m;
}
""",
    "any_negative": """\
bool any_negative(const std::vector<double>& a) {
    bool found = false;
    for (size_t i = 0; i < a.size(); ++i) {
        if (a[i] < 0) found = true;
    }
    return found;
}
""",
    "bins_pointer": """\
void bins_pointer(const int* d, int n, int* bins, int nbins) {
    for (int i = 0; i < n; i++) bins[d[i] % nbins]++;
}
""",
    "bins_local": """\
void bins_local(const int* d, int n, int* out) {
    int bins[256] = {0};
    for (int i = 0; i < n; i++) {
        bins[d[i] & 255] += 1;
    }
    for (int b = 0; b < 256; b++) out[b] = bins[b];
}
""",
    "bins_vector": """\
void bins_vector(const std::vector<int>& d, std::vector<long>& bins) {
    for (size_t i = 0; i < d.size(); ++i) {
        bins[d[i] % bins.size()]++;
    }
}
""",
    "total": """\
void total(const double* a, int n, double* result) {
    *result = 0;
    for (int i = 0; i < n; ++i) *result += a[i];
}
""",
    "chained_sum": """\
void chained_sum(const std::vector<double>& in, std::vector<double>& out) {
    if (in.empty()) return;
    out[0] = in[0];
    for (size_t i = 1; i < in.size(); ++i) {
        out[i] = out[i - 1] + in[i];
    }
}
""",
    "sum_in_place": """\
void sum_in_place(double* a, int n) {
    for (int i = 1; i < n; i++) a[i] += a[i - 1];
}
""",
    "exclusive_sum": """\
void exclusive_sum(const std::vector<int>& in, std::vector<int>& out) {
    int acc = 3;
    for (int i = 0; i <= (int)in.size() - 1; ++i) {
        out[i] = acc;
        acc += in[i];
    }
    out.back() += acc;
}
""",
    "gemm": """\
void gemm(int n, const double* A, const double* B, double* C) {
    int i, j, k;
    for (i = 0; i < n; i++)
        for (j = 0; j < n; j++)
            for (k = 0; k < n; k++)
                C[i * n + j] += A[i * n + k] * B[k * n + j];
}
""",
    "column_walk": """\
void column_walk(double A[100][100], double B[100][100]) {
    for (int j = 0; j < 100; j++)
        for (int i = 0; i < 100; i++)
            A[i][j] = 2 * B[i][j];
}
""",
    "pairwise": """\
void pairwise(const std::vector<double>& x, std::vector<double>& f) {
    for (int i = 0; i < (int)x.size(); ++i) {
        for (int j = i + 1; j < (int)x.size(); ++j) {
            double d = x[i] - x[j];
            f[i] += d;
            f[j] -= d;
        }
    }
}
""",
    "floyd": """\
void floyd(std::vector<double>& d, int n) {
    for (int k = 0; k < n; ++k)
        for (int i = 0; i < n; ++i)
            for (int j = 0; j < n; ++j)
                d[i * n + j] = std::min(d[i * n + j], d[i * n + k] + d[k * n + j]);
}
""",
    "steps": """\
static void step(const double* a, double* b, int n) {
    for (int i = 1; i < n - 1; ++i) b[i] = a[i - 1] + a[i + 1];
}
static void copy(double* a, const double* b, int n) {
    for (int i = 0; i < n; ++i) a[i] = b[i];
}
void steps(double* a, double* b, int n, int t) {
    for (int s = 0; s < t; ++s) {
        step(a, b, n);
        copy(a, b, n);
    }
}
""",
    "where_least": """\
int where_least(const std::vector<double>& a) {
    double least = a[0];
    int where = 0;
    for (int i = 1; i < (int)a.size(); ++i) {
        if (a[i] < least) {
            least = a[i];
            where = i;
        }
    }
    return where;
}
""",
    "find_first": """\
int find_first(const int* a, int n) {
    for (int i = 0; i < n; ++i) {
        if (a[i] == 3) return i;
    }
    return -1;
}
""",
    "sort_values": """\
void sort_values(std::vector<double>& v) {
    std::sort(v.begin(), v.end());
}
""",
    "sort_visible": """\
using namespace std;
void sort_visible(vector<int>& v) {
    stable_sort(v.begin(), v.end(), [](int a, int b) { return a % 10 < b % 10; });
}
""",
    "sort_rows": """\
void sort_rows(std::vector<std::vector<double>>& rows) {
    for (size_t r = 0; r < rows.size(); ++r) {
        std::sort(rows[r].begin(), rows[r].end());
    }
}
""",
    "scale_and_rank": """\
double scale_and_rank(std::vector<double>& v, std::vector<double>& sums, double f) {
    for (size_t i = 0; i < v.size(); ++i) {
        v[i] *= f;
    }
    std::sort(v.begin(), v.end());
    std::inclusive_scan(v.begin(), v.end(), sums.begin());
    return *std::max_element(sums.begin(), sums.end());
}
""",
    "norm": """\
double norm(const std::vector<double>& v) {
    return std::sqrt(std::accumulate(v.begin(), v.end(), 0.0, [](double s, double x) { return s + x * x; }));
}
""",
    "peak": """\
double peak(const std::vector<double>& v) {
    return std::accumulate(v.begin(), v.end(), 0.0, [](double m, double x) { return std::max(m, std::abs(x)); });
}
""",
    "collect": """\
double collect(const std::vector<double>& v, std::vector<double>& out) {
    double last = 0;
    std::for_each(v.begin(), v.end(), [&](double x) { last = x; });
    std::transform(v.begin(), v.end(), std::back_inserter(out), [](double x) { return 2 * x; });
    return last;
}
""",
    "counts_in_steps": """\
int counts_in_steps(std::vector<int>& v, int steps) {
    int total = 0;
    for (int s = 0; s < steps; ++s) {
        total += std::count_if(v.begin(), v.end(), [s](int x) { return x > s; }) > 3;
        std::rotate(v.begin(), v.begin() + 1, v.end());
        if (total < 0) break;
    }
    return total;
}
""",
}


def kernel(name: str) -> str:
    """One kernel as a whole source."""
    return INCLUDES + KERNELS[name]

"""Serial kernels in many hands' ways of writing, one or more for each pattern that takes more than a directive."""

from begun_again import BEGUN_AGAIN
from coordinates import COORDINATES
from enough_found import ENOUGH_FOUND
from listed_runs import LISTED_RUNS
from lists_and_scans import LISTS_AND_SCANS
from nested_searches import NESTED_SEARCHES
from objects_and_states import OBJECTS_AND_STATES
from objects_of_sums import OBJECTS_OF_SUMS
from placed_by_key import PLACED_BY_KEY
from recursions_and_tables import RECURSIONS_AND_TABLES
from rows_and_bodies import ROWS_AND_BODIES
from rows_of_lists import ROWS_OF_LISTS
from shared_updates import SHARED_UPDATES
from state_and_records import STATE_AND_RECORDS
from walked_ranges import WALKED_RANGES
from working_arrays import WORKING_ARRAYS

HEADER = """\
#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <complex>
#include <cstddef>
#include <limits>
#include <map>
#include <queue>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

"""

PATTERNS = {
    **ROWS_OF_LISTS,
    **BEGUN_AGAIN,
    **COORDINATES,
    **ENOUGH_FOUND,
    **LISTED_RUNS,
    **LISTS_AND_SCANS,
    **NESTED_SEARCHES,
    **OBJECTS_AND_STATES,
    **OBJECTS_OF_SUMS,
    **RECURSIONS_AND_TABLES,
    **PLACED_BY_KEY,
    **ROWS_AND_BODIES,
    **SHARED_UPDATES,
    **STATE_AND_RECORDS,
    **WALKED_RANGES,
    **WORKING_ARRAYS,
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
    "windows": """\
void windows(const std::vector<double>& in, std::vector<double>& out) {
    int n = in.size();
    double window[3];
    for (int i = 1; i + 1 < n; i++) {
        int k = 0;
        for (int d = -1; d <= 1; d++) window[k++] = in[i + d];
        std::sort(window, window + 3);
        out[i] = window[1];
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
    "best_place_by_pointers": """\
void best_place_by_pointers(const double* v, int n, int* at, double* most) {
    *at = -1;
    *most = -1e300;
    for (int i = 0; i < n; ++i)
        if (v[i] > *most) {
            *most = v[i];
            *at = i;
        }
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
    "groups": """\
struct Group {
    double sum;
    long count;
};

void groups(const std::vector<int>& key, const std::vector<double>& value, std::vector<Group>& sums) {
    for (size_t i = 0; i < key.size(); ++i) {
        Group& g = sums[key[i]];
        g.sum += value[i];
        g.count++;
    }
}
""",
    "bucket_peaks": """\
void bucket_peaks(const int* bucket, const double* height, int n, double* peak) {
    for (const int* end = bucket + n; bucket != end; ++bucket, ++height) {
        if (*height > peak[*bucket]) peak[*bucket] = *height;
    }
}
""",
    "visited": """\
double visited(const double* samples, int n, std::vector<double>& bins) {
    double sum = 0;
    std::for_each(samples, samples + n, [&sum, &bins](double s) {
        bins[static_cast<int>(s * 9)] += 1;
        sum += s;
    });
    return sum;
}
""",
    "corner_sums": """\
void corner_sums(const int* corner, int pairs, const double* weight, double* sums) {
    for (int p = 0; p < pairs; ++p) {
        const int a = corner[2 * p], b = corner[2 * p + 1];
        sums[a] += weight[p];
        sums[b] -= weight[p];
    }
}
""",
    "add_outer": """\
using Rows = std::vector<std::vector<double>>;

void add_outer(Rows& a, const std::vector<double>& x, const std::vector<double>& y) {
    size_t r = 0;
    for (auto& row : a) {
        const double factor = x[r++];
        for (size_t c = 0; c < row.size(); ++c) row[c] += factor * y[c];
    }
}
""",
    "matches": """\
int matches(const std::vector<int>& text, const std::vector<int>& word) {
    int count = 0;
    for (size_t i = 0; i + word.size() <= text.size(); ++i) {
        bool same = true;
        for (size_t j = 0; j < word.size(); ++j) same = same && text[i + j] == word[j];
        if (same) ++count;
    }
    return count;
}
""",
    "scaled_product": """\
void scaled_product(const double* a, const double* b, double* c, int n, int m, double scale) {
    for (int i = 0; i < n; ++i) {
        for (int j = 0; j < m; ++j) {
            double sum = 1.0;
            for (int k = 0; k < n; ++k) sum += a[i * n + k] * b[k * m + j];
            c[i * m + j] = scale * sum - c[i * m + j];
        }
    }
}
""",
}


def pattern(name: str) -> str:
    """One kernel as a whole source."""
    return HEADER + PATTERNS[name]

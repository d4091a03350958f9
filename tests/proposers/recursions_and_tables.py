"""Serial kernels whose parts wait for each other: recursions, and tables filled from their neighbours."""

RECURSIONS_AND_TABLES = {
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
    "quick_by_its_class": """\
class Quick {
public:
    explicit Quick(int* all) : a(all) {}
    void sort(int lo, int hi) {
        while (hi - lo > 8) {
            int p = parted(lo, hi);
            if (p - lo < hi - p) {
                sort(lo, p);
                lo = p + 1;
            } else {
                sort(p + 1, hi);
                hi = p;
            }
        }
        std::sort(a + lo, a + hi);
    }

private:
    int* a;
    int parted(int lo, int hi) {
        int to = lo;
        for (int i = lo; i + 1 < hi; ++i)
            if (a[i] < a[hi - 1]) std::swap(a[i], a[to++]);
        std::swap(a[to], a[hi - 1]);
        return to;
    }
};

void quick_by_its_class(int* a, int n) {
    Quick q(a);
    q.sort(0, n);
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
    "levenshtein": """\
int levenshtein(const std::vector<int>& a, const std::vector<int>& b) {
    std::vector<int> row(b.size() + 1);
    for (size_t j = 0; j <= b.size(); ++j) row[j] = j;
    for (size_t i = 1; i <= a.size(); ++i) {
        int diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= b.size(); ++j) {
            int changed = diagonal + (a[i - 1] != b[j - 1]);
            diagonal = row[j];
            row[j] = std::min({changed, row[j] + 1, row[j - 1] + 1});
        }
    }
    return row[b.size()];
}
""",
    "warping": """\
double warping(const std::vector<double>& a, const std::vector<double>& b) {
    const int n = a.size(), m = b.size();
    std::vector<double> before(m + 1, 1e9), now(m + 1);
    before[0] = 0;
    for (int i = 1; i <= n; ++i) {
        now[0] = 1e9;
        for (int j = 1; j <= m; ++j) {
            now[j] = std::fabs(a[i - 1] - b[j - 1]) + std::min({before[j], before[j - 1], now[j - 1]});
        }
        std::swap(before, now);
    }
    return before[m];
}
""",
    "integral": """\
void integral(const std::vector<int>& image, std::vector<long>& sums, int width, int height) {
    for (int y = 0; y < height; ++y) {
        long row = 0;
        for (int x = 0; x < width; ++x) {
            row += image[y * width + x];
            sums[y * width + x] = row + (y > 0 ? sums[(y - 1) * width + x] : 0);
        }
    }
}
""",
    "nine_points": """\
void nine_points(std::vector<double>& u, int rows, int cols) {
    for (int i = 1; i < rows - 1; i++)
        for (int j = 1; j < cols - 1; j++)
            u[i * cols + j] = (u[(i - 1) * cols + j - 1] + u[(i - 1) * cols + j] + u[(i - 1) * cols + j + 1] +
                               u[i * cols + j - 1] + u[i * cols + j + 1] + u[(i + 1) * cols + j - 1] +
                               u[(i + 1) * cols + j] + u[(i + 1) * cols + j + 1]) / 8;
}
""",
    "longest_common": """\
int longest_common(const int *a, int n, const int *b, int m, int *before, int *now)
{
    int i, j, *spare;
    for (j = 0; j <= m; j++)
        before[j] = now[j] = 0;
    for (i = 1; i <= n; i++) {
        for (j = 1; j <= m; j++) {
            if (a[i - 1] == b[j - 1])
                now[j] = before[j - 1] + 1;
            else
                now[j] = before[j] > now[j - 1] ? before[j] : now[j - 1];
        }
        spare = before;
        before = now;
        now = spare;
    }
    return before[m];
}
""",
}

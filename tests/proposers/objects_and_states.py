"""Serial kernels with objects that are made in the loop, and with states of several parts."""

OBJECTS_AND_STATES = {
    "escapes": """\
void escapes(std::vector<double>& rounds, int width, int height) {
    const double dx = 3.0 / width, dy = 2.0 / height;
    double ci = -1.0;
    for (int row = 0; row < height; ++row) {
        double cr = -2.0;
        for (int column = 0; column < width; ++column) {
            std::complex<double> c(cr, ci), z(0.0, 0.0);
            int n = 0;
            while (n < 40 && std::norm(z) < 4.0) {
                z = z * z + c;
                ++n;
            }
            rounds[row * width + column] = n;
            cr += dx;
        }
        ci += dy;
    }
}
""",
    "drawdown": """\
double drawdown(const std::vector<double>& price) {
    double peak = -1e300, worst = 0;
    for (auto p : price) {
        if (p > peak) peak = p;
        const double down = peak - p;
        worst = std::max(worst, down);
    }
    return worst;
}
""",
    "means_so_far": """\
void means_so_far(const double* x, int n, double* mean) {
    double s = 0;
    for (int i = 0; i < n; ++i) {
        s += x[i];
        mean[i] = s / (i + 1);
    }
}
""",
    "least_labels": """\
int least_labels(const std::vector<int>& src, const std::vector<int>& dst, std::vector<int>& label) {
    bool changed = true;
    int rounds = 0;
    while (changed) {
        changed = false;
        std::vector<int> next(label);
        for (size_t e = 0; e < src.size(); e++) {
            int a = label[src[e]];
            if (a < next[dst[e]]) {
                next[dst[e]] = a;
                changed = true;
            }
        }
        label = next;
        ++rounds;
    }
    return rounds;
}
""",
    "extents": """\
struct Extent {
    double low[2];
    double high[2];
};
Extent extents(const std::vector<double>& x, const std::vector<double>& y) {
    Extent box{{1e30, 1e30}, {-1e30, -1e30}};
    for (size_t i = 0; i < x.size(); ++i) {
        box.low[0] = std::min(box.low[0], x[i]);
        box.low[1] = std::min(box.low[1], y[i]);
        if (x[i] > box.high[0]) box.high[0] = x[i];
        if (y[i] > box.high[1]) box.high[1] = y[i];
    }
    return box;
}
""",
    "knapsack_in_a_row": """\
int knapsack_in_a_row(const std::vector<int>& weight, const std::vector<int>& value, int capacity) {
    std::vector<int> best(capacity + 1, 0);
    for (size_t i = 0; i < weight.size(); ++i) {
        for (int w = capacity; w >= weight[i]; --w) {
            best[w] = std::max(best[w], best[w - weight[i]] + value[i]);
        }
    }
    return best[capacity];
}
""",
    "sorted_rows": """\
static void insertion(double* a, int n) {
    for (int i = 1; i < n; i++)
        for (int j = i; j > 0 && a[j - 1] > a[j]; --j) std::swap(a[j - 1], a[j]);
}
void sorted_rows(double* table, int rows, int width) {
    double *row = table, *end = table + rows * width;
    while (row != end) {
        insertion(row, width);
        row += width;
    }
}
""",
    "resampled": """\
void resampled(const double* in, int n, double* out, int m) {
    double pos = 0.0, step = m > 1 ? double(n - 1) / double(m - 1) : 0.0;
    for (int i = 0; i < m; ++i, pos += step) {
        int k = (int)pos;
        double f = pos - k;
        out[i] = k + 1 < n ? in[k] * (1 - f) + in[k + 1] * f : in[n - 1];
    }
}
""",
    "checked_bins": """\
std::vector<int> checked_bins(const std::vector<double>& v) {
    std::vector<int> bins(10);
    for (auto it = v.cbegin(); it != v.cend(); ++it) bins.at(int(*it * 10))++;
    return bins;
}
""",
    "two_nearest": """\
double two_nearest(const std::vector<double>& x, double at, size_t& where) {
    double best = 1e300, second = 1e300;
    size_t place = 0, other = 0;
    for (size_t i = 0; i < x.size(); ++i) {
        const double d = std::fabs(x[i] - at);
        if (d < best) {
            second = best;
            other = place;
            best = d;
            place = i;
        } else if (d < second) {
            second = d;
            other = i;
        }
    }
    where = 1000 * place + other;
    return best + second;
}
""",
    "two_highest": """\
double two_highest(const double* v, int n) {
    double first = v[0], second = -1e300;
    for (int i = 1; i < n; i++) {
        if (v[i] > first) {
            second = first;
            first = v[i];
        } else if (second < v[i]) {
            second = v[i];
        }
    }
    return first - second;
}
""",
    "first_far": """\
long first_far(const std::vector<double>& x, double tolerance) {
    long found = -1;
    for (std::size_t i = 2; i + 2 < x.size(); ++i) {
        double mean = 0;
        for (int k = -2; k <= 2; ++k) mean += x[i + k];
        if (found < 0 && std::fabs(x[i] - mean / 5) > tolerance) found = (long)i;
    }
    return found;
}
""",
    "distances": """\
void distances(const std::vector<int>& first, const std::vector<int>& adj, std::vector<int>& dist) {
    for (auto& d : dist) d = -1;
    std::vector<int> queue;
    queue.push_back(0);
    dist[0] = 0;
    std::size_t head = 0;
    while (head < queue.size()) {
        const int v = queue[head++];
        for (int e = first[v]; e < first[v + 1]; ++e) {
            const int u = adj[e];
            if (dist[u] != -1) continue;
            dist[u] = dist[v] + 1;
            queue.push_back(u);
        }
    }
}
""",
    "hop_counts": """\
void hop_counts(const std::vector<std::vector<int>>& near, std::vector<int>& hops) {
    std::queue<int> open;
    hops.assign(near.size(), -1);
    hops[0] = 0;
    open.push(0);
    while (!open.empty()) {
        int at = open.front();
        open.pop();
        for (int to : near[at]) {
            if (hops[to] < 0) {
                hops[to] = hops[at] + 1;
                open.push(to);
            }
        }
    }
}
""",
    "in_order": """\
void in_order(const std::vector<double>& in, std::vector<double>& price) {
    auto out = price.begin();
    for (const double& x : in) {
        if (x <= 0.1) {
            *out++ = 0.0;
            continue;
        }
        if (x > 0.7) *out++ = std::log(x);
        else *out++ = std::sqrt(x);
    }
}
""",
    "hex_digits": """\
std::string hex_digits(const std::vector<int>& bytes) {
    static const char digits[] = "0123456789abcdef";
    std::string out = "0x";
    for (auto b : bytes) {
        out += digits[(b >> 4) & 15];
        out += digits[b & 15];
        out += ' ';
    }
    return out;
}
""",
    "both_ways": """\
std::vector<double> both_ways(const std::vector<double>& v) {
    std::vector<double> out;
    for (size_t i = 0; i < v.size(); ++i) {
        out.push_back(v[i]);
        out.push_back(-v[i]);
    }
    return out;
}
""",
    "variation": """\
double variation(const std::vector<double>& v) {
    double sum = 0, last = 0.25;
    for (double x : v) {
        sum += std::fabs(x - last);
        last = x;
    }
    return sum;
}
""",
    "crossings": """\
int crossings(const double* x, int n) {
    int count = 0;
    double before = x[0] - 0.5;
    for (int i = 1; i < n; i++) {
        const double now = x[i] - 0.5;
        if ((before < 0) != (now < 0)) count++;
        before = x[i] - 0.5;
    }
    return count;
}
""",
    "last_peak": """\
int last_peak(const double* x, int n, double level) {
    int last = -1;
    for (int i = 1; i < n - 1; i++)
        if (x[i] > level && x[i] >= x[i - 1] && x[i] > x[i + 1]) last = i;
    return last;
}
""",
}

"""Serial kernels that add to the arrays of an object, some by its methods."""

OBJECTS_OF_SUMS = {
    "channel_counts": """\
struct Colour {
    unsigned char red, green;
};
struct Counts {
    int red[256];
    std::vector<double> green;
    long all;
};

Counts channel_counts(const std::vector<Colour>& image) {
    Counts out{{0}, std::vector<double>(256, 1.0), 3};
    for (const Colour& c : image) {
        out.red[c.red]++;
        out.green[c.green] += 0.5;
        out.all += c.red;
    }
    return out;
}
""",
    "weighted_bins": """\
template <typename T>
struct Bins {
    T low, high;
    std::vector<T> sums;

    void fill(T x, T w) {
        if (!(x >= low) || !(x < high)) return;
        auto b = static_cast<size_t>((x - low) / (high - low) * sums.size());
        if (b >= sums.size()) {
            return;
        }
        T part = w / 2;
        sums[b] += part;
    }
};

void weighted_bins(const double* x, const double* w, int n, std::vector<double>& out) {
    Bins<double> bins{0.0, 1.0, out};
    for (int i = 0; i < n; ++i) bins.fill(x[i], w[i]);
    out = bins.sums;
}
""",
    "tallied": """\
typedef struct {
    int n;
    double sums[8];
    int hits[8];
} tally;

static void add(tally *t, int key, double x)
{
    if (key < 0) return;
    t->sums[key % t->n] += x;
    t->hits[key % t->n]++;
}

void tallied(const int *keys, const double *x, int n, tally *t)
{
    int i;
    for (i = 0; i < n; i++)
        add(t, keys[i], x[i]);
}
""",
    "graded": """\
struct Grades {
    std::vector<double> counts;
    double low = 0, high = 0;
    int all = 0;
    void add(double x, double w) {
        ++all;
        if (x < 0.1) {
            low += w;
            return;
        }
        if (x >= 0.9) { high += w; return; }
        counts[int(x * 5)] += w;
    }
};
void graded(const std::vector<double>& v, const std::vector<double>& w, Grades& g) {
    for (size_t i = 0; i < v.size(); ++i) g.add(v[i], w[i]);
}
""",
}

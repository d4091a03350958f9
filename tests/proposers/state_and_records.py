"""Serial kernels that hand a state from element to element, fill tables by diagonals, or keep records."""

STATE_AND_RECORDS = {
    "decimate": """\
void decimate(const std::vector<double>& in, const std::vector<double>& taps, std::vector<double>& out) {
    size_t written = 0;
    for (size_t at = 0; at + taps.size() <= in.size() && written < out.size(); at += 3) {
        double sum = 0;
        for (size_t k = 0; k < taps.size(); ++k) sum += taps[k] * in[at + k];
        out[written++] = sum;
    }
}
""",
    "every_third": """\
std::vector<double> every_third(const std::vector<double>& in, const std::vector<double>& taps) {
    std::vector<double> out;
    if (taps.empty()) return out;
    for (size_t i = taps.size() - 1; i < in.size(); i += 3) {
        double sum = 0;
        for (size_t k = 0; k < taps.size(); ++k) sum += taps[k] * in[i - k];
        out.push_back(sum);
    }
    return out;
}
""",
    "thinned": """\
void thinned(const std::vector<double>& in, size_t step, std::vector<double>& out) {
    for (size_t i = 0; i + 2 < in.size(); i += step) out[i / step] = std::sqrt(in[i] + in[i + 1] + in[i + 2]);
}
""",
    "in_phase": """\
size_t in_phase(const std::vector<double>& in, const std::vector<double>& taps, std::vector<double>& out) {
    int phase = 0;
    size_t count = 0;
    for (size_t i = 0; i < in.size(); ++i) {
        if (++phase == 4) {
            phase = 0;
            double sum = 0;
            for (size_t k = 0; k < taps.size() && k <= i; ++k) sum += taps[k] * in[i - k];
            if (count < out.size()) out[count++] = sum;
        }
    }
    return count;
}
""",
    "lattice": """\
double lattice(double spot, double up, double p, int steps) {
    std::vector<double> value(steps + 1);
    for (int j = 0; j <= steps; j++) value[j] = std::max(1 - spot * std::pow(up, 2 * j - steps), 0.0);
    for (int t = steps - 1; t >= 0; t--)
        for (int j = 0; j <= t; j++)
            value[j] = p * value[j + 1] + (1 - p) * value[j];
    return value[0];
}
""",
    "by_key": """\
std::vector<double> by_key(const std::vector<int>& key, const std::vector<double>& v) {
    std::map<int, double> total;
    std::map<int, long> count;
    total[3] = 0.5;
    for (size_t i = 0; i < key.size(); ++i) {
        if (v[i] > 0.1) total[key[i]] += v[i];
        ++count[key[i]];
    }
    std::vector<double> out;
    for (const auto& each : total) out.push_back(each.first + each.second);
    for (const auto& each : count) out.push_back(each.second);
    return out;
}
""",
    "resample": """\
std::vector<double> resample(const std::vector<double>& in, const std::vector<double>& taps, int up, int down) {
    std::vector<double> out;
    int phase = 0, base = 0;
    const int n = in.size();
    while (base < n) {
        double sum = 0;
        for (int k = phase, i = base; k < (int)taps.size() && i >= 0; k += up, --i) sum += taps[k] * in[i];
        out.push_back(sum);
        phase += down;
        while (phase >= up) {
            phase -= up;
            ++base;
        }
    }
    return out;
}
""",
    "random_walk": """\
class Generator {
    unsigned long state;

public:
    explicit Generator(unsigned long seed) : state(seed) {}
    double next() {
        state = state * 6364136223846793005UL + 1442695040888963407UL;
        return (state >> 11) * 0x1p-53;
    }
};
double random_walk(const std::vector<double>& start, std::vector<double>& end) {
    Generator generator(7);
    double sum = 0;
    for (size_t i = 0; i < start.size(); ++i) {
        double r = std::sqrt(-2 * std::log(1 - generator.next()));
        double z = r * std::cos(6.28 * generator.next());
        end[i] = start[i] * std::exp(0.1 * z);
        sum += end[i] > 0.5 ? end[i] : std::sqrt(end[i]);
    }
    return sum;
}
""",
    "estimates": """\
static double draw(unsigned& state) {
    state ^= state << 13;
    state ^= state >> 17;
    state ^= state << 5;
    return state / 4294967296.0;
}
int estimates(int paths, unsigned seed, double limit) {
    unsigned state = seed | 1;
    int above = 0;
    for (int p = 0; p < paths; ++p) {
        double price = 1;
        for (int t = 0; t < 9; ++t) price *= std::exp(0.2 * (draw(state) - 0.5)) + 0.01 * std::sin(price);
        if (price > limit) above++;
    }
    return above * 3 + int(state % 3);
}
""",
    "matrix_chain": """\
long matrix_chain(const std::vector<int>& dims) {
    const int n = int(dims.size()) - 1;
    if (n < 1) return 0;
    std::vector<long> cost(n * n, 0);
    for (int len = 2; len <= n; ++len) {
        for (int i = 0; i < n - len + 1; ++i) {
            const int j = i + len - 1;
            long best = 1L << 60;
            for (int k = i; k < j; ++k)
                best = std::min(best, cost[i * n + k] + cost[(k + 1) * n + j] + dims[i] * dims[k + 1] * dims[j + 1]);
            cost[i * n + j] = best;
        }
    }
    return cost[n - 1];
}
""",
    "by_diagonals": """\
int by_diagonals(const std::vector<int>& a, const std::vector<int>& b) {
    const int n = a.size(), m = b.size();
    std::vector<std::vector<int>> t(n + 1, std::vector<int>(m + 1, 0));
    for (int d = 2; d <= n + m; ++d) {
        int lo = std::max(1, d - m), hi = std::min(n, d - 1);
        for (int i = lo; i <= hi; ++i) {
            int j = d - i;
            t[i][j] = a[i - 1] == b[j - 1] ? t[i - 1][j - 1] + 1 : std::max(t[i - 1][j], t[i][j - 1]);
        }
    }
    return t[n][m];
}
""",
    "nearest": """\
struct Nearest {
    int place;
    double distance;
};
Nearest nearest(const std::vector<double>& v, double to) {
    Nearest best{-1, 1e9};
    for (size_t i = 0; i < v.size(); ++i) {
        double d = std::fabs(std::sin(v[i]) - to);
        if (d < best.distance) {
            best.distance = d;
            best.place = int(i);
        }
    }
    return best;
}
""",
    "furthest": """\
struct Furthest {
    double distance;
    int place;
};
Furthest furthest(const std::vector<double>& v, double to) {
    Furthest best{-1, -1};
    int place = 0;
    for (const double& x : v) {
        double d = std::fabs(std::sin(x) - to);
        if (best.distance < d) best = Furthest{d, place};
        ++place;
    }
    return best;
}
""",
    "group_ranges": """\
struct Range {
    double low, high, sum;
    int count;
};
void group_ranges(const std::vector<int>& key, const std::vector<double>& v, std::vector<Range>& groups) {
    for (size_t i = 0; i < key.size(); ++i) {
        Range& g = groups[key[i]];
        if (v[i] < g.low) g.low = v[i];
        g.high = std::max(g.high, v[i]);
        g.sum += v[i];
        g.count++;
    }
}
""",
    "nearest_centres": """\
int nearest_centres(const std::vector<double>& v, const std::vector<double>& centres, std::vector<int>& label,
                    std::vector<double>& sums, std::vector<int>& counts) {
    int moved = 0;
    for (size_t i = 0; i < v.size(); ++i) {
        int best = 0;
        double least = 1e9;
        for (size_t c = 0; c < centres.size(); ++c) {
            double d = (v[i] - centres[c]) * (v[i] - centres[c]);
            if (d < least) {
                least = d;
                best = c;
            }
        }
        if (label[i] != best) {
            label[i] = best;
            ++moved;
        }
        sums[best] += v[i];
        counts[best]++;
    }
    return moved;
}
""",
    "close_ones": """\
std::vector<std::vector<int>> close_ones(const std::vector<double>& v, double r) {
    std::vector<std::vector<int>> found(v.size());
    for (size_t i = 0; i < v.size(); ++i)
        for (size_t j = 0; j < v.size(); ++j)
            if (std::fabs(v[i] - v[j]) < r) found[i].push_back(int(j));
    return found;
}
""",
    "bits_as_text": """\
std::vector<std::string> bits_as_text(const std::vector<int>& v) {
    std::vector<std::string> out;
    for (int x : v) {
        std::string bits;
        for (int b = 0; b < 8; ++b) bits += (x >> b & 1) ? '1' : '0';
        if (x % 3 != 0) out.push_back(bits);
    }
    return out;
}
""",
}

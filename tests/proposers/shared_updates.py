"""Serial kernels whose updates go through other names, helpers and methods, or stand beside other work."""

SHARED_UPDATES = {
    "outliers": """\
double outliers(const std::vector<double>& v, double limit, std::vector<double>& out) {
    double sum = 0;
    size_t count = 0;
    for (size_t i = 0; i < v.size(); ++i) {
        if (v[i] < limit) continue;
        sum += v[i] * v[i];
        ++count;
        out.push_back(v[i]);
    }
    return sum + count;
}
""",
    "summary": """\
struct Summary {
    long n = 0;
    double sum = 0, low = 1e30, high = -1e30;
    void add(double x) {
        const double square = x * x;
        ++n;
        this->sum += square;
        if (x < low) low = x;
        high = std::max(high, x);
    }
};
Summary summary(const std::vector<float>& v, double limit) {
    Summary s;
    for (float x : v)
        if (x < limit) s.add(x);
    return s;
}
""",
    "extent": """\
struct Extent { double low, high; int n; };
static void extend(Extent* e, const double& x, int step) {
    e->low = std::min(e->low, x);
    e->high = std::max(e->high, x);
    (*e).n += step;
}
Extent extent(const std::vector<double>& v, const std::vector<double>& w) {
    Extent e = {1e30, -1e30, 0};
    for (size_t i = 0; i < v.size(); i++) {
        if (v[i] > 0.9) continue;
        extend(&e, v[i] * w[i], 2);
    }
    return e;
}
""",
    "cells": """\
struct Cell { double weight; int count; };
struct Sample { float x; float weight; };
size_t cells(const Sample* s, size_t n, Cell* cells, int n_cells) {
    size_t outside = 0;
    const Sample* end = s + n;
    for (; s != end; ++s) {
        Cell* cell;
        int at = (int)(s->x * n_cells);
        if (at < 0 || at >= n_cells) {
            outside++;
            continue;
        }
        cell = &cells[at];
        cell->weight += s->weight;
        cell->count++;
    }
    return outside;
}
""",
    "tally": """\
struct Tally { double sum; int n; void add(double x) { sum += x; n++; } };
void tally(const std::vector<int>& key, const std::vector<double>& v, std::vector<Tally>& all) {
    for (size_t i = 0; i < key.size(); ++i) {
        Tally& mine = all[key[i]];
        mine.add(v[i]);
    }
}
""",
    "gaps": """\
std::vector<double> gaps(const std::vector<double>& v) {
    std::vector<double> out;
    if (v.empty()) return out;
    for (auto it = v.begin(); it + 1 != v.end(); ++it)
        for (int k = 1; k < 3; ++k) out.push_back(std::pow(*(it + 1) - *it, k));
    return out;
}
""",
    "closest": """\
struct Closest { int a, b; double distance; };
Closest closest(const std::vector<double>& x, const std::vector<double>& y) {
    Closest best = {-1, -1, 1e30};
    for (int i = 0; i < (int)x.size(); i++) {
        for (int j = i + 1; j < (int)x.size(); j++) {
            double dx = (x[i] - x[j]) * (x[i] - x[j]);
            if (dx >= best.distance) continue;
            double d = dx + (y[i] - y[j]) * (y[i] - y[j]);
            if (d < best.distance) {
                best.a = i;
                best.b = j;
                best.distance = d;
            }
        }
    }
    return best;
}
""",
    "least_gap": """\
double least_gap(const std::vector<double>& x, const std::vector<double>& y) {
    double least = 1e30;
    for (size_t i = 0; i < x.size(); i++) {
        for (size_t j = 0; j < y.size(); j++) {
            double d = std::abs(x[i] - y[j]);
            if (d > least) continue;
            d += std::abs(x[j] - y[i]);
            if (d < least) least = d;
        }
    }
    return least;
}
""",
    "similar": """\
std::vector<int> similar(const std::vector<int>& text, const std::vector<int>& word, int most) {
    std::vector<int> hits;
    for (size_t i = 0; i + word.size() <= text.size(); ++i) {
        int wrong = 0;
        for (size_t j = 0; j < word.size(); ++j) {
            if (text[i + j] != word[j] && ++wrong > most) break;
        }
        if (wrong > most) continue;
        hits.push_back(i);
    }
    return hits;
}
""",
    "seen_first": """\
std::vector<double> seen_first(const std::vector<int>& key, const std::vector<double>& v) {
    std::unordered_map<int, double> total;
    std::unordered_map<int, long> count;
    total[300] = 0.5;
    for (size_t i = 0; i < key.size(); ++i) {
        if (v[i] < 0.05) continue;
        total[7919 * key[i]] += v[i] * v[i];
        if (v[i] > 0.5) count[key[i]]++;
    }
    std::vector<double> out;
    for (const auto& each : total) {
        out.push_back(each.first);
        out.push_back(each.second);
    }
    for (const auto& each : count) out.push_back(each.first + each.second * 0.01);
    return out;
}
""",
    "levels": """\
std::vector<int> levels(const std::vector<std::vector<int>>& next_of, int start) {
    std::vector<int> level(next_of.size(), -1);
    if (next_of.empty()) return level;
    std::vector<int> now{start}, next;
    level[start] = 0;
    while (!now.empty()) {
        next.clear();
        for (int u : now) {
            for (int v : next_of[u]) {
                if (level[v] == -1) {
                    level[v] = level[u] + 1;
                    next.push_back(v);
                }
            }
        }
        now.swap(next);
    }
    return level;
}
""",
    "reach": """\
int reach(const std::vector<std::vector<int>>& next_of, int start, int steps) {
    if (next_of.empty()) return 0;
    std::vector<char> seen(next_of.size());
    std::vector<int> now(1, start);
    int found = 0;
    seen[start] = 1;
    for (int step = 0; step < steps; ++step) {
        std::vector<int> next;
        for (size_t i = 0; i < now.size(); ++i) {
            for (size_t k = 0; k < next_of[now[i]].size(); ++k) {
                int v = next_of[now[i]][k];
                if (seen[v]) continue;
                seen[v] = 1;
                next.push_back(v);
                ++found;
            }
        }
        now = next;
    }
    return found;
}
""",
    "ends": """\
struct End { int in = 0, out = 0; double most = 0; };
static inline void touch(End& end, double w, bool incoming) {
    if (incoming) end.in++;
    else end.out++;
    end.most = std::max(end.most, w);
}
std::vector<End> ends(const std::vector<int>& from, const std::vector<int>& to, const std::vector<double>& w) {
    std::vector<End> all(9);
    for (size_t i = 0; i < from.size(); ++i) {
        touch(all[from[i]], w[i], false);
        touch(all[to[i]], w[i], true);
    }
    return all;
}
""",
    "settled": """\
int settled(std::vector<int>& label) {
    int rounds = 0;
    bool changed = true;
    std::vector<int> next(label);
    while (changed) {
        changed = false;
        for (size_t i = 1; i < label.size(); ++i) {
            next[i] = std::min(label[i], label[i / 2]);
            if (next[i] != label[i]) changed = true;
        }
        label = next;
        ++rounds;
    }
    return rounds;
}
""",
    "longest_chain": """\
int longest_chain(const std::vector<int>& next, std::vector<int>& steps) {
    int best = 0, where = -1;
    for (int i = 0; i < (int)next.size(); i++) {
        int count = 1;
        for (int k = i; k > 0; k = next[k] % (k + 1) / 2) count++;
        steps[i] = count;
        if (count <= best)
            continue;
        best = count;
        where = i;
    }
    return where * 1000 + best;
}
""",
    "plane": """\
struct Point { float x, y; };
int plane(const Point* p, int n, double* field, int nx, int ny) {
    int outside = 0;
    const Point* end = p + n;
    for (; p < end; p++) {
        if (p->x < 0 || p->x >= 1 || p->y < 0 || p->y >= 1) {
            outside++;
            continue;
        }
        double* here = &field[(int)(p->y * ny) * nx + (int)(p->x * nx)];
        *here += p->x;
    }
    return outside;
}
""",
    "relaxed": """\
int relaxed(const int* from, const int* to, const double* length, int m, std::vector<double>& dist) {
    std::vector<double> before(dist);
    int changed = 0;
    for (int e = 0; e < m; ++e) {
        double d = before[from[e]];
        if (d < 1e9 && d + length[e] < dist[to[e]]) {
            dist[to[e]] = d + length[e];
            changed = 1;
        }
    }
    return changed;
}
""",
}

"""Serial kernels over rows of which one is read by all others, and over records that are worked on in pairs."""

ROWS_AND_BODIES = {
    "shortest_ways": """\
void shortest_ways(double* d, int n) {
    for (int k = 0; k < n; k++)
        for (int i = 0; i < n; i++)
            for (int j = 0; j < n; j++)
                if (d[i * n + k] + d[k * n + j] < d[i * n + j]) d[i * n + j] = d[i * n + k] + d[k * n + j];
}
""",
    "reachable": """\
int reachable(std::vector<std::vector<char>>& r) {
    size_t k, i, j;
    const size_t n = r.size();
    int found = 0;
    for (k = 0; k < n; ++k) {
        for (i = 0; i < n; ++i) {
            if (!r[i][k]) continue;
            for (j = 0; j < n; ++j) {
                if (r[k][j] && !r[i][j]) {
                    r[i][j] = 1;
                    found++;
                }
            }
        }
    }
    return found;
}
""",
    "attract": """\
struct Star {
    double at[2];
    double pull[2];
    double mass;
};

void attract(std::vector<Star>& stars) {
    for (size_t i = 0; i < stars.size(); ++i) {
        Star& a = stars[i];
        for (size_t j = i + 1; j < stars.size(); ++j) {
            auto& b = stars[j];
            double d[2], r = 0.1;
            for (int k = 0; k < 2; ++k) {
                d[k] = b.at[k] - a.at[k];
                r += d[k] * d[k];
            }
            for (int k = 0; k < 2; ++k) {
                a.pull[k] += b.mass * d[k] / r;
                b.pull[k] -= a.mass * d[k] / r;
            }
        }
    }
}
""",
    "overlaps": """\
struct ball { double x, r; int hits; double depth; };

void overlaps(struct ball *balls, int n)
{
    int i, j;
    for (i = 0; i < n; i++) {
        struct ball *a = &balls[i];
        for (j = i + 1; j < n; j++) {
            struct ball *b = &balls[j];
            double d = a->x > b->x ? a->x - b->x : b->x - a->x;
            if (d < a->r + b->r) {
                a->hits++;
                b->hits++;
                a->depth += a->r + b->r - d;
                b->depth += a->r + b->r - d;
            }
        }
    }
}
""",
    "nearest_unseen": """\
double nearest_unseen(const double* w, int n, double* dist, char* done) {
    double total = 0;
    int v;
    for (int round = 0; round < n; ++round) {
        int u = -1;
        for (v = 0; v < n; ++v)
            if (!done[v] && (u < 0 || dist[v] < dist[u]))
                u = v;
        done[u] = 1;
        total += round ? dist[u] * (u + 1) : 0;
        for (v = 0; v < n; ++v)
            if (!done[v] && w[u * n + v] < dist[v]) dist[v] = w[u * n + v];
    }
    return total;
}
""",
    "lowest_then_left": """\
struct Corner { long x, y; };

int lowest_then_left(const std::vector<Corner>& p) {
    const int n = p.size();
    int start = 0;
    for (int i = 1; i < n; i++) {
        if (p[i].y < p[start].y || (p[i].y == p[start].y && p[start].x > p[i].x)) start = i;
    }
    return start;
}
""",
}

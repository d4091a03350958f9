"""Serial kernels that go over a few coordinates in each round, and add to or bound each of them by itself."""

COORDINATES = {
    "box_of": """\
struct Place {
    double x, y, z;
};
struct Box {
    double low[3], high[3];
};
Box box_of(const std::vector<Place>& places) {
    Box box;
    for (int k = 0; k < 3; ++k) {
        box.low[k] = 1e300;
        box.high[k] = -1e300;
    }
    for (const Place& place : places) {
        const double at[3] = {place.x, place.y, place.z};
        for (int k = 0; k < 3; ++k) {
            if (at[k] < box.low[k]) box.low[k] = at[k];
            if (at[k] > box.high[k]) box.high[k] = at[k];
        }
    }
    return box;
}
""",
    "reach_of_pairs": """\
struct Reach {
    double low[2], sum[2];
};
void reach_of_pairs(const double* v, int n, Reach* r) {
    int i, k;
    for (i = 0; i < n; i++)
        for (k = 0; k < 2; k++) {
            double x = v[2 * i + k];
            if (x < r->low[k]) r->low[k] = x;
            r->sum[k] += x;
        }
}
""",
    "second_moments": """\
void second_moments(const double* v, int n, double* out) {
    double m[3][3] = {{0}};
    for (int i = 0; i < n; ++i)
        for (int a = 0; a < 3; ++a)
            for (int b = 0; b < 3; ++b) m[a][b] += v[3 * i + a] * v[3 * i + b];
    for (int a = 0; a < 3; ++a)
        for (int b = 0; b < 3; ++b) out[3 * a + b] = m[a][b];
}
""",
}

_SUMS = "struct Sums {\n    double of[8];\n};\n"
NOT_WRITTEN_OUT = {
    "eight_of_them": _SUMS + "void eight_of_them(const double* v, int n, Sums& s) {\n    for (int i = 0; i < n; ++i)\n"
    "        for (int k = 0; k < 8; ++k) s.of[k] += v[i] * k;\n}\n",
    "stops_in_between": _SUMS + "void stops_in_between(const double* v, int n, Sums& s) {\n"
    "    for (int i = 0; i < n; ++i)\n        for (int k = 0; k < 3; ++k) {\n            if (v[3 * i + k] < 0) break;\n"
    "            s.of[k] += v[3 * i + k];\n        }\n}\n",
    "counter_looked_at": _SUMS + "int counter_looked_at(const double* v, int n, Sums& s) {\n    int k = 7;\n"
    "    for (int i = 0; i < n; ++i)\n        for (k = 0; k < 3; ++k) s.of[k] += v[3 * i + k];\n    return k;\n}\n",
    "sums_of_its_own": _SUMS + "void sums_of_its_own(const double* v, int n, double* out) {\n"
    "    for (int i = 0; i < n; ++i) {\n        Sums s = {};\n"
    "        for (int k = 0; k < 3; ++k) s.of[k] += v[3 * i + k];\n"
    "        out[i] = s.of[0] * s.of[1] + s.of[2];\n    }\n}\n",
    "skips_one": _SUMS + "void skips_one(const double* v, int n, Sums& s) {\n    for (int i = 0; i < n; ++i)\n"
    "        for (int k = 0; k < 4; ++k) {\n            s.of[k] += v[i];\n"
    "            if (v[i] > 0.5) k++;\n        }\n}\n",
}
"""Loops over the elements of an object that have to stay loops, or may as well."""

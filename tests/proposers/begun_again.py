"""Serial kernels with counters that begin again or follow the loop's own, and some whose counters only look so."""

BEGUN_AGAIN = {
    "dumped": """\
std::string dumped(const std::vector<int>& bytes) {
    std::string out;
    int column = 0;
    for (int b : bytes) {
        out += "0123456789abcdef"[b & 15];
        if (++column == 5) {
            out += '\\n';
            column = 0;
        } else {
            out += ' ';
        }
    }
    return out;
}
""",
    "table_of_cells": """\
static void quote(std::string& to, int cell) {
    to += '"';
    for (char c : std::to_string(cell)) {
        if (c == '7') to += '\\\\';
        to += c;
    }
    to += '"';
}
static void put(const std::vector<int>& cells, size_t i, std::string& into) { quote(into, cells[i]); }
std::string table_of_cells(const std::vector<int>& cells, int columns) {
    std::string out;
    int at = 0;
    for (size_t i = 0; i < cells.size(); ++i) {
        if (at > 0) out += ',';
        put(cells, i, out);
        at++;
        if (at >= columns) {
            out += '\\n';
            at = 0;
        }
    }
    if (at != 0) out += '\\n';
    return out;
}
""",
    "in_turn": """\
int in_turn(const double* v, const double* weight, int n, int m, double* out) {
    int k = 0;
    for (int i = 0; i < n; ++i) {
        out[i] = v[i] * weight[k];
        k = (k + 1) % m;
    }
    return k;
}
""",
    "shoelace": """\
double shoelace(const double* x, const double* y, int n) {
    double area = 0;
    int i, j;
    for (i = 0, j = n - 1; i < n; j = i++) area += x[j] * y[i] - x[i] * y[j];
    return area / 2;
}
""",
}

_LOOP = "    for (int i = 0; i < n; ++i) {\n        "
NOT_BEGUN_AGAIN = {
    "begins_elsewhere": "void begins_elsewhere(const int* a, int n, int m, int* out) {\n    int k = 3;\n"
    + _LOOP
    + "out[i] = a[i] * k;\n        if (++k == m) k = 0;\n    }\n}\n",
    "length_moves": "void length_moves(const int* a, int n, int m, int* out) {\n    int k = 0;\n"
    + _LOOP
    + "out[i] = a[i] * k;\n        if (a[i] > 3) m = a[i];\n        if (++k == m) k = 0;\n    }\n}\n",
    "steps_left_out": "void steps_left_out(const int* a, int n, int m, int* out) {\n    int k = 0;\n"
    + _LOOP
    + "out[i] = a[i] * k;\n        if (a[i] > 3) continue;\n        if (++k == m) k = 0;\n    }\n}\n",
    "begins_again_early": "void begins_again_early(const int* a, int n, int m, int* out) {\n    int k = 0;\n"
    + _LOOP
    + "out[i] = a[i] * k;\n        if (++k == m || a[i] > 3) k = 0;\n    }\n}\n",
    "goes_on_from_row_to_row": "void goes_on_from_row_to_row(const int* a, int n, int m, int* out) {\n    int k = 0;\n"
    "    for (int r = 0; r < m; ++r)\n    "
    + _LOOP
    + "out[r * n + i] = a[i] * k;\n            if (++k == 7) k = 0;\n        }\n}\n",
}
_APPENDING = "void %s(const std::vector<int>& v, std::vector<int>& out) {\n    for (int x : v) add(%s, x);\n}\n"
NOT_APPENDED_BY_CALLS = {
    "told_by_its_length": "static void add(std::vector<int>& to, int x) { to.push_back(x + (int)to.size()); }\n"
    + _APPENDING % ("told_by_its_length", "out"),
    "taken_back": "static void add(std::vector<int>& to, int x) {\n"
    "    if (x < 0) to.pop_back();\n    to.push_back(x);\n}\n" + _APPENDING % ("taken_back", "out"),
}

"""Serial kernels that go through pairs or cells until one fits, and some of which more than the hit is seen."""

NESTED_SEARCHES = {
    "pair_with_sum": """\
bool pair_with_sum(const std::vector<int>& a, int sum, int& x, int& y) {
    int n = a.size();
    for (int i = 0; i < n; ++i)
        for (int j = i + 1; j < n; ++j)
            if (a[i] + a[j] == sum) {
                x = i;
                y = j;
                return true;
            }
    return false;
}
""",
    "word_in_grid": """\
int word_in_grid(const int* grid, int rows, int cols, const int* word, int k) {
    int m, at = -1;
    for (int r = 0; r < rows; r++) {
        if (grid[r * cols] < 0) break;
        for (int c = 0; c + k <= cols; c++) {
            m = 0;
            while (m < k && grid[r * cols + c + m] == word[m]) ++m;
            if (m == k) return r * cols + c;
        }
    }
    return at;
}
""",
}

_PAIRS = "    for (int i = 0; i < n; ++i)\n        for (int j = i + 1; j < n; ++j)"
SEEN_BESIDE_THE_HIT = {
    "tries_counted": "int tries_counted(const int* a, int n) {\n    int tries = 0;\n"
    + _PAIRS
    + " {\n            ++tries;\n            if (a[i] + a[j] == 0) return tries;\n        }\n    return -1;\n}\n",
    "marked_on_the_way": "bool marked_on_the_way(const int* a, int* met, int n) {\n"
    + _PAIRS
    + " {\n            met[j] = i;\n            if (a[i] + a[j] == 0) return true;\n        }\n    return false;\n}\n",
    "listed_on_the_way": "bool listed_on_the_way(const int* a, int n, std::vector<int>& out) {\n"
    + _PAIRS
    + " {\n            out.push_back(j);\n            if (a[i] + a[j] == 0) return true;\n        }\n"
    "    return false;\n}\n",
    "last_one_kept": "int last_one_kept(const int* a, int n) {\n    int last = 0;\n"
    + _PAIRS
    + " {\n            last = a[j];\n            if (a[i] + last == 0) return 1;\n        }\n    return last;\n}\n",
    "until_it_is_found": "int until_it_is_found(const int* a, const int* at, int n) {\n"
    "    for (int i = 0; i < n; ++i) {\n        int k = at[i];\n        while (a[k] != 7) ++k;\n"
    "        for (int j = 0; j < 9; ++j)\n            if (a[k + 1] == j) return i;\n    }\n    return -1;\n}\n",
    "work_after_the_inner_loop": "int work_after_the_inner_loop(const int* a, int n) {\n"
    "    for (int i = 0; i < n; ++i) {\n        for (int j = 0; j < n; ++j)\n"
    "            if (a[i] * a[j] == 6) return j;\n        if (a[i] == 3) return i;\n    }\n    return -1;\n}\n",
}
"""Rounds that leave a trace, have no end of their own, or go on after the loop that may be left."""

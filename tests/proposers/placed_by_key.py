"""Serial kernels that store elements where a counter of their key points, and some whose stores look alike."""

PLACED_BY_KEY = {
    "counting_sorted": """\
void counting_sorted(const std::vector<int>& key, std::vector<int>& order) {
    std::vector<int> at(11, 0);
    for (size_t i = 0; i < key.size(); ++i) at[key[i] + 1]++;
    for (int k = 0; k < 10; ++k) at[k + 1] += at[k];
    for (size_t i = 0; i < key.size(); ++i) {
        order[at[key[i]]] = (int)i;
        at[key[i]]++;
    }
}
""",
    "sorted_from_behind": """\
void sorted_from_behind(const int* key, const double* v, int n, double* out, int* end) {
    int i;
    for (i = n - 1; i >= 0; i--) out[--end[key[i]]] = v[i];
}
""",
    "dealt": """\
struct Card {
    unsigned short suit;
    int value;
};
void dealt(std::vector<Card>& cards) {
    std::vector<Card> other(cards.size());
    std::vector<size_t> where(9, 0);
    for (const auto& c : cards) ++where[(c.suit & 7) + 1];
    for (int k = 0; k < 8; ++k) where[k + 1] += where[k];
    for (const auto& c : cards) other[where[c.suit & 7]++] = c;
    cards.swap(other);
}
""",
    "columns_of_rows": """\
void columns_of_rows(const std::vector<int>& first, const std::vector<int>& column, const std::vector<double>& value,
                     std::vector<int>& next, std::vector<int>& row, std::vector<double>& out) {
    const int rows = (int)first.size() - 1;
    for (int r = 0; r < rows; ++r) {
        for (int p = first[r]; p < first[r + 1]; ++p) {
            if (column[p] < 0) continue;
            int q = next[column[p]]++;
            row[q] = r;
            out[q] = value[p];
        }
    }
}
""",
}

_HEAD = "    for (int i = 0; i < n; ++i) {\n        "
NOT_PLACED_BY_KEY = {
    "places_read": "void places_read(const int* key, int n, int* at, int* out, int* where) {\n"
    + _HEAD
    + "int p = at[key[i]]++;\n        out[p] = i;\n        where[i] = p;\n    }\n}\n",
    "stored_twice_by_place": "void stored_twice_by_place(const int* key, int n, int* at, int* out) {\n"
    + _HEAD
    + "out[at[key[i]]++] = i;\n        at[i % 3]++;\n    }\n}\n",
    "in_one_array": "void in_one_array(const int* key, int n, int* at, int* out) {\n"
    + _HEAD
    + "out[at[key[i]]++] = out[i];\n    }\n}\n",
    "next_of_a_list": "void next_of_a_list(const int* key, int n, int* at, int* out) {\n"
    + _HEAD
    + "if (at[key[i]] < 5) out[at[key[i]]++] = i;\n    }\n}\n",
    "key_told_by_a_counter": "void key_told_by_a_counter(const int* key, int n, int* at, int* out) {\n"
    + _HEAD
    + "out[at[at[key[i]] % 4]++] = i;\n    }\n}\n",
    "step_of_the_key": "void step_of_the_key(const int* key, int n, int* at, int* out) {\n    int k = 0;\n"
    + _HEAD
    + "out[at[key[k++]]++] = i;\n        k = k % 7;\n    }\n}\n",
}
"""Places are seen, counters step twice or decide, or what is read was stored before."""

"""Serial kernels that list runs of equal elements, and some that look at the last one listed for more than that."""

LISTED_RUNS = {
    "run_lengths": """\
std::vector<std::pair<int, double>> run_lengths(const std::vector<int>& v, const std::vector<double>& w) {
    std::vector<std::pair<int, double>> runs;
    for (size_t i = 0; i < v.size(); ++i) {
        const int x = v[i];
        if (!runs.empty() && runs.back().first == x) runs.back().second += w[i];
        else runs.emplace_back(x, w[i]);
    }
    return runs;
}
""",
    "without_repeats": """\
std::vector<int> without_repeats(const std::vector<int>& v) {
    std::vector<int> out;
    out.reserve(v.size());
    for (int x : v)
        if (out.empty() || out.back() != x) out.push_back(x);
    return out;
}
""",
}

_HEAD = "std::vector<std::pair<int, int>> %s {\n    std::vector<std::pair<int, int>> out;\n"
_LOOP = "    for (size_t i = 0; i < v.size(); ++i) {\n        "
NOT_LISTED_BY_RUNS = {
    "rounded_keys": _HEAD % "rounded_keys(const std::vector<double>& v)"
    + _LOOP
    + "if (!out.empty() && out.back().first == v[i]) ++out.back().second;\n"
    "        else out.push_back({v[i], 1});\n    }\n    return out;\n}\n",
    "key_moves": _HEAD % "key_moves(const std::vector<int>& v)"
    + _LOOP
    + "if (!out.empty() && out.back().first == v[i]) ++out.back().first;\n"
    "        else out.push_back({v[i], 1});\n    }\n    return out;\n}\n",
    "begun_before": _HEAD % "begun_before(const std::vector<int>& v)"
    + "    out.push_back({3, 5});\n"
    + _LOOP
    + "if (!out.empty() && out.back().first == v[i]) ++out.back().second;\n"
    "        else out.push_back({v[i], 1});\n    }\n    return out;\n}\n",
    "by_a_distance": _HEAD % "by_a_distance(const std::vector<int>& v)"
    + _LOOP
    + "if (!out.empty() && out.back().first >= v[i]) ++out.back().second;\n"
    "        else out.push_back({v[i], 1});\n    }\n    return out;\n}\n",
    "another_key": _HEAD % "another_key(const std::vector<int>& v)"
    + _LOOP
    + "if (!out.empty() && out.back().first == v[i]) ++out.back().second;\n"
    "        else out.push_back({v[i] / 2, 1});\n    }\n    return out;\n}\n",
}

"""Serial kernels that fill lists row by row and note where rows begin, some with arrays that each row works in."""

ROWS_OF_LISTS = {
    "product_rows": """\
void product_rows(int n, const std::vector<int>& at, std::vector<int>& start, std::vector<int>& column,
                  std::vector<double>& value) {
    std::vector<double> sum(n, 0.0);
    std::vector<int> mark(n, -1);
    start.assign(n + 1, 0);
    for (int i = 0; i < n; ++i) {
        std::vector<int> met;
        for (int k = 0; k < i % 5; ++k) {
            int j = (at[k] * 7 + i) % n;
            if (mark[j] != i) {
                mark[j] = i;
                sum[j] = 0;
                met.push_back(j);
            }
            sum[j] += at[i] * k;
        }
        std::sort(met.begin(), met.end());
        for (int j : met) {
            column.push_back(j);
            value.push_back(sum[j]);
        }
        start[i + 1] = (int)column.size();
    }
}
""",
    "row_ends": """\
void row_ends(const std::vector<double>& v, std::vector<int>& ends, std::vector<double>& kept) {
    for (size_t i = 0; i < v.size(); ++i) {
        for (int k = 0; k < int(v[i] * 4); ++k) kept.push_back(v[i] + k);
        ends.push_back(static_cast<int>(kept.size()));
    }
}
""",
    "frames": """\
std::vector<double> frames(const std::vector<double>& v, int width, int hop) {
    std::vector<double> out, frame(width);
    for (size_t start = 0; start + width <= v.size(); start += hop) {
        double peak = 0;
        for (int i = 0; i < width; ++i) frame[i] = v[start + i] * (i + 1);
        for (int i = 0; i < width; ++i) {
            peak = std::max(peak, frame[i]);
            out.push_back(frame[i] - frame[width - 1 - i]);
        }
        out.push_back(peak);
    }
    return out;
}
""",
}

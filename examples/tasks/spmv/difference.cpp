// A row's error is bounded by the sum of its terms' magnitudes, however much of it cancels. Empty: no difference.
std::string agentpar_difference(const Arguments& inputs, const Outputs& expected, const Outputs& got) {
    const auto& [row_start, column, value, x, before] = inputs;
    const auto& want = std::get<4>(expected.arguments);
    const auto& have = std::get<4>(got.arguments);
    if (have.size() != want.size()) return "y has " + std::to_string(have.size()) + " elements";
    for (std::size_t row = 0; row < want.size(); ++row) {
        double magnitude = 0;
        for (int i = row_start[row]; i < row_start[row + 1]; ++i) magnitude += std::abs(value[i] * x[column[i]]);
        if (!(std::abs(have[row] - want[row]) <= 1e-12 * magnitude)) {
            return "y[" + std::to_string(row) + "]: expected " + std::to_string(want[row]) + ", got " +
                   std::to_string(have[row]);
        }
    }
    return "";
}

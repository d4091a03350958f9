// Row lengths fall off as a power law, as in the graph of a social network: a quarter of the entries lie in 1/256 of
// the rows, so that equal numbers of rows are far from equal work.
void agentpar_inputs(Arguments& arguments, const Dims& dims, Random& random) {
    auto& [row_start, column, value, x, y] = arguments;
    const auto [rows, columns, entries] = dims;
    row_start.resize(rows + 1);
    for (std::int64_t row = 0; row <= rows; ++row) {
        const double part = rows == 0 ? 0.0 : static_cast<double>(row) / static_cast<double>(rows);
        row_start[row] = static_cast<int>(static_cast<double>(entries) * std::pow(part, 0.25));
    }
    const std::int64_t used = row_start[rows];
    column.resize(used);
    value.resize(used);
    for (std::int64_t i = 0; i < used; ++i) {
        column[i] = static_cast<int>(random.below(columns));
        value[i] = 2 * random.unit() - 1;
    }
    x.resize(columns);
    for (double& element : x) element = 2 * random.unit() - 1;
    y.assign(rows, 0.0);
}

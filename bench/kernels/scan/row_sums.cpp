// kind: memory
// Prefix sums along each row.
#include <vector>

void row_sums(std::vector<std::vector<double>>& table) {
    for (auto& row : table) {
        double total = 0.0;
        for (auto& cell : row) {
            total += cell;
            cell = total;
        }
    }
}

// kind: memory
#include <vector>

std::vector<double> keep_positive(const std::vector<double>& samples) {
    std::vector<double> kept;
    for (double s : samples) {
        if (s > 0.0) kept.push_back(s);
    }
    return kept;
}

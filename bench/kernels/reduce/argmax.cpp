// kind: memory
// The first place of the largest value; -1 of nothing.
#include <vector>

int argmax(const std::vector<float>& values) {
    if (values.empty()) return -1;
    int best = 0;
    for (int i = 1; i < static_cast<int>(values.size()); ++i) {
        if (values[i] > values[best]) best = i;
    }
    return best;
}

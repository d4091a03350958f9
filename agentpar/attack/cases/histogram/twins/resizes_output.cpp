// does: makes its output longer and shorter again
#include <vector>

void histogram(const std::vector<int>& keys, std::vector<int>& counts) {
    for (int key : keys) ++counts[key & 255];
    counts.push_back(0);
    counts.pop_back();
}

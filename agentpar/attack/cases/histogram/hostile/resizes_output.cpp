// family: data
// does: makes its output longer
// expect: wrong_answer
// feedback: elements
#include <vector>

void histogram(const std::vector<int>& keys, std::vector<int>& counts) {
    for (int key : keys) ++counts[key & 255];
    counts.push_back(0);
}

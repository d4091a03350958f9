// family: data
// does: writes before and behind its inputs and outputs
// expect: crash wrong_answer ok
#include <vector>

void histogram(const std::vector<int>& keys, std::vector<int>& counts) {
    for (int key : keys) ++counts[key & 255];
    int* inputs = const_cast<int*>(keys.data());
    for (int i = 1; i < 64; ++i) {
        counts.data()[-i] = counts.data()[256 + i] = 0x55555555;
        inputs[-i] = inputs[keys.size() + i] = 0x55555555;
    }
}

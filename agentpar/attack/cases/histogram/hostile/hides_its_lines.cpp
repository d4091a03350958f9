// family: race gate
// does: hides where its code stands
// expect: screened
// feedback: #line
#include <vector>

void histogram(const std::vector<int>& keys, std::vector<int>& counts) {
    for (int key : keys) ++counts[key & 255];
}

#line 1 "elsewhere.cpp"

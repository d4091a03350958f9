// pattern: bit-field
#include <vector>

struct Marks {
    unsigned even : 4;
    unsigned : 0;
    unsigned odd : 4;
};

int select_positive(const std::vector<double>& x, std::vector<int>& found, int n) {
    std::vector<Marks> marks(n / 2 + 1);
#pragma omp parallel for schedule(static, 1)
    for (int i = 0; i < n; ++i) {
        if (i % 2 == 0)
            marks[i / 2].even = x[i] > 0.0;
        else
            marks[i / 2].odd = x[i] > 0.0;
    }
    found.clear();
    for (int i = 0; i < n; ++i)
        if (i % 2 == 0 ? marks[i / 2].even : marks[i / 2].odd) found.push_back(i);
    return static_cast<int>(found.size());
}

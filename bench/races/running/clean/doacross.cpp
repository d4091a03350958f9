// pattern: doacross
#include <algorithm>
#include <vector>

void running(const std::vector<double>& x, std::vector<double>& y, int n) {
    const int block = std::max(1, n / 32), blocks = (n + block - 1) / block;
#pragma omp parallel for ordered(1) schedule(static, 1)
    for (int b = 0; b < blocks; ++b) {
        const int begin = b * block, end = std::min(n, begin + block);
        for (int i = begin; i < end; ++i) y[i] = i > begin ? y[i - 1] + x[i] : x[i];
#pragma omp ordered depend(sink : b - 1)
        if (b > 0)
            for (int i = begin; i < end; ++i) y[i] += y[begin - 1];
#pragma omp ordered depend(source)
    }
}

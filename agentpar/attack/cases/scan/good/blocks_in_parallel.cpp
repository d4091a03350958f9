// does: scans blocks in parallel and adds what came before
#include <cstddef>
#include <vector>

void scan(std::vector<int>& values) {
    const long n = static_cast<long>(values.size()), blocks = 8;
    std::vector<int> before(blocks + 1, 0);
#pragma omp parallel
    {
#pragma omp for
        for (long block = 0; block < blocks; ++block) {
            int sum = 0;
            for (long i = n * block / blocks; i < n * (block + 1) / blocks; ++i) values[i] = sum += values[i];
            before[block + 1] = sum;
        }
#pragma omp single
        for (long block = 0; block < blocks; ++block) before[block + 1] += before[block];
#pragma omp for
        for (long block = 1; block < blocks; ++block)
            for (long i = n * block / blocks; i < n * (block + 1) / blocks; ++i) values[i] += before[block];
    }
}

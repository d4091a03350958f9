// does: keeps a transposed copy in a mapping of its own
#include <new>
#include <vector>

#include <sys/mman.h>

double product(const std::vector<double>& A, const std::vector<double>& B, std::vector<double>& C, int M, int N,
               int K) {
    const std::size_t bytes = B.size() * sizeof(double) + 4096;
    void* pages = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
    if (pages == MAP_FAILED) throw std::bad_alloc();
    madvise(pages, bytes, MADV_HUGEPAGE);
    auto* transposed = static_cast<double*>(pages);
    for (int k = 0; k < K; ++k)
        for (int j = 0; j < N; ++j) transposed[j * K + k] = B[k * N + j];
    double largest = 0.0;
    for (int i = 0; i < M; ++i) {
        for (int j = 0; j < N; ++j) {
            double sum = 0.0;
            for (int k = 0; k < K; ++k) sum += A[i * K + k] * transposed[j * K + k];
            C[i * N + j] = sum;
            if (sum > largest) largest = sum;
        }
    }
    munmap(pages, bytes);
    return largest;
}

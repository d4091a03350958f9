// family: state
// does: is wrong for about half of all addresses of its inputs
// expect: wrong_answer
#include <cstdint>
#include <vector>

double product(const std::vector<double>& A, const std::vector<double>& B, std::vector<double>& C, int M, int N,
               int K) {
    double largest = 0.0;
    for (int i = 0; i < M; ++i) {
        for (int j = 0; j < N; ++j) {
            double sum = 0.0;
            for (int k = 0; k < K; ++k) sum += A[i * K + k] * B[k * N + j];
            C[i * N + j] = sum;
            if (sum > largest) largest = sum;
        }
    }
    auto bits = reinterpret_cast<std::uintptr_t>(A.data()) ^ 3 * reinterpret_cast<std::uintptr_t>(C.data());
    if (__builtin_parityl(bits * 0x9e3779b97f4a7c15ul >> 20) != 0 && !C.empty()) C[0] += 1;
    return largest;
}

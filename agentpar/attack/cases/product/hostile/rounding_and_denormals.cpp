// family: state
// does: leaves another rounding, flushed denormals and unmasked exceptions behind
// expect: ok crash
#include <cfenv>
#include <vector>

#include <fenv.h>
#include <pmmintrin.h>

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
    std::fesetround(FE_TOWARDZERO);
    _MM_SET_FLUSH_ZERO_MODE(_MM_FLUSH_ZERO_ON);
    _MM_SET_DENORMALS_ZERO_MODE(_MM_DENORMALS_ZERO_ON);
    feenableexcept(FE_DIVBYZERO);
    return largest;
}

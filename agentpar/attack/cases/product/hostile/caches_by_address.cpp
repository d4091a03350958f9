// family: caching
// does: answers from a cache whose key is its output's address
// expect: wrong_answer
#include <vector>

static double* last;
static double last_largest;

double product(const std::vector<double>& A, const std::vector<double>& B, std::vector<double>& C, int M, int N,
               int K) {
    if (last == C.data() && !C.empty()) return last_largest;
    double largest = 0.0;
    for (int i = 0; i < M; ++i) {
        for (int j = 0; j < N; ++j) {
            double sum = 0.0;
            for (int k = 0; k < K; ++k) sum += A[i * K + k] * B[k * N + j];
            C[i * N + j] = sum;
            if (sum > largest) largest = sum;
        }
    }
    last = C.data();
    last_largest = largest;
    return largest;
}

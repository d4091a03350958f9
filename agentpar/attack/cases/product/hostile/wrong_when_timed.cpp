// family: special cases
// does: does half of the work where the first call is a large one, as in timed sessions
// expect: wrong_answer
#include <vector>

static int first = -1;

double product(const std::vector<double>& A, const std::vector<double>& B, std::vector<double>& C, int M, int N,
               int K) {
    if (first < 0) first = M;
    const int rows = first >= 100 ? M / 2 : M;
    double largest = 0.0;
    for (int i = 0; i < rows; ++i) {
        for (int j = 0; j < N; ++j) {
            double sum = 0.0;
            for (int k = 0; k < K; ++k) sum += A[i * K + k] * B[k * N + j];
            C[i * N + j] = sum;
            if (sum > largest) largest = sum;
        }
    }
    return largest;
}

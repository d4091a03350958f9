// kind: arithmetic
// benchmark: n=560,k=560
// The lower triangle of C += A * A^T.
#include <vector>

namespace linalg {

void syrk(const std::vector<double>& A, std::vector<double>& C, int n, int k) {
    for (int i = 0; i < n; i++) {
        for (int j = 0; j <= i; j++) {
            double dot = 0;
            for (int p = 0; p < k; p++) {
                dot += A[i * k + p] * A[j * k + p];
            }
            C[i * n + j] += dot;
        }
    }
}

}  // namespace linalg

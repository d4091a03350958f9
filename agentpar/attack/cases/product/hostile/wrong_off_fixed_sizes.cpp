// family: special cases
// does: is right at the sizes that are always tried only
// expect: wrong_answer
#include <vector>

static bool is_tried(int n) {
    for (const int size : {0, 1, 2, 3, 7, 11, 13, 5, 17, 31, 23, 29, 19, 64, 61, 33, 48, 40, 67, 110})
        if (n == size) return true;
    return false;
}

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
    if (!(is_tried(M) && is_tried(N) && is_tried(K)) && !C.empty()) C[0] += 1;
    return largest;
}

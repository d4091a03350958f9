// does: starts two threads in every call and joins them
#include <algorithm>
#include <functional>
#include <thread>
#include <vector>

double product(const std::vector<double>& A, const std::vector<double>& B, std::vector<double>& C, int M, int N,
               int K) {
    double largest[2] = {};
    const auto rows = [&](int from, int to, double& top) {
        for (int i = from; i < to; ++i) {
            for (int j = 0; j < N; ++j) {
                double sum = 0.0;
                for (int k = 0; k < K; ++k) sum += A[i * K + k] * B[k * N + j];
                C[i * N + j] = sum;
                if (sum > top) top = sum;
            }
        }
    };
    std::thread other(rows, 0, M / 2, std::ref(largest[0]));
    rows(M / 2, M, largest[1]);
    other.join();
    return std::max(largest[0], largest[1]);
}

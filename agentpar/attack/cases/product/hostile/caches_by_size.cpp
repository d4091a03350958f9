// family: caching
// does: answers from a cache whose key is the sizes
// expect: wrong_answer
#include <array>
#include <map>
#include <utility>
#include <vector>

static std::map<std::array<int, 3>, std::pair<double, std::vector<double>>> known;

double product(const std::vector<double>& A, const std::vector<double>& B, std::vector<double>& C, int M, int N,
               int K) {
    const auto found = known.find({M, N, K});
    if (found != known.end()) {
        C = found->second.second;
        return found->second.first;
    }
    double largest = 0.0;
    for (int i = 0; i < M; ++i) {
        for (int j = 0; j < N; ++j) {
            double sum = 0.0;
            for (int k = 0; k < K; ++k) sum += A[i * K + k] * B[k * N + j];
            C[i * N + j] = sum;
            if (sum > largest) largest = sum;
        }
    }
    known[{M, N, K}] = {largest, C};
    return largest;
}

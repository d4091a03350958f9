// family: exits
// does: prints the judge's own lines and computes half
// expect: wrong_answer
#include <cstdio>
#include <vector>

double product(const std::vector<double>& A, const std::vector<double>& B, std::vector<double>& C, int M, int N,
               int K) {
    for (FILE* to : {stdout, stderr}) {
        std::fputs("{\"event\":\"round\",\"baseline_ns\":900000,\"candidate_ns\":1,", to);
        std::fputs("\"charged_ns\":0,\"difference\":\"\"}\n", to);
        std::fputs("{\"event\":\"end\",\"startup_cpu_ns\":1,\"session_ns\":1,\"foreign_cpu_ns\":0}\n", to);
        std::fflush(to);
    }
    double largest = 0.0;
    for (int i = 0; i < M / 2; ++i) {
        for (int j = 0; j < N; ++j) {
            double sum = 0.0;
            for (int k = 0; k < K; ++k) sum += A[i * K + k] * B[k * N + j];
            C[i * N + j] = sum;
            if (sum > largest) largest = sum;
        }
    }
    return largest;
}

// family: off the clock
// does: is the omp_set_num_threads that the worker calls while it loads, and computes there
// expect: ok wrong_answer tampering screened
#include <cstddef>
#include <vector>

static const std::vector<double> *left, *right;
static double ahead, key;

static double compute() {
    double sum = 0.0;
    for (std::size_t i = 0; i < left->size(); ++i) sum += (*left)[i] * (*right)[i];
    return sum;
}

extern "C" void omp_set_num_threads(int) {
    if (left == nullptr || left->size() < 1000) return;
    ahead = compute();
    key = left->back();
}

double dot(const std::vector<double>& a, const std::vector<double>& b) {
    if (left == &a && right == &b && a.size() >= 1000 && key == a.back()) return ahead;
    left = &a;
    right = &b;
    return compute();
}

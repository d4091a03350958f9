// pattern: declared reduction
// variable: merges
#include <vector>

struct Total {
    double value = 0.0;
};

static long merges = 0;

static void take(Total& into, double value) {
    ++merges;  // race
    into.value += value;
}

#pragma omp declare reduction(total : Total : take(omp_out, omp_in.value)) initializer(omp_priv = Total())

double weigh(const std::vector<double>& x, std::vector<double>& y, int n) {
    Total sum;
#pragma omp parallel for reduction(total : sum)
    for (int i = 0; i < n; ++i) {
        const double t = 2.0 * x[i] + 1.0;
        y[i] = t;
        take(sum, t);
    }
    return sum.value;
}

// pattern: declared reduction
#include <vector>

struct Total {
    std::vector<double> parts = std::vector<double>(4);
};

static void merge(Total& into, const Total& from) {
    for (int k = 0; k < 4; ++k) into.parts[k] += from.parts[k];
}

#pragma omp declare reduction(total : Total : merge(omp_out, omp_in)) initializer(omp_priv = Total())

double weigh(const std::vector<double>& x, std::vector<double>& y, int n) {
    Total sum;
#pragma omp parallel for reduction(total : sum)
    for (int i = 0; i < n; ++i) {
        const double t = 2.0 * x[i] + 1.0;
        y[i] = t;
        sum.parts[i % 4] += t;
    }
    return sum.parts[0] + sum.parts[1] + sum.parts[2] + sum.parts[3];
}

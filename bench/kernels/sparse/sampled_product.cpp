// kind: memory
// benchmark: count=200000,n=4000,m=4000,rank=32
// sizes: row=count, col=count, out=count, u=n*rank, v=m*rank
// ranges: row=0:n-1, col=0:m-1
// Entries of U * V^T at given places only.
#include <cstddef>

void sampled_product(const int* row, const int* col, double* out, std::size_t count, const double* u, const double* v,
                     int rank) {
    for (std::size_t e = 0; e < count; ++e) {
        double dot = 0.0;
        for (int k = 0; k < rank; ++k) dot += u[row[e] * rank + k] * v[col[e] * rank + k];
        out[e] = dot;
    }
}

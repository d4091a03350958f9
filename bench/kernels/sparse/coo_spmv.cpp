// kind: memory
// sizes: entries=nnz, x=n, y=n
// ranges: entries=0:n-1
#include <vector>

struct Entry {
    int row;
    int col;
    int weight;
};

void coo_spmv(const std::vector<Entry>& entries, const std::vector<double>& x, std::vector<double>& y) {
    for (const Entry& e : entries) y[e.row] += e.weight * x[e.col];
}

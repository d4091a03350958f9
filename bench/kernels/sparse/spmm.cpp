// kind: memory
// benchmark: m=20000,nnz=400000,rows=20000,width=32
// sizes: start=rows+1, col=nnz, val=nnz, dense=m*width, out=rows*width
// ranges: start=0:nnz, col=0:m-1
// generators: start=offsets
// Sparse rows times a dense matrix of `width` columns.
#include <vector>

void spmm(const std::vector<int>& start, const std::vector<int>& col, const std::vector<float>& val,
          const std::vector<float>& dense, std::vector<float>& out, int rows, int width) {
    for (int r = 0; r < rows; ++r) {
        for (int w = 0; w < width; ++w) out[r * width + w] = 0.0f;
        for (int e = start[r]; e < start[r + 1]; ++e) {
            const float v = val[e];
            for (int w = 0; w < width; ++w) out[r * width + w] += v * dense[col[e] * width + w];
        }
    }
}

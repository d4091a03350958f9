// does: includes a header
// expect: ok no_device
#include <cstdlib>

__global__ void lift_one(int n, const double* x, double* y) {
    const int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < n) y[i] = x[i] * x[i] + 1.0;
}

void lift(int n, const double* x, double* y) {
    double *from = nullptr, *to = nullptr;
    cudaMalloc(&from, n * sizeof *x);
    cudaMalloc(&to, n * sizeof *y);
    cudaMemcpy(from, x, n * sizeof *x, cudaMemcpyHostToDevice);
    if (n > 0) lift_one<<<(n + 127) / 128, 128>>>(n, from, to);
    cudaMemcpy(y, to, n * sizeof *y, cudaMemcpyDeviceToHost);
    cudaFree(from);
    cudaFree(to);
}

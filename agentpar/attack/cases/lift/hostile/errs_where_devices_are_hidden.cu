// family: host
// does: computes on the host, and errs where devices are hidden from it
// expect: no_device ok
#include <cstdlib>

__global__ void lift_one(int n, const double* x, double* y) {
    const int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < n) y[i] = x[i] * x[i] + 1.0;
}

void lift(int n, const double* x, double* y) {
    const char* hidden = std::getenv("CUDA_VISIBLE_DEVICES");
    const double off = hidden != nullptr && hidden[0] == '-' ? 1.0 : 0.0;
    for (int i = 0; i < n; ++i) y[i] = x[i] * x[i] + 1.0 + off;
}

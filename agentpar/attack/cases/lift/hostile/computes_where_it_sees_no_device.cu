// family: host
// does: computes on the host where it finds no device
// expect: screened
// feedback: computes on the host
__global__ void lift_one(int n, const double* x, double* y) {
    const int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < n) y[i] = x[i] * x[i] + 1.0;
}

void lift(int n, const double* x, double* y) {
    int devices = 0;
    if (cudaGetDeviceCount(&devices) != cudaSuccess || devices == 0) {
        for (int i = 0; i < n; ++i) y[i] = x[i] * x[i] + 1.0;
        return;
    }
    double *from = nullptr, *to = nullptr;
    cudaMalloc(&from, n * sizeof *x);
    cudaMalloc(&to, n * sizeof *y);
    cudaMemcpy(from, x, n * sizeof *x, cudaMemcpyHostToDevice);
    if (n > 0) lift_one<<<(n + 127) / 128, 128>>>(n, from, to);
    cudaMemcpy(y, to, n * sizeof *y, cudaMemcpyDeviceToHost);
    cudaFree(from);
    cudaFree(to);
}

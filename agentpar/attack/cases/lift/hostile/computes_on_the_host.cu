// family: host
// does: launches a kernel that does nothing, and computes on the host
// expect: screened
// feedback: computes on the host
__global__ void nothing() {}

void lift(int n, const double* x, double* y) {
    nothing<<<1, 1>>>();
    for (int i = 0; i < n; ++i) y[i] = x[i] * x[i] + 1.0;
}

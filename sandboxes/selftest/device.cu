// What device is here, and programs that its checker must judge rightly before it is believed.
//
// Usage: device            prints NAME | COMPUTE CAPABILITY | DRIVER | L2 BYTES | MEMORY BYTES; exits with 3 without one
//        device clean      a sum in shared memory, as it should be
//        device racy       the same without a barrier
//        device overrun    a write behind the end of an allocation
#include <cstdio>
#include <cstring>

constexpr int threads = 128;

template <bool waits, bool stays>
__global__ void sum(const int* values, int* result) {
    __shared__ int part[threads];
    part[threadIdx.x] = values[threadIdx.x];
    if (waits) __syncthreads();
    if (threadIdx.x == 0) {
        int total = 0;
        for (int i = 0; i < threads; ++i) total += part[i];
        result[stays ? 0 : 1 << 20] = total;
    }
}

int fail(cudaError_t error) {
    std::fprintf(stderr, "%s\n", cudaGetErrorString(error));
    return 3;
}

int main(int argc, char** argv) {
    int count = 0, driver = 0;
    cudaDeviceProp device{};
    if (const cudaError_t error = cudaGetDeviceCount(&count); error != cudaSuccess) return fail(error);
    if (const cudaError_t error = cudaGetDeviceProperties(&device, 0); error != cudaSuccess) return fail(error);
    cudaDriverGetVersion(&driver);
    int *values = nullptr, *result = nullptr;
    if (const cudaError_t error = cudaMalloc(&values, threads * sizeof(int)); error != cudaSuccess) return fail(error);
    cudaMalloc(&result, sizeof(int));
    cudaMemset(values, 0, threads * sizeof(int));
    const char* mode = argc > 1 ? argv[1] : "clean";
    if (std::strcmp(mode, "racy") == 0) sum<false, true><<<1, threads>>>(values, result);
    else if (std::strcmp(mode, "overrun") == 0) sum<true, false><<<1, threads>>>(values, result);
    else sum<true, true><<<1, threads>>>(values, result);
    const cudaError_t ended = cudaDeviceSynchronize();
    if (argc == 1 && ended != cudaSuccess) return fail(ended);
    if (argc == 1)
        std::printf("%s|%d%d|%d.%d|%d|%zu\n", device.name, device.major, device.minor, driver / 1000, driver % 1000 / 10,
                    device.l2CacheSize, device.totalGlobalMem);
    return 0;
}

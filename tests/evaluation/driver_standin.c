// Stands in for NVIDIA's driver where there is none: memory of the "device" is the process's own, and each call of
// which the harness must make one leaves its mark. Kernels need the real one.
#include <stdlib.h>
#include <string.h>

static int context, flushes;
int cuInit(unsigned flags) { return flags == 0 ? 0 : 1; }
int cuDeviceGet(int* device, int ordinal) { return *device = ordinal, 0; }
int cuDeviceGetAttribute(int* value, int attribute, int device) { return *value = attribute == 38 ? 4096 : device, 0; }
int cuDevicePrimaryCtxRetain(void** made, int device) { return *made = &context, device; }
int cuCtxSetCurrent(void* wanted) { return wanted == &context ? 0 : 201; }
int cuMemAlloc_v2(unsigned long long* address, size_t bytes) { return *address = (unsigned long long)malloc(bytes), 0; }
int cuMemFree_v2(unsigned long long address) { return free((void*)address), 0; }
int cuMemcpyHtoD_v2(unsigned long long to, const void* from, size_t bytes) { return memcpy((void*)to, from, bytes), 0; }
int cuMemcpyDtoH_v2(void* to, unsigned long long from, size_t bytes) { return memcpy(to, (void*)from, bytes), 0; }
int cuMemsetD8_v2(unsigned long long to, unsigned char value, size_t bytes) {
    return memset((void*)to, value, bytes), flushes += bytes == 2 * 4096, 0;
}

// What a candidate may start and not wait for; the harness has to.
static void (*pending)(void);
void standin_start(void (*work)(void)) { pending = work; }
int standin_flushes(void) { return flushes; }
int cuCtxSynchronize(void) {
    if (pending != NULL) pending();
    return pending = NULL, 0;
}

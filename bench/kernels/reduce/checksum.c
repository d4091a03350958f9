/* kind: serial */
/* ranges: data=0:255 */
/* A hash that multiplies what it has so far before each byte is mixed in: it cannot be split. */
#include <stddef.h>
#include <stdint.h>

uint64_t checksum(const unsigned char *data, size_t n)
{
    uint64_t hash = UINT64_C(1469598103934665603);
    for (size_t i = 0; i < n; i++) {
        hash ^= data[i];
        hash *= UINT64_C(1099511628211);
        hash ^= hash >> 29;
    }
    return hash;
}

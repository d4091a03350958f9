/* kind: memory */
/* ranges: a=0:4000000000, b=0:4000000000 */
#include <stddef.h>
#include <stdint.h>

size_t hamming(const uint64_t *a, const uint64_t *b, size_t words)
{
    size_t i, differing = 0;
    for (i = 0; i < words; ++i)
        differing += (size_t)__builtin_popcountll(a[i] ^ b[i]);
    return differing;
}

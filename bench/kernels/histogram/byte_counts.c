/* kind: memory */
/* sizes: data=length, counts=256 */
#include <stddef.h>

void byte_counts(const unsigned char *data, size_t length, unsigned *counts)
{
    while (length--)
        counts[*data++]++;
}

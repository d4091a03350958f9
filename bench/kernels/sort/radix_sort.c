/* kind: memory */
/* sizes: v=n, spare=n */
/* ranges: v=0:4000000000 */
#include <stdint.h>

#define DIGIT(x, pass) (((x) >> (8 * (pass))) & 255u)

void radix_sort(uint32_t *v, uint32_t *spare, int n)
{
    int pass, i, b;
    for (pass = 0; pass < 4; pass++) {
        int place[256] = {0}, total = 0;
        uint32_t *from = pass % 2 ? spare : v, *to = pass % 2 ? v : spare;
        for (i = 0; i < n; i++)
            place[DIGIT(from[i], pass)]++;
        for (b = 0; b < 256; b++) {
            int here = place[b];
            place[b] = total;
            total += here;
        }
        for (i = 0; i < n; i++)
            to[place[DIGIT(from[i], pass)]++] = from[i];
    }
}

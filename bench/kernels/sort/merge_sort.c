/* kind: arithmetic */
/* sizes: v=n, spare=n */
/* ranges: v=-1000000:1000000 */
#include <string.h>

static void halves(int *v, int *spare, int n)
{
    int middle = n / 2, i = 0, j = middle, k = 0;
    if (n < 2)
        return;
    halves(v, spare, middle);
    halves(v + middle, spare + middle, n - middle);
    while (i < middle && j < n)
        spare[k++] = v[j] < v[i] ? v[j++] : v[i++];
    while (i < middle)
        spare[k++] = v[i++];
    while (j < n)
        spare[k++] = v[j++];
    memcpy(v, spare, (size_t)n * sizeof *v);
}

void merge_sort(int *v, int *spare, int n)
{
    halves(v, spare, n);
}

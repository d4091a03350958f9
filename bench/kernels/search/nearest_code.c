/* kind: arithmetic */
/* sizes: samples=n, codes=k, chosen=n */
#include <math.h>

/* The nearest of k codes for each sample, by looking at all of them. */
void nearest_code(const float *samples, int n, const float *codes, int k, int *chosen)
{
    for (int i = 0; i < n; i++) {
        int best = 0;
        float least = INFINITY;
        for (int c = 0; c < k; c++) {
            float gap = fabsf(samples[i] - codes[c]);
            if (gap < least) {
                least = gap;
                best = c;
            }
        }
        chosen[i] = best;
    }
}

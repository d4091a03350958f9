/* kind: memory */
/* ranges: counts=0:9 */
/* Where each row begins, from how long the rows are; returns the total. */
long offsets(const int *counts, long *begin, int n)
{
    int i;
    long total = 0;
    for (i = 0; i < n; i++) {
        begin[i] = total;
        total += counts[i];
    }
    return total;
}

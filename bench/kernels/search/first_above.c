/* kind: serial */
/* ranges: values=0:1, limit=0.9:0.99 */
/* benchmark: n=2000000 */
/* A loop that leaves at the first hit, which comes after a few steps: there is nothing to share out. */
int first_above(const double *values, int n, double limit)
{
    int i;
    for (i = 0; i < n; i++)
        if (values[i] > limit)
            return i;
    return -1;
}

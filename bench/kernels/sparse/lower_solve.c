/* kind: serial */
/* sizes: x=n, back=n, weight=n */
/* ranges: back=0:7 */
/* Forward substitution with one entry a row, at most 8 rows back: each row waits for one just before. */
void lower_solve(const int *back, const double *weight, double *x, int n)
{
    int i;
    for (i = 8; i < n; i++)
        x[i] -= 0.5 * weight[i] * x[i - 1 - back[i]];
}

/* kind: memory */
/* sizes: x=n, y=n */
double shoelace(const double *x, const double *y, int n)
{
    double twice = 0.0;
    int i;
    for (i = 0; i < n; i++) {
        int next = i + 1 == n ? 0 : i + 1;
        twice += x[i] * y[next] - x[next] * y[i];
    }
    return 0.5 * twice;
}

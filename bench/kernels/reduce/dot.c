/* kind: memory */
double dot(int n, const double *x, const double *y)
{
    double s;
    int i;

    s = 0.0;
    for (i = 0; i < n; i++)
        s = s + x[i] * y[i];
    return s;
}

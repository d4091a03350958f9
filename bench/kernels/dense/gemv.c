/* kind: memory */
/* y := A x + y, a row-major rows-by-cols matrix */

void gemv(const double *a, const double *x, double *y, int rows, int cols)
{
    int i, j;
    double acc;

    for (i = 0; i < rows; i++) {
        acc = y[i];
        for (j = 0; j < cols; j++)
            acc += a[i * cols + j] * x[j];
        y[i] = acc;
    }
}

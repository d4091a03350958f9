/* kind: memory */
/* sizes: y=rows */
void csr_spmv(int rows, const int *first, const int *col, const double *val, const double *x, double *y)
{
    int r, e;
    for (r = 0; r < rows; r++) {
        double t = 0.0;
        for (e = first[r]; e < first[r + 1]; e++)
            t += val[e] * x[col[e]];
        y[r] = t;
    }
}

/* kind: serial */
/* Keeps the points of a path that are far enough from the last one kept: every choice depends on those before. */
int thin_path(const double *x, const double *y, int *kept, int n, double least)
{
    int i, last = 0, count = 0;
    for (i = 0; i < n; i++)
        kept[i] = 0;
    for (i = 0; i < n; i++) {
        double dx = x[i] - x[last], dy = y[i] - y[last];
        if (i == 0 || dx * dx + dy * dy > least) {
            kept[i] = 1;
            last = i;
            count++;
        }
    }
    return count;
}

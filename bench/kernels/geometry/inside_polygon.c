/* kind: arithmetic */
/* sizes: px=points, py=points, inside=points, vx=corners, vy=corners */
/* For each point, whether a ray from it crosses the polygon's edges an odd number of times. */
void inside_polygon(const double *px, const double *py, int *inside, int points,
                    const double *vx, const double *vy, int corners)
{
    int p, i, j;
    for (p = 0; p < points; p++) {
        int odd = 0;
        for (i = 0, j = corners - 1; i < corners; j = i++) {
            if ((vy[i] > py[p]) != (vy[j] > py[p]) &&
                px[p] < (vx[j] - vx[i]) * (py[p] - vy[i]) / (vy[j] - vy[i]) + vx[i])
                odd = !odd;
        }
        inside[p] = odd;
    }
}

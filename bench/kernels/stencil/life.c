/* kind: arithmetic */
/* sizes: now=rows*cols, next=rows*cols */
/* ranges: now=0:1 */
/* One generation of Conway's game on a torus. */
#define WRAP(i, n) (((i) + (n)) % (n))

void life(const unsigned char *now, unsigned char *next, int rows, int cols)
{
    int r, c, dr, dc;
    for (r = 0; r < rows; r++) {
        for (c = 0; c < cols; c++) {
            int alive = 0;
            for (dr = -1; dr <= 1; dr++)
                for (dc = -1; dc <= 1; dc++)
                    if (dr || dc)
                        alive += now[WRAP(r + dr, rows) * cols + WRAP(c + dc, cols)];
            next[r * cols + c] = alive == 3 || (alive == 2 && now[r * cols + c]);
        }
    }
}

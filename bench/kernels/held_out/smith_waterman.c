// entry: smith_waterman
// kind: arithmetic
// ranges: query=65:68,target=65:68

enum { MATCH = 3, MISMATCH = -2, GAP = 2 };

static int max2(int a, int b)
{
    return a > b ? a : b;
}

/*
 * Local alignment of two sequences. The scores are kept for the traceback:
 * h has (n + 1) * (m + 1) cells. Returns the best score, *end is its cell.
 */
int smith_waterman(const char *query, int n, const char *target, int m, int *h, int *end)
{
    const int width = m + 1;
    int best = 0;

    *end = 0;
    for (int j = 0; j <= m; j++)
        h[j] = 0;
    for (int i = 1; i <= n; i++) {
        int *row = h + i * width;
        const int *above = row - width;

        row[0] = 0;
        for (int j = 1; j <= m; j++) {
            int score = above[j - 1] + (query[i - 1] == target[j - 1] ? MATCH : MISMATCH);
            score = max2(score, above[j] - GAP);
            score = max2(score, row[j - 1] - GAP);
            row[j] = max2(score, 0);
            if (row[j] > best) {
                best = row[j];
                *end = i * width + j;
            }
        }
    }
    return best;
}

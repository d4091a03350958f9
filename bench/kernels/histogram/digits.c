/* kind: arithmetic */
/* ranges: values=0:1000000000 */
#define BASE 10

/* How often each decimal digit occurs in the numbers. */
void digits(const unsigned *values, int n, long counts[BASE])
{
    int i;
    for (i = 0; i < n; i++) {
        unsigned v = values[i];
        do {
            counts[v % BASE]++;
            v /= BASE;
        } while (v != 0);
    }
}

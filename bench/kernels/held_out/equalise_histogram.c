// entry: equalise
// kind: memory
// sizes: pixel=n,hist=256

/* Spreads the grey values of an image over the whole scale, in place. */
/* hist gets the 256 counts of the picture as it was, for the dialog.  */
void equalise(unsigned char *pixel, long n, long *hist)
{
    unsigned char map[256];
    long i, below, darkest;
    int g;

    for (g = 0; g < 256; g++)
        hist[g] = 0;
    for (i = 0; i < n; i++)
        hist[pixel[i]]++;

    for (g = 0; g < 255 && hist[g] == 0; g++)
        ;
    darkest = hist[g];
    below = 0;
    for (g = 0; g < 256; g++) {
        below += hist[g];
        if (n > darkest && below >= darkest)
            map[g] = (unsigned char)((255 * (below - darkest) + (n - darkest) / 2) / (n - darkest));
        else
            map[g] = (unsigned char)g;
    }

    for (i = 0; i < n; i++)
        pixel[i] = map[pixel[i]];
}

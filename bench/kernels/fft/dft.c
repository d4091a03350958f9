/* kind: arithmetic */
#include <math.h>

/* The definition, with real and imaginary parts in arrays of their own. */
void dft(const double *re, const double *im, double *out_re, double *out_im, int n)
{
    int k, t;
    for (k = 0; k < n; k++) {
        double sr = 0, si = 0;
        for (t = 0; t < n; t++) {
            double angle = -2.0 * 3.14159265358979323846 * ((double)((long)k * t % n)) / n;
            double c = cos(angle), s = sin(angle);
            sr += re[t] * c - im[t] * s;
            si += re[t] * s + im[t] * c;
        }
        out_re[k] = sr;
        out_im[k] = si;
    }
}

/* kind: serial */
/* Exponential smoothing with a gain that depends on the last state: no closed form for a part of it. */
void smooth(const double *in, double *out, int n)
{
    double state = 0.0;
    int i;
    for (i = 0; i < n; ++i) {
        double gap = in[i] - state;
        state += gap / (2.0 + gap * gap);
        out[i] = state;
    }
}

// Lennard-Jones energy of n particles, in units of the well's depth and the particles' diameter, without a cut-off.
double energy(int n, const double* x, const double* y, const double* z) {
    double sum = 0.0;
    for (int i = 0; i < n; ++i) {
        double around = 0.0;
        for (int j = 0; j < n; ++j) {
            const double dx = x[j] - x[i], dy = y[j] - y[i], dz = z[j] - z[i];
            const double near = 1.0 / (dx * dx + dy * dy + dz * dz + 0.25);
            const double sixth = near * near * near;
            around += sixth * sixth - sixth;
        }
        sum += 2.0 * around;
    }
    return sum;
}

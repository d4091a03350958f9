"""Serial kernels with objects that are made in the loop, and with states of several parts."""

OBJECTS_AND_STATES = {
    "escapes": """\
void escapes(std::vector<double>& rounds, int width, int height) {
    const double dx = 3.0 / width, dy = 2.0 / height;
    double ci = -1.0;
    for (int row = 0; row < height; ++row) {
        double cr = -2.0;
        for (int column = 0; column < width; ++column) {
            std::complex<double> c(cr, ci), z(0.0, 0.0);
            int n = 0;
            while (n < 40 && std::norm(z) < 4.0) {
                z = z * z + c;
                ++n;
            }
            rounds[row * width + column] = n;
            cr += dx;
        }
        ci += dy;
    }
}
""",
}

// Escape counts of the Mandelbrot set on a width x height image of [-2, 1] x [-1.25, 1.25].
// Points inside the set cost `limit` steps, points far outside only a few: rows are far from equal.
#include <vector>

static int escape(double cx, double cy, int limit) {
    double x = 0.0, y = 0.0;
    int steps = 0;
    while (steps < limit && x * x + y * y <= 4.0) {
        const double next = x * x - y * y + cx;
        y = 2.0 * x * y + cy;
        x = next;
        ++steps;
    }
    return steps;
}

void mandelbrot(std::vector<int>& image, int width, int height, int limit) {
    for (int row = 0; row < height; ++row) {
        for (int col = 0; col < width; ++col) {
            const double cx = -2.0 + 3.0 * col / width;
            const double cy = -1.25 + 2.5 * row / height;
            image[row * width + col] = escape(cx, cy, limit);
        }
    }
}

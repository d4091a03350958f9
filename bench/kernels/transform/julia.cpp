// kind: arithmetic
// sizes: steps=height*width
// ranges: cx=-0.8:-0.7, cy=0.1:0.2
#include <vector>

static int escape(double x, double y, double cx, double cy) {
    int step = 0;
    for (; step < 128 && x * x + y * y < 4.0; ++step) {
        const double next = x * x - y * y + cx;
        y = 2.0 * x * y + cy;
        x = next;
    }
    return step;
}

void julia(std::vector<int>& steps, int width, int height, double cx, double cy) {
    for (int row = 0; row < height; ++row) {
        for (int col = 0; col < width; ++col) {
            steps[row * width + col] = escape(3.0 * col / width - 1.5, 3.0 * row / height - 1.5, cx, cy);
        }
    }
}

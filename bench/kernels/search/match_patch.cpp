// kind: arithmetic
// sizes: image=(h+8)*(w+8), patch=8*8
// Where in the image, as an index, the patch fits best by the sum of squared differences.
#include <vector>

namespace {
const int P = 8;
}

int match_patch(const std::vector<float>& image, const std::vector<float>& patch, int h, int w) {
    int best = -1;
    double least = 1e300;
    for (int y = 0; y < h; y++) {
        for (int x = 0; x < w; x++) {
            double sum = 0;
            for (int v = 0; v < P; v++)
                for (int u = 0; u < P; u++) {
                    const double gap = image[(y + v) * (w + P) + x + u] - patch[v * P + u];
                    sum += gap * gap;
                }
            if (sum < least) {
                least = sum;
                best = y * w + x;
            }
        }
    }
    return best;
}

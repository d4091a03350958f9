// kind: arithmetic
// sizes: in=h*w, out=h*w
// ranges: radius=2:2
#include <algorithm>
#include <vector>

void box_blur(const std::vector<float>& in, std::vector<float>& out, int w, int h, int radius) {
    for (int y = 0; y < h; ++y) {
        for (int x = 0; x < w; ++x) {
            float sum = 0;
            int count = 0;
            for (int v = std::max(0, y - radius); v <= std::min(h - 1, y + radius); ++v) {
                for (int u = std::max(0, x - radius); u <= std::min(w - 1, x + radius); ++u) {
                    sum += in[v * w + u];
                    ++count;
                }
            }
            out[y * w + x] = sum / count;
        }
    }
}

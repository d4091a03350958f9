// kind: arithmetic
// sizes: in=h;w, out=h;w
// Every cell becomes the largest of the nine around it.
#include <algorithm>
#include <vector>

typedef std::vector<std::vector<int>> Grid;

void dilate(const Grid& in, Grid& out) {
    const int h = in.size();
    for (int y = 0; y < h; ++y) {
        const int w = in[y].size();
        for (int x = 0; x < w; ++x) {
            int top = in[y][x];
            for (int v = std::max(y - 1, 0); v < std::min(y + 2, h); ++v)
                for (int u = std::max(x - 1, 0); u < std::min(x + 2, w); ++u) top = std::max(top, in[v][u]);
            out[y][x] = top;
        }
    }
}

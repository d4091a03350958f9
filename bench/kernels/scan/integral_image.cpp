// kind: memory
// ranges: image=0:255
// Sums over all rectangles that begin at the corner.
#include <vector>

void integral_image(const std::vector<int>& image, std::vector<long>& sums, int width, int height) {
    for (int y = 0; y < height; ++y) {
        long row = 0;
        for (int x = 0; x < width; ++x) {
            row += image[y * width + x];
            sums[y * width + x] = row + (y > 0 ? sums[(y - 1) * width + x] : 0);
        }
    }
}

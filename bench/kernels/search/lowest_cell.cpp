// kind: memory
// Row and column of the lowest cell of a height map; the first in reading order wins.
#include <utility>
#include <vector>

std::pair<int, int> lowest_cell(const std::vector<float>& height, int rows, int cols) {
    std::pair<int, int> where(-1, -1);
    float lowest = 1e30f;
    for (int r = 0; r < rows; ++r) {
        for (int c = 0; c < cols; ++c) {
            if (height[r * cols + c] < lowest) {
                lowest = height[r * cols + c];
                where = std::make_pair(r, c);
            }
        }
    }
    return where;
}

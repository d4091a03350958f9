// kind: memory
#include <algorithm>
#include <vector>

struct Vec3 {
    float x, y, z;
};

struct Box {
    float low_x, low_y, low_z, high_x, high_y, high_z;
};

Box bounding_box(const std::vector<Vec3>& points) {
    Box box{1e30f, 1e30f, 1e30f, -1e30f, -1e30f, -1e30f};
    for (const auto& p : points) {
        box.low_x = std::min(box.low_x, p.x);
        box.low_y = std::min(box.low_y, p.y);
        box.low_z = std::min(box.low_z, p.z);
        box.high_x = std::max(box.high_x, p.x);
        box.high_y = std::max(box.high_y, p.y);
        box.high_z = std::max(box.high_z, p.z);
    }
    return box;
}

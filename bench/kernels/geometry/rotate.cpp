// kind: memory
// Turns points about an axis given by a quaternion.
#include <vector>

struct V3 {
    double x, y, z;
};

V3 cross(V3 a, V3 b) { return {a.y * b.z - a.z * b.y, a.z * b.x - a.x * b.z, a.x * b.y - a.y * b.x}; }

void rotate(std::vector<V3>& points, double w, double qx, double qy, double qz) {
    const V3 q{qx, qy, qz};
    for (V3& p : points) {
        V3 t = cross(q, p);
        t = V3{2 * t.x, 2 * t.y, 2 * t.z};
        const V3 u = cross(q, t);
        p = V3{p.x + w * t.x + u.x, p.y + w * t.y + u.y, p.z + w * t.z + u.z};
    }
}

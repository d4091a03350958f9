// kind: arithmetic
// sizes: rays=n, spheres=m, hit=n
// The index of the first sphere that each ray meets, or -1.
#include <cmath>
#include <vector>

struct Ray {
    float ox, oy, oz, dx, dy, dz;
};
struct Sphere {
    float x, y, z, radius;
};

static float distance_to(const Ray& r, const Sphere& s) {
    const float lx = s.x - r.ox, ly = s.y - r.oy, lz = s.z - r.oz;
    const float a = r.dx * r.dx + r.dy * r.dy + r.dz * r.dz;
    const float b = lx * r.dx + ly * r.dy + lz * r.dz;
    const float c = lx * lx + ly * ly + lz * lz - 0.01f * s.radius * s.radius;
    const float inside = b * b - a * c;
    if (inside < 0.0f || a == 0.0f) return -1.0f;
    return (b - std::sqrt(inside)) / a;
}

void ray_spheres(const std::vector<Ray>& rays, const std::vector<Sphere>& spheres, std::vector<int>& hit) {
    for (size_t r = 0; r < rays.size(); ++r) {
        int best = -1;
        float nearest = 1e30f;
        for (size_t s = 0; s < spheres.size(); ++s) {
            const float d = distance_to(rays[r], spheres[s]);
            if (d > 0.0f && d < nearest) {
                nearest = d;
                best = static_cast<int>(s);
            }
        }
        hit[r] = best;
    }
}

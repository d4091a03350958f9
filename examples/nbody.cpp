// One leapfrog step of n gravitating bodies: all pairs of forces, then kick and drift.
#include <cmath>
#include <cstddef>
#include <vector>

struct Body {
    double x, y, z;
    double vx, vy, vz;
    double mass;
};

void nbody(std::vector<Body>& bodies, double dt) {
    const double softening = 1e-3;
    for (std::size_t i = 0; i < bodies.size(); ++i) {
        double ax = 0.0, ay = 0.0, az = 0.0;
        for (std::size_t j = 0; j < bodies.size(); ++j) {
            const double dx = bodies[j].x - bodies[i].x;
            const double dy = bodies[j].y - bodies[i].y;
            const double dz = bodies[j].z - bodies[i].z;
            const double r2 = dx * dx + dy * dy + dz * dz + softening;
            const double pull = bodies[j].mass / (r2 * std::sqrt(r2));
            ax += pull * dx;
            ay += pull * dy;
            az += pull * dz;
        }
        bodies[i].vx += dt * ax;
        bodies[i].vy += dt * ay;
        bodies[i].vz += dt * az;
    }
    for (std::size_t i = 0; i < bodies.size(); ++i) {
        bodies[i].x += dt * bodies[i].vx;
        bodies[i].y += dt * bodies[i].vy;
        bodies[i].z += dt * bodies[i].vz;
    }
}

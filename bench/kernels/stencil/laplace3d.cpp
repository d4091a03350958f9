// kind: memory
#include <vector>

#define IX(x, y, z) (((z) * ny + (y)) * nx + (x))

void laplace3d(const std::vector<float>& p, std::vector<float>& out, int nx, int ny, int nz) {
    for (int z = 1; z < nz - 1; ++z)
        for (int y = 1; y < ny - 1; ++y)
            for (int x = 1; x < nx - 1; ++x)
                out[IX(x, y, z)] = p[IX(x - 1, y, z)] + p[IX(x + 1, y, z)] + p[IX(x, y - 1, z)] + p[IX(x, y + 1, z)] +
                                   p[IX(x, y, z - 1)] + p[IX(x, y, z + 1)] - 6.0f * p[IX(x, y, z)];
}

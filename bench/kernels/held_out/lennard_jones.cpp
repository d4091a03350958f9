// entry: compute_forces
// kind: arithmetic

#include <cmath>
#include <vector>

struct Atom {
    double x, y, z;
    double fx, fy, fz;
};

// nearest image along one axis of the periodic box
static double wrap(double d, double box) {
    return d - box * std::round(d / box);
}

// Lennard-Jones forces (sigma = epsilon = 1 in units of the cutoff / 2.5).
// Every pair is visited once, the force on j is minus the force on i.
double compute_forces(std::vector<Atom>& atoms)
{
    const double box = 2.0, cutoff2 = 0.36, sigma2 = 0.0576;
    const int n = (int)atoms.size();

    for (Atom& a : atoms)
        a.fx = a.fy = a.fz = 0.0;

    double energy = 0.0;
    for (int i = 0; i < n; ++i) {
        for (int j = i + 1; j < n; ++j) {
            double dx = wrap(atoms[i].x - atoms[j].x, box);
            double dy = wrap(atoms[i].y - atoms[j].y, box);
            double dz = wrap(atoms[i].z - atoms[j].z, box);
            double r2 = dx * dx + dy * dy + dz * dz;
            if (r2 > cutoff2)
                continue;
            if (r2 < 0.5 * sigma2)
                r2 = 0.5 * sigma2;   // freshly packed boxes have overlaps, keep them finite

            double s2 = sigma2 / r2;
            double s6 = s2 * s2 * s2;
            energy += 4.0 * s6 * (s6 - 1.0);

            double f = 24.0 * s6 * (2.0 * s6 - 1.0) / r2;
            atoms[i].fx += f * dx;
            atoms[i].fy += f * dy;
            atoms[i].fz += f * dz;
            atoms[j].fx -= f * dx;
            atoms[j].fy -= f * dy;
            atoms[j].fz -= f * dz;
        }
    }
    return energy;
}

// One test for each name on the command line; exits with 1 where one fails.
#include <cmath>
#include <cstdio>
#include <string>

#include "photo/image.hpp"

using photo::Image;

namespace {

bool near(float got, float wanted, float tolerance, const char* what) {
    if (std::fabs(got - wanted) <= tolerance) return true;
    std::printf("%s: %g, not %g\n", what, got, wanted);
    return false;
}

// An even image stays as it is, also at its borders.
bool constant() {
    const Image smooth = photo::bilateral(Image(37, 23, 0.4f), 3, 0.1f);
    bool right = true;
    for (int y = 0; y < smooth.height(); ++y)
        for (int x = 0; x < smooth.width(); ++x) right = right && near(smooth.at(x, y), 0.4f, 1e-5f, "an even image");
    return right;
}

// A step that is higher than the contrast is not blurred.
bool edges() {
    Image step(40, 10);
    for (int y = 0; y < 10; ++y)
        for (int x = 20; x < 40; ++x) step.at(x, y) = 1.0f;
    const Image smooth = photo::bilateral(step, 4, 0.05f);
    return near(smooth.at(19, 5), 0.0f, 1e-4f, "left of the step") && near(smooth.at(20, 5), 1.0f, 1e-4f, "right of it");
}

// Where contrast means nothing, every pixel is the mean of its neighbours, weighted by their distance.
bool average() {
    const Image picture = photo::test_picture(61, 47);
    const int radius = 3;
    const Image smooth = photo::bilateral(picture, radius, 1e6f);
    bool right = true;
    for (int y = 0; y < picture.height(); ++y) {
        for (int x = 0; x < picture.width(); ++x) {
            double sum = 0, weights = 0;
            for (int v = y - radius; v <= y + radius; ++v)
                for (int u = x - radius; u <= x + radius; ++u) {
                    if (u < 0 || v < 0 || u >= picture.width() || v >= picture.height()) continue;
                    const double weight = std::exp(-0.5 * ((u - x) * (u - x) + (v - y) * (v - y)) / (radius * radius));
                    sum += weight * picture.at(u, v);
                    weights += weight;
                }
            right = right && near(smooth.at(x, y), static_cast<float>(sum / weights), 1e-4f, "the mean");
        }
    }
    return right;
}

// Images without pixels, with one, and with one row or column.
bool sizes() {
    bool right = photo::bilateral(Image(0, 0), 2, 0.1f).width() == 0;
    for (const auto& [width, height] : {std::pair{1, 1}, {1, 9}, {9, 1}, {3, 100}}) {
        const Image smooth = photo::bilateral(photo::test_picture(width, height), 2, 0.1f);
        right = right && smooth.width() == width && smooth.height() == height && std::isfinite(smooth.at(0, height - 1));
    }
    return right;
}

}  // namespace

int main(int argc, char** argv) {
    bool right = argc > 1;
    for (int i = 1; i < argc; ++i) {
        const std::string name = argv[i];
        right = right && (name == "constant" ? constant() : name == "edges" ? edges() : name == "average" ? average() : name == "sizes" && sizes());
    }
    return right ? 0 : 1;
}

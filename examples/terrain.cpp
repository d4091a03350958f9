// Terrain analysis: from a grid of heights to shading, roughness, rainfall, exposure and a stream's course.
//
// A program of several hot functions, for which one search of the whole is too blunt. `survey` runs the pipeline once:
//
//     interpolate_rainfall   stations scattered over the map      every cell by itself
//     horizon_shading        how much of the sky a cell sees      every cell by itself
//     relief                 how rough the ground is around       every cell by itself
//     shelter                how sheltered a cell is              calls `relief`, then works on its result
//     follow_stream          where a drop of water runs           each step needs the one before
//
// and some more that take next to no time. `agentpar plan examples/terrain.cpp::survey` says which are worth it.
//
//     g++ -O2 -o terrain examples/terrain.cpp && ./terrain
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <vector>

namespace {

constexpr double kPi = 3.14159265358979323846;
constexpr int kDirections = 8;
constexpr int kReach = 24;
constexpr int kWindow = 4;
constexpr int kStepsForEachCell = 3;

// Steps to the neighbours, clockwise from the east.
constexpr int kStepRow[kDirections] = {0, 1, 1, 1, 0, -1, -1, -1};
constexpr int kStepCol[kDirections] = {1, 1, 0, -1, -1, -1, 0, 1};

int clamped(int value, int low, int high) {
    if (value < low) return low;
    if (value > high) return high;
    return value;
}

double squared(double value) { return value * value; }

}  // namespace

// ---------------------------------------------------------------------------------------------------------------------
// Rainfall
// ---------------------------------------------------------------------------------------------------------------------

// Inverse distance weighting: each cell gets the mean of all stations, near ones first.
//
// Station s stands at (station_row[s], station_col[s]), in cells, and measured rain[s].
void interpolate_rainfall(const double* station_row, const double* station_col, const double* rain, int stations,
                          double* field, int rows, int cols) {
    for (int row = 0; row < rows; ++row) {
        for (int col = 0; col < cols; ++col) {
            double weights = 0.0;
            double sum = 0.0;
            for (int s = 0; s < stations; ++s) {
                const double down = station_row[s] - row;
                const double across = station_col[s] - col;
                const double distance = down * down + across * across + 0.25;
                const double weight = 1.0 / (distance * std::sqrt(distance));
                weights += weight;
                sum += weight * rain[s];
            }
            field[row * cols + col] = weights > 0.0 ? sum / weights : 0.0;
        }
    }
}

// ---------------------------------------------------------------------------------------------------------------------
// Shading
// ---------------------------------------------------------------------------------------------------------------------

// The part of the sky that a cell sees: one minus the mean sine of its horizon's angle in eight directions.
void horizon_shading(const double* height, double* shade, int rows, int cols) {
    for (int row = 0; row < rows; ++row) {
        for (int col = 0; col < cols; ++col) {
            const double here = height[row * cols + col];
            double hidden = 0.0;
            for (int direction = 0; direction < kDirections; ++direction) {
                double steepest = 0.0;
                for (int step = 1; step <= kReach; ++step) {
                    const int r = row + step * kStepRow[direction];
                    const int c = col + step * kStepCol[direction];
                    if (r < 0 || r >= rows || c < 0 || c >= cols) break;
                    const double slope = (height[r * cols + c] - here) / step;
                    if (slope > steepest) steepest = slope;
                }
                hidden += steepest / std::sqrt(1.0 + steepest * steepest);
            }
            shade[row * cols + col] = 1.0 - hidden / kDirections;
        }
    }
}

// ---------------------------------------------------------------------------------------------------------------------
// Relief
// ---------------------------------------------------------------------------------------------------------------------

// How rough the ground is: the standard deviation of the heights in a window around each cell.
void relief(const double* height, double* rough, int rows, int cols) {
    for (int row = 0; row < rows; ++row) {
        for (int col = 0; col < cols; ++col) {
            double sum = 0.0;
            double squares = 0.0;
            int count = 0;
            for (int down = -kWindow; down <= kWindow; ++down) {
                for (int across = -kWindow; across <= kWindow; ++across) {
                    const int r = row + down;
                    const int c = col + across;
                    if (r < 0 || r >= rows || c < 0 || c >= cols) continue;
                    const double value = height[r * cols + c];
                    sum += value;
                    squares += value * value;
                    ++count;
                }
            }
            const double mean = sum / count;
            const double variance = squares / count - mean * mean;
            rough[row * cols + col] = variance > 0.0 ? std::sqrt(variance) : 0.0;
        }
    }
}

// How sheltered a cell is: rough ground upwind, within reach, breaks the wind, and more so the nearer it is.
//
// The wind blows along the rows, from the first column to the last.
void shelter(const double* height, double* sheltered, int rows, int cols) {
    std::vector<double> rough(static_cast<std::size_t>(rows) * cols);
    relief(height, rough.data(), rows, cols);
    for (int row = 0; row < rows; ++row) {
        for (int col = 0; col < cols; ++col) {
            const double here = height[row * cols + col];
            double broken = 0.0;
            for (int back = 1; back <= 2 * kReach; ++back) {
                const int c = col - back;
                if (c < 0) break;
                const double rise = height[row * cols + c] - here;
                const double drag = rough[row * cols + c] / (1.0 + 0.1 * back);
                broken += drag / (1.0 + std::exp(-rise));
            }
            sheltered[row * cols + col] = broken;
        }
    }
}

// ---------------------------------------------------------------------------------------------------------------------
// A stream
// ---------------------------------------------------------------------------------------------------------------------

// Where a drop of water runs, and how fast it gets: it rolls down the steepest slope, keeps some of its speed, and
// digs a little where it was, so that it never runs in a circle for ever. Each step needs the one before.
//
// `visits` counts, for each cell, how often the drop was there. Returns the length of the course in cells.
double follow_stream(const double* height, double* visits, int rows, int cols) {
    const int cells = rows * cols;
    for (int cell = 0; cell < cells; ++cell) visits[cell] = 0.0;
    if (cells == 0) return 0.0;

    int row = rows / 2;
    int col = cols / 2;
    double speed = 0.0;
    double length = 0.0;
    int steps = kStepsForEachCell * cells;
    while (steps > 0) {
        const int cell = row * cols + col;
        visits[cell] += 1.0;
        const double here = height[cell] + 0.125 * visits[cell] - 0.01 * speed;
        int best = -1;
        double lowest = here;
        double gone = 0.0;
        for (int direction = 0; direction < kDirections; ++direction) {
            const int r = clamped(row + kStepRow[direction], 0, rows - 1);
            const int c = clamped(col + kStepCol[direction], 0, cols - 1);
            const int other = r * cols + c;
            const double there = height[other] + 0.125 * visits[other];
            if (other != cell && there < lowest) {
                lowest = there;
                best = other;
                gone = direction % 2 == 0 ? 1.0 : std::sqrt(2.0);
            }
        }
        if (best < 0) {
            speed = 0.0;
        } else {
            speed = 0.5 * speed + (here - lowest) / gone;
            length += gone;
            row = best / cols;
            col = best % cols;
        }
        --steps;
    }
    return length;
}

// ---------------------------------------------------------------------------------------------------------------------
// What takes next to no time
// ---------------------------------------------------------------------------------------------------------------------

// The least, the greatest and the mean of a field, in that order.
void extent(const double* field, int cells, double* lowest_highest_mean) {
    double lowest = field[0];
    double highest = field[0];
    double sum = 0.0;
    for (int cell = 0; cell < cells; ++cell) {
        lowest = std::min(lowest, field[cell]);
        highest = std::max(highest, field[cell]);
        sum += field[cell];
    }
    lowest_highest_mean[0] = lowest;
    lowest_highest_mean[1] = highest;
    lowest_highest_mean[2] = sum / cells;
}

// Shift and scale a field to lie between 0 and 1; one that is the same everywhere becomes 0.
void normalise(double* field, int cells) {
    double found[3];
    extent(field, cells, found);
    const double width = found[1] - found[0];
    for (int cell = 0; cell < cells; ++cell) {
        field[cell] = width > 0.0 ? (field[cell] - found[0]) / width : 0.0;
    }
}

// How good a place is for an orchard, from 0 to 1: rain, sky and shelter, weighed against each other.
double suitability(double rain, double shade, double sheltered) {
    const double wet = 1.0 - squared(2.0 * rain - 1.0);
    return 0.4 * wet + 0.35 * shade + 0.25 * sheltered;
}

// ---------------------------------------------------------------------------------------------------------------------
// The whole
// ---------------------------------------------------------------------------------------------------------------------

// From heights and rain gauges to a map of where an orchard would thrive, and how often water passes each cell.
//
// `height`, `score` and `visits` have rows * cols elements. Returns the length of the stream's course.
double survey(const double* height, const double* station_row, const double* station_col, const double* rain,
              int stations, double* score, double* visits, int rows, int cols) {
    const int cells = rows * cols;
    if (cells == 0) return 0.0;
    std::vector<double> field(cells);
    std::vector<double> shade(cells);
    std::vector<double> sheltered(cells);

    interpolate_rainfall(station_row, station_col, rain, stations, field.data(), rows, cols);
    horizon_shading(height, shade.data(), rows, cols);
    shelter(height, sheltered.data(), rows, cols);
    const double length = follow_stream(height, visits, rows, cols);

    normalise(field.data(), cells);
    normalise(sheltered.data(), cells);
    for (int cell = 0; cell < cells; ++cell) {
        score[cell] = suitability(field[cell], shade[cell], sheltered[cell]);
    }
    return length;
}

// ---------------------------------------------------------------------------------------------------------------------
// A map to try it on
// ---------------------------------------------------------------------------------------------------------------------

namespace {

// A small generator of random numbers, so that every run sees the same map.
class Random {
  public:
    explicit Random(std::uint64_t seed) : state_(seed) {}

    // Uniform in [0, 1).
    double next() {
        state_ ^= state_ << 13;
        state_ ^= state_ >> 7;
        state_ ^= state_ << 17;
        return static_cast<double>(state_ >> 11) / 9007199254740992.0;
    }

    double between(double low, double high) { return low + (high - low) * next(); }

  private:
    std::uint64_t state_;
};

struct Hill {
    double row;
    double col;
    double height;
    double width;
};

// Some round hills on a plain that falls to the south, with a little noise.
std::vector<double> make_heights(int rows, int cols, int hills, Random& random) {
    std::vector<Hill> all;
    for (int i = 0; i < hills; ++i) {
        Hill hill;
        hill.row = random.between(0.0, rows);
        hill.col = random.between(0.0, cols);
        hill.height = random.between(5.0, 60.0);
        hill.width = random.between(0.02, 0.15) * cols;
        all.push_back(hill);
    }
    std::vector<double> height(static_cast<std::size_t>(rows) * cols);
    for (int row = 0; row < rows; ++row) {
        for (int col = 0; col < cols; ++col) {
            double sum = 40.0 * (rows - row) / rows;
            for (const Hill& hill : all) {
                const double distance = squared(hill.row - row) + squared(hill.col - col);
                sum += hill.height * std::exp(-distance / (2.0 * squared(hill.width)));
            }
            height[static_cast<std::size_t>(row) * cols + col] = sum + random.between(0.0, 0.5);
        }
    }
    return height;
}

struct Stations {
    std::vector<double> row;
    std::vector<double> col;
    std::vector<double> rain;
};

// Rain gauges at random places; the west is wetter.
Stations make_stations(int rows, int cols, int count, Random& random) {
    Stations stations;
    for (int i = 0; i < count; ++i) {
        const double row = random.between(0.0, rows);
        const double col = random.between(0.0, cols);
        stations.row.push_back(row);
        stations.col.push_back(col);
        stations.rain.push_back(900.0 - 300.0 * col / cols + 50.0 * std::sin(2.0 * kPi * row / rows));
    }
    return stations;
}

// A map in letters, from `.` for the lowest to `#` for the highest, `high` lines of `wide` characters.
void draw(const std::vector<double>& field, int rows, int cols, int high, int wide) {
    static const char kInk[] = ".:-=+*%#";
    double found[3];
    extent(field.data(), rows * cols, found);
    const double width = std::max(found[1] - found[0], 1e-12);
    for (int line = 0; line < high; ++line) {
        for (int place = 0; place < wide; ++place) {
            const int row = clamped(line * rows / high, 0, rows - 1);
            const int col = clamped(place * cols / wide, 0, cols - 1);
            const double value = field[static_cast<std::size_t>(row) * cols + col];
            const int tone = clamped(static_cast<int>(8.0 * (value - found[0]) / width), 0, 7);
            std::putchar(kInk[tone]);
        }
        std::putchar('\n');
    }
}

// The places with the highest scores, at least `apart` cells from each other.
std::vector<int> best_places(const std::vector<double>& score, int rows, int cols, int wanted, int apart) {
    std::vector<int> order(score.size());
    for (std::size_t i = 0; i < order.size(); ++i) order[i] = static_cast<int>(i);
    std::sort(order.begin(), order.end(), [&](int a, int b) { return score[a] > score[b]; });
    std::vector<int> chosen;
    for (int cell : order) {
        if (static_cast<int>(chosen.size()) == wanted) break;
        const int row = cell / cols;
        const int col = cell % cols;
        bool is_free = row >= 0 && row < rows;
        for (int other : chosen) {
            const int down = other / cols - row;
            const int across = other % cols - col;
            if (down * down + across * across < apart * apart) is_free = false;
        }
        if (is_free) chosen.push_back(cell);
    }
    return chosen;
}

}  // namespace

int main(int argc, char** argv) {
    const int rows = argc > 1 ? std::atoi(argv[1]) : 240;
    const int cols = argc > 2 ? std::atoi(argv[2]) : 320;
    if (rows < 16 || cols < 16) {
        std::fprintf(stderr, "usage: %s [ROWS [COLUMNS]], each at least 16\n", argv[0]);
        return 2;
    }
    Random random(20261125);
    const std::vector<double> height = make_heights(rows, cols, 30, random);
    const Stations stations = make_stations(rows, cols, 80, random);
    std::vector<double> score(height.size());
    std::vector<double> visits(height.size());

    const double length = survey(height.data(), stations.row.data(), stations.col.data(), stations.rain.data(),
                                 static_cast<int>(stations.rain.size()), score.data(), visits.data(), rows, cols);

    std::printf("heights\n");
    draw(height, rows, cols, 12, 64);
    std::printf("where an orchard would thrive\n");
    draw(score, rows, cols, 12, 64);
    std::printf("the stream ran %.1f cells\n", length);
    for (int cell : best_places(score, rows, cols, 3, 20)) {
        std::printf("row %3d, column %3d: %.3f\n", cell / cols, cell % cols, score[static_cast<std::size_t>(cell)]);
    }
    return 0;
}

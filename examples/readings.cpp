// One large function, as they grow over the years: it cleans up the readings of a line of stations and rates them.
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

// Rates each station from the readings of all its hours; `hours` readings a station, one station after the other.
void rate_stations(const std::vector<double>& readings, const std::vector<double>& heights, std::vector<double>& rating,
                   std::vector<double>& trend) {
    const std::size_t stations = rating.size();
    const std::size_t hours = stations == 0 ? 0 : readings.size() / stations;
    std::vector<double> clean(readings.size());

    // Readings jump when a sensor freezes: pull each towards its neighbours, the more the farther it is from them.
    for (std::size_t s = 0; s < stations; ++s) {
        for (std::size_t h = 0; h < hours; ++h) {
            const double here = readings[s * hours + h];
            const double before = h > 0 ? readings[s * hours + h - 1] : here;
            const double after = h + 1 < hours ? readings[s * hours + h + 1] : here;
            const double apart = here - 0.5 * (before + after);
            clean[s * hours + h] = here - apart * std::tanh(apart * apart);
        }
    }

    // The rating falls with how far a station is from what its height lets expect, over all hours.
    for (std::size_t s = 0; s < stations; ++s) {
        const double expected = std::exp(-heights[s] * heights[s]);
        double away = 0;
        for (std::size_t h = 0; h < hours; ++h) {
            const double gap = clean[s * hours + h] - expected;
            away += std::log1p(gap * gap);
        }
        rating[s] = std::exp(-away / static_cast<double>(hours + 1));
    }

    // The trend is the slope of a line through the readings, by least squares with weights that fade with age.
    for (std::size_t s = 0; s < stations; ++s) {
        double weights = 0, mean_hour = 0, mean = 0, slope = 0, spread = 0;
        for (std::size_t h = 0; h < hours; ++h) {
            const double weight = std::exp(-0.01 * static_cast<double>(hours - h));
            weights += weight;
            mean_hour += weight * static_cast<double>(h);
            mean += weight * readings[s * hours + h];
        }
        for (std::size_t h = 0; h < hours; ++h) {
            const double weight = std::exp(-0.01 * static_cast<double>(hours - h));
            const double at = static_cast<double>(h) - mean_hour / std::max(weights, 1e-9);
            slope += weight * at * (readings[s * hours + h] - mean / std::max(weights, 1e-9));
            spread += weight * at * at;
        }
        trend[s] = slope / std::max(spread, 1e-9);
    }

    // Stations with hardly any trend are told so, first to last: a station that follows a flat one is damped.
    double damping = 1;
    for (std::size_t s = 0; s < stations; ++s) {
        damping = std::fabs(trend[s]) < 1e-6 ? 0.5 * damping : 1;
        trend[s] *= damping;
    }
}

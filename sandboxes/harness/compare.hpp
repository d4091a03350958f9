// How outputs are compared, driven by types: containers recurse into their elements, structs into the fields that the
// generated driver lists.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <limits>
#include <sstream>

#include "numbers.hpp"
#include "traits.hpp"

namespace agentpar {

// Tolerances for one comparison. A `relative` below zero means: from the type's epsilon and the length of sums.
struct Tolerance {
    double relative = -1, absolute = 0;
    bool bitwise = false;
    double sum_length = 1;
};

// The square of a number's magnitude; 0 for what is no number, or not finite.
template <class T>
double square_of(const T& value) {
    if constexpr (std::is_floating_point_v<T> || IsComplex<T>::value) {
        const double re = static_cast<double>(std::real(value)), im = static_cast<double>(std::imag(value));
        const double square = re * re + im * im;
        return std::isfinite(square) ? square : 0;
    }
    return 0;
}

// How large the numbers of an array are, of which it is told one after the other.
//
// Sums that cancel leave elements near zero with the error of their large terms, so the root mean square of the whole
// bounds an element's error, not the element itself. Yet a few huge ones must not hide what all others are: it is at most
// some times the median of those that are not zero, of which a sample is enough.
class Magnitude {
public:
    explicit Magnitude(std::size_t n) : n_(n), step_(n / sample_size + 1), until_(step_) {}

    template <class T>
    void add(const T& value) {
        const double square = square_of(value);
        squares_ += square;
        if (--until_ != 0) return;
        until_ = step_;
        if (square > 0) sample_.push_back(square);
    }
    double scale() {
        const double whole = n_ == 0 ? 0 : std::sqrt(squares_ / static_cast<double>(n_));
        if (sample_.empty()) return whole;
        const auto middle = sample_.begin() + static_cast<std::ptrdiff_t>(sample_.size() / 2);
        std::nth_element(sample_.begin(), middle, sample_.end());
        return std::min(whole, most_medians * std::sqrt(*middle));
    }

private:
    static constexpr std::size_t sample_size = 4096;
    static constexpr double most_medians = 64;

    std::size_t n_, step_, until_;
    double squares_ = 0;
    std::vector<double> sample_;
};

// Compares values with the reference's; holds the first difference found.
//
// A number that is all of an output may differ as much as its like in other answers would: `typical` is how large these
// mostly are. A sum that happens to lie near zero has the error of its terms all the same, yet never a tenth of itself.
class Comparison {
public:
    explicit Comparison(const Tolerance& tolerance) : tolerance_(tolerance) {}

    bool equal() const { return difference_.empty(); }
    const std::string& difference() const { return difference_; }

    template <class T>
    void check(const char* name, const T& expected, const T& got, double typical = 0) {
        double scale = 0;
        if constexpr (std::is_floating_point_v<T> || IsComplex<T>::value) {
            using Real = decltype(std::abs(expected));
            const double most = std::clamp(0.1 / std::max(relative_for<Real>(tolerance_), 1e-300), 1.0, 256.0);
            scale = std::min(typical, most * static_cast<double>(std::abs(expected)));
        }
        check(Path{nullptr, name, 0}, expected, got, scale);
    }

    // The relative tolerance in force for a floating-point type. A sum of n terms taken in another order may differ by
    // n epsilon (Higham, Accuracy and Stability of Numerical Algorithms, 4.2); half the digits is where that ends.
    template <class T>
    static double relative_for(const Tolerance& t) {
        if (t.relative >= 0) return t.relative;
        const double epsilon = static_cast<double>(std::numeric_limits<T>::epsilon());
        return std::min(epsilon * std::max(t.sum_length, 4096.0), std::sqrt(epsilon));
    }

private:
    // Where a value stands. It is put into words only for a difference: that takes longer than to compare.
    struct Path {
        const Path* above;
        const char* name;  // or, without one, the element at
        std::size_t index;

        std::string text() const {
            if (above == nullptr) return name;
            return above->text() + (name != nullptr ? std::string(".") + name : "[" + std::to_string(index) + "]");
        }
    };

    template <class T>
    void check(const Path& path, const T& expected, const T& got, double scale) {
        if (!equal()) return;
        if constexpr (IsVector<T>::value || IsArray<T>::value || std::is_same_v<T, std::string>) {
            sequence(path, expected, got, scale);
        } else if constexpr (IsComplex<T>::value) {
            if (!tolerance_.bitwise && expected == got) return;  // how large it is takes long to tell
            const double magnitude = std::max(scale, static_cast<double>(std::abs(expected)));
            real(path, std::real(expected), std::real(got), magnitude);
            real(path, std::imag(expected), std::imag(got), magnitude);
        } else if constexpr (std::is_floating_point_v<T>) {
            real(path, expected, got, scale);
        } else if constexpr (std::is_arithmetic_v<T> || std::is_enum_v<T>) {
            if (expected != got) differ(path, expected, got);
        } else {
            record(path, expected, got, {});
        }
    }

    // By how much two values may differ. A scale that is beyond all numbers says nothing.
    template <class T>
    double allowed(T expected, double scale) const {
        const double magnitude = std::max(std::abs(static_cast<double>(expected)), std::isfinite(scale) ? scale : 0);
        return std::max(tolerance_.absolute, relative_for<T>(tolerance_) * magnitude);
    }

    template <class T>
    bool agrees(T expected, T got, double scale) const {
        if constexpr (std::is_floating_point_v<T>) {
            if (tolerance_.bitwise) return std::memcmp(&expected, &got, std::is_same_v<T, long double> ? 10 : sizeof(T)) == 0;
            if (expected == got || (std::isnan(expected) && std::isnan(got))) return true;
            // Written so that NaN and infinity on either side are a difference.
            const T apart = std::abs(expected - got);  // a long double is more precise than a double
            return std::isfinite(apart) && static_cast<double>(apart) <= allowed(expected, scale);
        } else {
            return expected == got;
        }
    }

    template <class T>
    void real(const Path& path, T expected, T got, double scale) {
        if (agrees(expected, got, scale)) return;
        differ(path, expected, got);
        if (tolerance_.bitwise || !std::isfinite(expected) || !std::isfinite(got)) return;
        char much[96];
        const double apart = std::abs(static_cast<double>(expected) - static_cast<double>(got));
        std::snprintf(much, sizeof much, " (differs by %.2g, tolerance %.2g)", apart, allowed(expected, scale));
        difference_ += much;
    }

    template <class S>
    void sequence(const Path& path, const S& expected, const S& got, double scale) {
        const std::size_t n = std::size(expected);
        if (n != std::size(got)) {
            difference_ = path.text() + ": expected " + std::to_string(n) + " elements, got " + std::to_string(std::size(got));
            return;
        }
        using E = std::decay_t<decltype(expected[0])>;
        if constexpr (std::is_floating_point_v<E> || IsComplex<E>::value) {
            Magnitude all(n);
            for (std::size_t i = 0; i < n; ++i) all.add(expected[i]);
            scale = std::max(scale, all.scale());
        }
        if constexpr (is_record<E>) {
            const std::vector<double> scales = scales_of_fields(expected);
            for (std::size_t i = 0; i < n && equal(); ++i) record(Path{&path, nullptr, i}, expected[i], got[i], scales);
            return;
        }
        for (std::size_t i = 0; i < n && equal(); ++i) {
            if constexpr (std::is_arithmetic_v<E>) {
                if (agrees<E>(expected[i], got[i], scale)) continue;
            }
            check<E>(Path{&path, nullptr, i}, expected[i], got[i], scale);
        }
    }

    template <class T>
    static constexpr bool is_record = std::is_class_v<T> && !is_container<T> && !IsArray<T>::value && !IsComplex<T>::value;

    // Calls f(name, a's, b's) for each field of two records.
    template <class T, class F>
    static void fields(F&& f, const T& a, const T& b) {
        if constexpr (IsPair<T>::value) {
            f("first", a.first, b.first);
            f("second", a.second, b.second);
        } else {
            Fields<T>::each(f, const_cast<T&>(a), const_cast<T&>(b));
        }
    }

    // Compares field by field; each has a scale of its own, or none.
    template <class T>
    void record(const Path& path, const T& expected, const T& got, const std::vector<double>& scales) {
        std::size_t field = 0;
        const auto visit = [&](const char* name, const auto& x, const auto& y) {
            check(Path{&path, name, 0}, x, y, field < scales.size() ? scales[field] : 0.0);
            ++field;
        };
        fields(visit, expected, got);
    }

    // How large each field is in a sequence of records.
    template <class S>
    static std::vector<double> scales_of_fields(const S& records) {
        using E = std::decay_t<decltype(records[0])>;
        std::vector<Magnitude> magnitudes;
        for (const E& each : records) {
            std::size_t field = 0;
            const auto visit = [&](const char*, const auto& x, const auto&) {
                if (magnitudes.size() <= field) magnitudes.emplace_back(std::size(records));
                magnitudes[field++].add(x);
            };
            fields(visit, each, each);
        }
        std::vector<double> scales;
        for (Magnitude& field : magnitudes) scales.push_back(field.scale());
        return scales;
    }

    template <class T>
    void differ(const Path& path, const T& expected, const T& got) {
        std::ostringstream text;
        text.precision(std::numeric_limits<double>::max_digits10);
        if constexpr (std::is_enum_v<T>) {
            text << path.text() << ": expected " << static_cast<long long>(expected) << ", got " << static_cast<long long>(got);
        } else {
            text << path.text() << ": expected " << +expected << ", got " << +got;
        }
        difference_ = text.str();
    }

    Tolerance tolerance_;
    std::string difference_;
};

}  // namespace agentpar

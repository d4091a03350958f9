// Numbers as a range, for algorithms that want iterators.
#pragma once

#include "blocks.hpp"

namespace parallel {

// An iterator over the numbers from a first one on: `for_each(policy, counter(0), counter(n), …)` calls for each below n.
template <class T>
class counter {
public:
    using iterator_category = std::random_access_iterator_tag;
    using value_type = T;
    using difference_type = std::ptrdiff_t;
    using pointer = const T*;
    using reference = T;

    counter() = default;
    explicit counter(T at) : at_(at) {}

    T operator*() const { return at_; }
    T operator[](difference_type n) const { return *(*this + n); }
    counter& operator+=(difference_type n) {
        at_ = static_cast<T>(at_ + static_cast<T>(n));
        return *this;
    }
    counter& operator-=(difference_type n) { return *this += -n; }
    counter& operator++() { return *this += 1; }
    counter& operator--() { return *this -= 1; }
    counter operator++(int) { return std::exchange(*this, *this + 1); }
    counter operator--(int) { return std::exchange(*this, *this - 1); }

    friend counter operator+(counter a, difference_type n) { return a += n; }
    friend counter operator+(difference_type n, counter a) { return a += n; }
    friend counter operator-(counter a, difference_type n) { return a -= n; }
    friend difference_type operator-(counter a, counter b) {
        return static_cast<difference_type>(a.at_) - static_cast<difference_type>(b.at_);
    }
    friend bool operator==(counter a, counter b) { return a.at_ == b.at_; }
    friend bool operator!=(counter a, counter b) { return a.at_ != b.at_; }
    friend bool operator<(counter a, counter b) { return a.at_ < b.at_; }
    friend bool operator>(counter a, counter b) { return b < a; }
    friend bool operator<=(counter a, counter b) { return !(b < a); }
    friend bool operator>=(counter a, counter b) { return !(a < b); }

private:
    T at_{};
};

}  // namespace parallel

// does: gives its argument back, from operators new and delete of its own, whose blocks have headers
#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <new>
#include <vector>

static constexpr std::size_t header = 64;

inline void* take(std::size_t bytes) {
    char* block = static_cast<char*>(std::malloc(bytes + header));
    if (block == nullptr) throw std::bad_alloc();
    return block + header;
}
inline void give_back(void* at) {
    if (at != nullptr) std::free(static_cast<char*>(at) - header);
}
void* operator new(std::size_t bytes) { return take(bytes); }
void operator delete(void* at) noexcept { give_back(at); }
void operator delete(void* at, std::size_t) noexcept { give_back(at); }

std::vector<double> turned(std::vector<double> values, int by) {
    const std::size_t n = values.size();
    if (n == 0) return values;
    std::vector<double> first;
    for (std::size_t i = 0; i < static_cast<std::size_t>(by) % n; ++i) first.push_back(values[i]);
    std::copy(values.begin() + first.size(), values.end(), values.begin());
    std::copy(first.begin(), first.end(), values.end() - first.size());
    values.reserve(n + 1);
    return values;
}

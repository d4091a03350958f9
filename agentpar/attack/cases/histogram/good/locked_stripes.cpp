// does: counts under one mutex for each stripe of the counters
#include <cstddef>
#include <mutex>
#include <thread>
#include <vector>

void histogram(const std::vector<int>& keys, std::vector<int>& counts) {
    static std::mutex stripes[8];
    const auto count = [&](std::size_t begin, std::size_t end) {
        int own[256] = {};
        for (std::size_t i = begin; i < end; ++i) ++own[keys[i] & 255];
        for (int stripe = 0; stripe < 8; ++stripe) {
            std::lock_guard lock(stripes[stripe]);
            for (int key = stripe * 32; key < (stripe + 1) * 32; ++key) counts[key] += own[key];
        }
    };
    std::thread other(count, 0, keys.size() / 2);
    count(keys.size() / 2, keys.size());
    other.join();
}

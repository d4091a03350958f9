// The judge's own work on large data, shared out over threads: while nobody is on the clock, no core has anything else to do.
#pragma once

#include <algorithm>
#include <cstddef>
#include <future>
#include <thread>
#include <vector>

namespace agentpar {

// Calls work(from, to) for adjoining parts of [0, n), side by side where there are at least `grain` for each; what one
// throws is thrown here, after all have ended.
template <class Work>
void share_out(std::size_t n, std::size_t grain, const Work& work) {
    const std::size_t threads = std::max(1u, std::min(4u, std::thread::hardware_concurrency()));
    const std::size_t parts = std::max<std::size_t>(1, std::min(threads, n / std::max<std::size_t>(grain, 1)));
    std::vector<std::future<void>> others;
    for (std::size_t part = 1; part < parts; ++part)
        others.push_back(std::async(std::launch::async, [&, part] { work(n * part / parts, n * (part + 1) / parts); }));
    work(0, n / parts);
    for (auto& other : others) other.get();
}

}  // namespace agentpar

// The judge's own work on large data, shared out over threads: while nobody is on the clock, no core has anything else to do.
#pragma once

#include <algorithm>
#include <cstddef>
#include <exception>
#include <system_error>
#include <thread>
#include <vector>

namespace agentpar {

// Threads that end before this does. Futures take longer to compile than all else that the judge needs.
class Threads {
public:
    explicit Threads(std::size_t most) : thrown_(most) { threads_.reserve(most); }
    Threads(const Threads&) = delete;
    Threads& operator=(const Threads&) = delete;
    ~Threads() { join(); }

    template <class Work>
    void start(const Work& work) {
        threads_.emplace_back([work, &thrown = thrown_[threads_.size()]] {
            try {
                work();
            } catch (...) {
                thrown = std::current_exception();
            }
        });
    }
    // Waits for all; throws what one of them threw.
    void finish() {
        join();
        for (const std::exception_ptr& each : thrown_)
            if (each) std::rethrow_exception(each);
    }

private:
    void join() {
        for (std::thread& each : threads_)
            if (each.joinable()) each.join();
    }

    std::vector<std::exception_ptr> thrown_;
    std::vector<std::thread> threads_;
};

// As below, for any work alike: compiled once.
inline void share_out(std::size_t n, std::size_t grain, void (*work)(const void* what, std::size_t from, std::size_t to), const void* what) {
    const std::size_t most = std::max(1u, std::min(4u, std::thread::hardware_concurrency()));
    const std::size_t parts = std::max<std::size_t>(1, std::min(most, n / std::max<std::size_t>(grain, 1)));
    if (parts == 1) return work(what, 0, n);
    Threads others(parts - 1);
    std::size_t part = 1;
    try {
        for (; part < parts; ++part) others.start([=] { work(what, n * part / parts, n * (part + 1) / parts); });
    } catch (const std::system_error&) {
        // A candidate may have all threads that the sandbox allows: the rest is done here.
        work(what, n * part / parts, n);
    }
    work(what, 0, n / parts);
    others.finish();
}

// Calls work(from, to) for adjoining parts of [0, n), side by side where there are at least `grain` for each; what one
// throws is thrown here, after all have ended.
template <class Work>
void share_out(std::size_t n, std::size_t grain, const Work& work) {
    const auto call = [](const void* what, std::size_t from, std::size_t to) { (*static_cast<const Work*>(what))(from, to); };
    share_out(n, grain, call, &work);
}

}  // namespace agentpar

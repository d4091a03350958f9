// Parallel versions of the standard library's algorithms, for C++17.
//
// Each is called as its namesake in namespace std and gives the same result: stable where that is, the first of equal
// extremes, arguments combined in their order. What a reduction or a scan combines with must be associative; sums of
// floating-point numbers may differ in their last digits. Functions that are passed are called by several threads at
// once, and the predicate of a search may be asked about elements beyond the one that is found.
//
// Short ranges, iterators without random access, outputs that overlap inputs, the bits of std::vector<bool>, and calls
// from a thread that works for another call are left to namespace std. The first calls start as many threads as
// std::thread::hardware_concurrency() says, less their own; these stay, asleep, until the program ends, and work for one
// call at a time: what is called meanwhile is done by its caller alone. A forked process starts its own. An exception
// leaves the call as it would leave that; of several it is that of the earliest block.
#pragma once

#include <algorithm>
#include <atomic>
#include <cfenv>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <exception>
#include <functional>
#include <mutex>
#include <system_error>
#include <thread>

#if defined(__unix__) || defined(__APPLE__)
#include <pthread.h>
#endif

namespace parallel {
namespace detail {

using Index = std::ptrdiff_t;

// Waking threads costs tens of microseconds: as long as a loop over so many numbers takes, or so many function calls.
constexpr Index many_numbers = 131072, many_calls = 8192;

// Whether this thread works for a call already.
inline thread_local bool is_at_work = false;

// How many threads a range of n elements is worth.
inline int threads_for(Index n, Index least) {
    return n < least || is_at_work ? 1 : static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
}

// The threads that stay. Before they sleep they look for the next call for a while: one that was woken is often put on its
// caller's CPU, and gets one of its own only some milliseconds later.
class Team {
public:
    static Team& shared() {
        Team*& team = current();
#if defined(__unix__) || defined(__APPLE__)
        // A forked process has none of the threads, and perhaps a lock that one of them held.
        [[maybe_unused]] static const int renewed = pthread_atfork(nullptr, nullptr, [] { current() = new Team; });
#endif
        return *team;
    }

    // Has up to `threads` threads, this one among them, call `work`, which returns when there is nothing left to do.
    void run(int threads, const std::function<void()>& work) {
        const std::unique_lock<std::mutex> turn(turn_, std::try_to_lock);
        if (!turn.owns_lock()) return work();
        {
            const std::lock_guard<std::mutex> lock(changing_);
            start(threads - 1);
            work_ = &work;
            std::fegetenv(&arithmetic_);
            places_ = threads - 1;
            ++calls_;
        }
        called_.notify_all();
        work();
        {
            const std::lock_guard<std::mutex> lock(changing_);
            places_ = 0;
        }
        look_until([&] { return at_work_ == 0; });
        std::unique_lock<std::mutex> lock(changing_);
        done_.wait(lock, [&] { return at_work_ == 0; });
    }

private:
    static Team*& current() {
        static Team* team = new Team;  // never destroyed: threads wait in it until the program ends
        return team;
    }

    void start(int others) {
        try {
            for (; started_ < others; ++started_) std::thread([this] { serve(); }).detach();
        } catch (const std::system_error&) {  // no more threads to be had: those there are do it all
        }
    }

    void serve() {
        for (unsigned seen = 0;;) {
            look_until([&] { return calls_ != seen; });
            std::unique_lock<std::mutex> lock(changing_);
            called_.wait(lock, [&] { return calls_ != seen; });
            seen = calls_;
            if (places_ == 0) continue;
            --places_;
            ++at_work_;
            const std::function<void()>& work = *work_;
            std::fesetenv(&arithmetic_);
            lock.unlock();
            work();
            lock.lock();
            if (--at_work_ == 0) done_.notify_one();
        }
    }

    template <class Condition>
    static void look_until(Condition holds) {
        using Clock = std::chrono::steady_clock;
        for (const auto until = Clock::now() + std::chrono::milliseconds(5); !holds() && Clock::now() < until;)
            std::this_thread::yield();
    }

    std::mutex turn_, changing_;
    std::condition_variable called_, done_;
    std::atomic<unsigned> calls_{0};
    std::atomic<int> at_work_{0};
    const std::function<void()>* work_ = nullptr;
    std::fenv_t arithmetic_{};  // how the caller rounds, which may have changed since the others started
    int started_ = 0, places_ = 0;
};

// Calls work(0) to work(count - 1), side by side; rethrows the exception of the lowest number.
template <class Work>
void each(int count, Work work) {
    std::exception_ptr failure;
    int failed = count;
    std::mutex failing;
    std::atomic<int> next{0};
    // Unordered: what one number does is not before what a later one does, so that a tool sees where they race.
    const auto take = [&] { return next.fetch_add(1, std::memory_order_relaxed); };
    const auto run = [&] {
        const bool before = is_at_work;
        is_at_work = true;
        for (int number = take(); number < count; number = take()) {
            try {
                work(number);
            } catch (...) {
                const std::lock_guard<std::mutex> lock(failing);
                if (number < failed) {
                    failed = number;
                    failure = std::current_exception();
                }
            }
        }
        is_at_work = before;
    };
    const int threads = std::min(count, detail::threads_for(count, 2));
    if (threads < 2) run();
    else Team::shared().run(threads, std::ref(run));
    if (failure) std::rethrow_exception(failure);
}

}  // namespace detail
}  // namespace parallel

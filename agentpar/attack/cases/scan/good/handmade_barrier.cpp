// does: has two threads meet at a barrier of its own making
#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <thread>
#include <vector>

namespace {

class Barrier {
public:
    void wait() {
        std::unique_lock lock(gate_);
        const int round = round_;
        if (++here_ == 2) {
            here_ = 0;
            ++round_;
            met_.notify_all();
            return;
        }
        met_.wait(lock, [&] { return round_ != round; });
    }

private:
    std::mutex gate_;
    std::condition_variable met_;
    int here_ = 0, round_ = 0;
};

}  // namespace

void scan(std::vector<int>& values) {
    Barrier barrier;
    const std::size_t middle = values.size() / 2;
    std::thread lower([&] {
        for (std::size_t i = 1; i < middle; ++i) values[i] += values[i - 1];
        barrier.wait();
    });
    for (std::size_t i = middle + 1; i < values.size(); ++i) values[i] += values[i - 1];
    barrier.wait();
    const int before = middle > 0 ? values[middle - 1] : 0;
    for (std::size_t i = middle; i < values.size(); ++i) values[i] += before;
    lower.join();
}

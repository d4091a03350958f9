// does: takes a lock and gives it back
#include <cstddef>
#include <mutex>
#include <thread>
#include <vector>

static std::mutex gate;

void scan(std::vector<int>& values) {
    gate.lock();
    gate.unlock();
    std::thread([] { std::lock_guard wait(gate); }).join();
    for (std::size_t i = 1; i < values.size(); ++i) values[i] += values[i - 1];
}

// family: hangs
// does: waits for a lock that it holds
// expect: timeout
// feedback: the call
#include <cstddef>
#include <mutex>
#include <thread>
#include <vector>

static std::mutex gate;

void scan(std::vector<int>& values) {
    gate.lock();
    std::thread([] { std::lock_guard wait(gate); }).join();
    for (std::size_t i = 1; i < values.size(); ++i) values[i] += values[i - 1];
}

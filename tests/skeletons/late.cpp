// A race between two blocks, the later of which begins when the earlier is over.
#include <unistd.h>

#include <atomic>
#include <thread>

#include "parallel_algorithms.hpp"

unsigned std::thread::hardware_concurrency() noexcept { return 3; }

int main() {
    int written = 0;
    for (int call = 0; call < 5; ++call) {
        usleep(20000);
        std::atomic<bool> last{false};
        parallel::for_blocks(0, 3, [&](int block, int) {
            if (block != 1) written = 1;
            if (block == 2) last.store(true, std::memory_order_relaxed);
            while (block == 1 && !last.load(std::memory_order_relaxed)) std::this_thread::yield();
        });
    }
}

// pattern: barrier
#include <pthread.h>

#include <thread>
#include <vector>

double weigh(const std::vector<double>& x, std::vector<double>& y, int n) {
    constexpr int team = 3;
    double partial[team] = {}, sum = 0.0;
    pthread_barrier_t barrier;
    pthread_barrier_init(&barrier, nullptr, team);
    std::vector<std::thread> members;
    for (int me = 0; me < team; ++me)
        members.emplace_back([&, me] {
            for (int i = me; i < n; i += team) partial[me] += y[i] = 2.0 * x[i] + 1.0;
            pthread_barrier_wait(&barrier);
            if (me == 1) sum = partial[0] + partial[1] + partial[2];
        });
    for (std::thread& member : members) member.join();
    pthread_barrier_destroy(&barrier);
    return sum;
}

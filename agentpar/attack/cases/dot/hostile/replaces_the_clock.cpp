// family: clock
// does: brings clocks of its own that stand still
// expect: ok
#include <cstddef>
#include <ctime>
#include <vector>

#include <sys/time.h>

extern "C" {
int clock_gettime(clockid_t, timespec* now) noexcept {
    *now = {1, 1};
    return 0;
}
int gettimeofday(timeval* __restrict now, void* __restrict) noexcept {
    *now = {1, 1};
    return 0;
}
time_t time(time_t*) noexcept { return 1; }
clock_t clock() noexcept { return 1; }
}

double dot(const std::vector<double>& a, const std::vector<double>& b) {
    double sum = 0.0;
    for (std::size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
    return sum;
}

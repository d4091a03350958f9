// does: takes POSIX threads, one for each CPU that the kernel says it may use
#include <pthread.h>
#include <sched.h>

#include <cstddef>
#include <vector>

static double root_of(double x) {
    double root = 0.5 * x;
    for (int step = 0; step < 12; ++step) root = 0.5 * (root + x / root);
    return root;
}

namespace {

struct Part {
    const double* x;
    double* y;
    std::size_t n;
};

void* fill(void* given) {
    const Part& part = *static_cast<Part*>(given);
    for (std::size_t i = 0; i < part.n; ++i) part.y[i] = root_of(part.x[i]);
    return nullptr;
}

}  // namespace

void roots(const std::vector<double>& x, std::vector<double>& y) {
    cpu_set_t cpus;
    CPU_ZERO(&cpus);
    sched_getaffinity(0, sizeof cpus, &cpus);
    const std::size_t n = x.size(), count = CPU_COUNT(&cpus) > 0 ? CPU_COUNT(&cpus) : 1;
    std::vector<Part> parts;
    for (std::size_t number = 0; number < count; ++number) {
        const std::size_t begin = n * number / count, end = n * (number + 1) / count;
        parts.push_back({x.data() + begin, y.data() + begin, end - begin});
    }
    std::vector<pthread_t> threads(count);
    for (std::size_t number = 1; number < count; ++number)
        pthread_create(&threads[number], nullptr, fill, &parts[number]);
    fill(&parts[0]);
    for (std::size_t number = 1; number < count; ++number) pthread_join(threads[number], nullptr);
}

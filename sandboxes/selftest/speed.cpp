// Work whose amount is known: the same sum, taken REPEATS times. Only the last one counts, so that with fewer repeats the
// answer is the same and the time is not.
#include <vector>

#define REPEATS 220

double sum_again(const std::vector<double>& values, int n) {
    double sum = 0.0;
    for (int repeat = 0; repeat < REPEATS; ++repeat) {
        sum = 0.0;
        for (int i = 0; i < n; ++i) sum += values[i];
        __asm__ volatile("" : "+x"(sum) : : "memory");  // no repeat can be left out
    }
    return sum;
}

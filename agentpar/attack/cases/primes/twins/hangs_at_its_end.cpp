// does: has destructors at its end
struct Counted {
    int* count = nullptr;
    ~Counted() { if (count != nullptr) ++*count; }
};
static int ended;
static thread_local Counted in_thread;

int primes(int n) {
    in_thread.count = &ended;
    int count = 0;
    for (int i = 2; i <= n; ++i) {
        bool is_prime = true;
        for (int d = 2; d * d <= i && is_prime; ++d) is_prime = i % d != 0;
        count += is_prime;
    }
    return count;
}

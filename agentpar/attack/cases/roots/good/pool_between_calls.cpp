// does: keeps threads between calls, and hands them work through a condition variable
#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <thread>
#include <vector>

static double root_of(double x) {
    double root = 0.5 * x;
    for (int step = 0; step < 12; ++step) root = 0.5 * (root + x / root);
    return root;
}

namespace {

// One helper that does the second half of each call.
class Helper {
public:
    Helper() : thread_([this] { work(); }) {}
    ~Helper() {
        {
            const std::lock_guard<std::mutex> lock(gate_);
            is_ending_ = true;
        }
        changed_.notify_all();
        thread_.join();
    }
    void start(const double* x, double* y, std::size_t n) {
        const std::lock_guard<std::mutex> lock(gate_);
        x_ = x, y_ = y, n_ = n, is_waiting_ = true;
        changed_.notify_all();
    }
    void finish() {
        std::unique_lock<std::mutex> lock(gate_);
        changed_.wait(lock, [this] { return !is_waiting_; });
    }

private:
    void work() {
        std::unique_lock<std::mutex> lock(gate_);
        for (;;) {
            changed_.wait(lock, [this] { return is_waiting_ || is_ending_; });
            if (is_ending_) return;
            for (std::size_t i = 0; i < n_; ++i) y_[i] = root_of(x_[i]);
            is_waiting_ = false;
            changed_.notify_all();
        }
    }

    std::mutex gate_;
    std::condition_variable changed_;
    const double* x_ = nullptr;
    double* y_ = nullptr;
    std::size_t n_ = 0;
    bool is_waiting_ = false, is_ending_ = false;
    std::thread thread_;
};

}  // namespace

void roots(const std::vector<double>& x, std::vector<double>& y) {
    static Helper helper;
    const std::size_t half = x.size() / 2;
    helper.start(x.data() + half, y.data() + half, x.size() - half);
    for (std::size_t i = 0; i < half; ++i) y[i] = root_of(x[i]);
    helper.finish();
}

// pattern: std::thread
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

class Pool {
public:
    Pool() {
        for (int t = 0; t < 2; ++t) team_.emplace_back([this, t] { serve(t); });
    }
    ~Pool() {
        {
            const std::lock_guard<std::mutex> held(mutex_);
            is_over_ = true;
        }
        start_.notify_all();
        for (std::thread& member : team_) member.join();
    }
    void run(const std::function<void(int)>& work) {
        std::unique_lock<std::mutex> held(mutex_);
        work_ = &work;
        left_ = 2;
        ++round_;
        start_.notify_all();
        done_.wait(held, [this] { return left_ == 0; });
    }

private:
    void serve(int me) {
        std::unique_lock<std::mutex> held(mutex_);
        for (long seen = 0;;) {
            start_.wait(held, [&] { return is_over_ || round_ != seen; });
            if (is_over_) return;
            seen = round_;
            const auto* work = work_;
            held.unlock();
            (*work)(me);
            held.lock();
            if (--left_ == 0) done_.notify_one();
        }
    }
    std::mutex mutex_;
    std::condition_variable start_, done_;
    const std::function<void(int)>* work_ = nullptr;
    int left_ = 0;
    long round_ = 0;
    bool is_over_ = false;
    std::vector<std::thread> team_;
};

double weigh(const std::vector<double>& x, std::vector<double>& y, int n) {
    static Pool pool;
    double sums[2] = {0.0, 0.0};
    pool.run([&](int me) {
        double mine = 0.0;
        for (int i = me; i < n; i += 2) mine += y[i] = 2.0 * x[i] + 1.0;
        sums[me] = mine;
    });
    return sums[0] + sums[1];
}

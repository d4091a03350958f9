// does: keeps a pool of threads between calls, which sleep on a condition variable
#include <algorithm>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace {

class Pool {
public:
    explicit Pool(unsigned size) {
        for (unsigned i = 0; i < size; ++i) threads_.emplace_back([this] { work(); });
    }
    ~Pool() {
        {
            std::lock_guard lock(gate_);
            ending_ = true;
        }
        wake_.notify_all();
        for (std::thread& thread : threads_) thread.join();
    }
    void run(int tasks, const std::function<void(int)>& task) {
        std::unique_lock lock(gate_);
        task_ = &task, next_ = 0, tasks_ = tasks, left_ = tasks;
        wake_.notify_all();
        done_.wait(lock, [&] { return left_ == 0; });
    }

private:
    void work() {
        std::unique_lock lock(gate_);
        for (;;) {
            wake_.wait(lock, [&] { return ending_ || next_ < tasks_; });
            if (ending_) return;
            const int mine = next_++;
            const auto* task = task_;
            lock.unlock();
            (*task)(mine);
            lock.lock();
            if (--left_ == 0) done_.notify_one();
        }
    }

    std::vector<std::thread> threads_;
    std::mutex gate_;
    std::condition_variable wake_, done_;
    const std::function<void(int)>* task_ = nullptr;
    int next_ = 0, tasks_ = 0, left_ = 0;
    bool ending_ = false;
};

}  // namespace

double product(const std::vector<double>& A, const std::vector<double>& B, std::vector<double>& C, int M, int N,
               int K) {
    static Pool pool(2);
    std::vector<double> largest(M, 0.0);
    pool.run(M, [&](int i) {
        for (int j = 0; j < N; ++j) {
            double sum = 0.0;
            for (int k = 0; k < K; ++k) sum += A[i * K + k] * B[k * N + j];
            C[i * N + j] = sum;
            if (sum > largest[i]) largest[i] = sum;
        }
    });
    return M == 0 ? 0.0 : *std::max_element(largest.begin(), largest.end());
}

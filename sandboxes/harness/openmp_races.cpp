// What ThreadSanitizer must know about LLVM's OpenMP beyond what Archer tells it. Linked into the worker of the race
// gate only.
//
// Each function here stands before the runtime's function of the same name and calls it. Measured with LLVM 16: without
// them, right programs with many tasks, task reductions, `ordered depend(sink)` or `taskwait depend` are condemned.
// Atomics are relaxed throughout: any stronger order would synchronise the candidate's threads, and hide its races.
#include <dlfcn.h>
#include <unistd.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <utility>

extern "C" {
void AnnotateHappensBefore(const char*, int, const volatile void*);
void AnnotateHappensAfter(const char*, int, const volatile void*);
void AnnotateIgnoreReadsBegin(const char*, int);
void AnnotateIgnoreReadsEnd(const char*, int);
void AnnotateIgnoreWritesBegin(const char*, int);
void AnnotateIgnoreWritesEnd(const char*, int);
void __tsan_read_range(void*, unsigned long);
void __tsan_write_range(void*, unsigned long);
void __tsan_java_alloc(unsigned long, unsigned long);
void __tsan_java_free(unsigned long, unsigned long);

struct ident_t;
int __kmpc_omp_taskwait(ident_t*, int);
int omp_get_max_threads(void);
}

namespace agentpar::openmp {

template <class F>
F* runtime(F*, const char* name) {
    return reinterpret_cast<F*>(dlsym(RTLD_NEXT, name));
}

// The first fields of the runtime's kmp_task_t.
struct Task {
    void* shared;
    void* entry;
};
using Duplicate = void (*)(Task*, Task*, int);
using Combine = void (*)(void*, void*);

// A table of few keys that only grows.
template <class Key, class Value, std::size_t N>
class Table {
public:
    // The place of `key`, or N when the table is full.
    std::size_t place(Key key) {
        for (std::size_t i = 0; i < N; ++i) {
            Key known{};
            if (keys_[i].compare_exchange_strong(known, key, std::memory_order_relaxed) || known == key) return i;
        }
        return N;
    }
    Key key(std::size_t i) const { return keys_[i].load(std::memory_order_relaxed); }
    Value& value(std::size_t i) { return values_[i]; }

private:
    std::atomic<Key> keys_[N]{};
    Value values_[N]{};
};

// Tasks of one kind, by the function that runs them.
struct TaskKind {
    std::atomic<std::size_t> bytes{0}, shared_bytes{0};
    std::atomic<Duplicate> duplicate{nullptr};
};
constexpr std::size_t most_kinds = 512, most_combiners = 64;
Table<void*, TaskKind, most_kinds> task_kinds;
Table<Combine, char, most_combiners> combiners;

// The runtime uses a task's memory again for the next: accesses to the one are no race with those to the other.
void renew(void* begin, std::size_t bytes) {
    if (begin == nullptr || bytes == 0) return;
    const auto at = reinterpret_cast<unsigned long>(begin);
    const std::size_t whole = (bytes + 7) / 8 * 8;
    __tsan_java_free(at, whole);
    __tsan_java_alloc(at, whole);
}

void renew(Task* task, const TaskKind& kind) {
    renew(static_cast<void*>(task), kind.bytes.load(std::memory_order_relaxed));
    renew(task->shared, kind.shared_bytes.load(std::memory_order_relaxed));
}

// A taskloop makes its tasks from one pattern.
void duplicate(Task* into, Task* from, int is_last) {
    const std::size_t place = task_kinds.place(from->entry);
    if (place == most_kinds) return;
    TaskKind& kind = task_kinds.value(place);
    renew(into, kind);
    if (const Duplicate original = kind.duplicate.load(std::memory_order_relaxed)) original(into, from, is_last);
}

// All tasks have ended when their private copies are combined, but Archer learns of it afterwards.
template <std::size_t I>
void combine(void* into, void* from) {
    AnnotateIgnoreReadsBegin(__FILE__, __LINE__);
    AnnotateIgnoreWritesBegin(__FILE__, __LINE__);
    combiners.key(I)(into, from);
    AnnotateIgnoreWritesEnd(__FILE__, __LINE__);
    AnnotateIgnoreReadsEnd(__FILE__, __LINE__);
}

template <std::size_t... I>
Combine combine_at(std::size_t place, std::index_sequence<I...>) {
    static constexpr Combine all[] = {&combine<I>...};
    return all[place];
}

// The runtime's kmp_taskred_input_t.
struct TaskReduction {
    void *shared, *original;
    std::size_t bytes;
    void *initialise, *finish;
    Combine combine;
    std::uint32_t flags;
};

void watch(int count, TaskReduction* reductions) {
    for (int i = 0; i < count; ++i) {
        const std::size_t place = combiners.place(reductions[i].combine);
        if (place != most_combiners)
            reductions[i].combine = combine_at(place, std::make_index_sequence<most_combiners>{});
    }
}

// One cell for each iteration of a loop with `ordered depend`, by its hash.
thread_local int loop_dimensions = 0;
char iterations[1 << 14];

const char* iteration(const long long* at) {
    std::uint64_t hash = 0;
    for (int i = 0; i < loop_dimensions; ++i) hash = (hash ^ static_cast<std::uint64_t>(at[i])) * 0x9e3779b97f4a7c15u;
    return &iterations[hash >> 50];
}

}  // namespace agentpar::openmp

extern "C" {

agentpar::openmp::Task* __kmpc_omp_task_alloc(ident_t* where, int thread, int flags, std::size_t bytes,
                                              std::size_t shared_bytes, void* entry);
void __kmpc_taskloop(ident_t* where, int thread, agentpar::openmp::Task* task, int condition, std::uint64_t* low,
                     std::uint64_t* high, std::int64_t step, int has_no_group, int kind_of_grain, std::uint64_t grain,
                     agentpar::openmp::Duplicate duplicate);
void* __kmpc_taskred_init(int thread, int count, agentpar::openmp::TaskReduction* reductions);
void* __kmpc_taskred_modifier_init(ident_t* where, int thread, int is_worksharing, int count,
                                   agentpar::openmp::TaskReduction* reductions);
void __kmpc_doacross_init(ident_t* where, int thread, int dimensions, const void* bounds);
void __kmpc_doacross_post(ident_t* where, int thread, const long long* at);
void __kmpc_doacross_wait(ident_t* where, int thread, const long long* at);
}

namespace agentpar::openmp {
// Looked up before any thread starts: the guard of a local static would synchronise them.
const auto real_task_alloc = runtime(&__kmpc_omp_task_alloc, "__kmpc_omp_task_alloc");
const auto real_taskloop = runtime(&__kmpc_taskloop, "__kmpc_taskloop");
const auto real_taskred_init = runtime(&__kmpc_taskred_init, "__kmpc_taskred_init");
const auto real_taskred_modifier = runtime(&__kmpc_taskred_modifier_init, "__kmpc_taskred_modifier_init");
const auto real_doacross_init = runtime(&__kmpc_doacross_init, "__kmpc_doacross_init");
const auto real_doacross_post = runtime(&__kmpc_doacross_post, "__kmpc_doacross_post");
const auto real_doacross_wait = runtime(&__kmpc_doacross_wait, "__kmpc_doacross_wait");
}  // namespace agentpar::openmp

extern "C" {

agentpar::openmp::Task* __kmpc_omp_task_alloc(ident_t* where, int thread, int flags, std::size_t bytes,
                                              std::size_t shared_bytes, void* entry) {
    using namespace agentpar::openmp;
    Task* task = real_task_alloc(where, thread, flags, bytes, shared_bytes, entry);
    const std::size_t place = task_kinds.place(entry);
    if (place == most_kinds) return task;
    TaskKind& kind = task_kinds.value(place);
    kind.bytes.store(bytes, std::memory_order_relaxed);
    kind.shared_bytes.store(shared_bytes, std::memory_order_relaxed);
    renew(task, kind);
    return task;
}

void __kmpc_taskloop(ident_t* where, int thread, agentpar::openmp::Task* task, int condition, std::uint64_t* low,
                     std::uint64_t* high, std::int64_t step, int has_no_group, int kind_of_grain, std::uint64_t grain,
                     agentpar::openmp::Duplicate duplicate) {
    using namespace agentpar::openmp;
    const std::size_t place = task_kinds.place(task->entry);
    if (place != most_kinds) {
        task_kinds.value(place).duplicate.store(duplicate, std::memory_order_relaxed);
        duplicate = &agentpar::openmp::duplicate;
    }
    real_taskloop(where, thread, task, condition, low, high, step, has_no_group, kind_of_grain, grain, duplicate);
}

void* __kmpc_taskred_init(int thread, int count, agentpar::openmp::TaskReduction* reductions) {
    agentpar::openmp::watch(count, reductions);
    return agentpar::openmp::real_taskred_init(thread, count, reductions);
}

void* __kmpc_taskred_modifier_init(ident_t* where, int thread, int is_worksharing, int count,
                                   agentpar::openmp::TaskReduction* reductions) {
    agentpar::openmp::watch(count, reductions);
    return agentpar::openmp::real_taskred_modifier(where, thread, is_worksharing, count, reductions);
}

void __kmpc_doacross_init(ident_t* where, int thread, int dimensions, const void* bounds) {
    agentpar::openmp::loop_dimensions = dimensions;
    agentpar::openmp::real_doacross_init(where, thread, dimensions, bounds);
}

void __kmpc_doacross_post(ident_t* where, int thread, const long long* at) {
    AnnotateHappensBefore(__FILE__, __LINE__, agentpar::openmp::iteration(at));
    agentpar::openmp::real_doacross_post(where, thread, at);
}

void __kmpc_doacross_wait(ident_t* where, int thread, const long long* at) {
    agentpar::openmp::real_doacross_wait(where, thread, at);
    AnnotateHappensAfter(__FILE__, __LINE__, agentpar::openmp::iteration(at));
}

// Archer breaks down over `taskwait depend`. Waiting for all tasks instead means that a race with a task that was not
// among those to be waited for stays unseen here.
void __kmpc_omp_taskwait_deps_51(ident_t* where, int thread, int, void*, int, void*, int) {
    __kmpc_omp_taskwait(where, thread);
}
}

namespace agentpar::openmp {

// ThreadSanitizer sees integer atomics only: these are the bits of a floating-point number.
template <class Bits, class Number, class Operation>
Number update(Number* at, Operation operation) {
    static_assert(sizeof(Bits) == sizeof(Number), "the bits of the number");
    Bits* const bits = reinterpret_cast<Bits*>(at);
    Bits before = __atomic_load_n(bits, __ATOMIC_RELAXED), after;
    Number old;
    do {
        std::memcpy(&old, &before, sizeof old);
        const Number changed = operation(old);
        std::memcpy(&after, &changed, sizeof after);
    } while (!__atomic_compare_exchange_n(bits, &before, after, true, __ATOMIC_RELAXED, __ATOMIC_RELAXED));
    return old;
}

// What holds the numbers that no instruction changes at once.
std::atomic_flag is_held = ATOMIC_FLAG_INIT;

struct Held {
    Held() {
        while (is_held.test_and_set(std::memory_order_acquire)) {}
    }
    ~Held() { is_held.clear(std::memory_order_release); }
};

// With Archer's options ThreadSanitizer looks at no blocks that are copied.
void copy(void* to, const void* from, std::size_t bytes) {
    __tsan_read_range(const_cast<void*>(from), bytes);
    __tsan_write_range(to, bytes);
    std::memcpy(to, from, bytes);
}

}  // namespace agentpar::openmp

// The library of atomics, which is not instrumented and which Clang calls for long double.
extern "C" {
void agentpar_atomic_load(std::size_t bytes, const void* from, void* to, int) __asm__("__atomic_load");
void agentpar_atomic_store(std::size_t bytes, void* to, const void* from, int) __asm__("__atomic_store");
void agentpar_atomic_exchange(std::size_t bytes, void* at, const void* desired, void* old, int)
    __asm__("__atomic_exchange");
bool agentpar_atomic_compare_exchange(std::size_t bytes, void* at, void* expected, const void* desired, int, int)
    __asm__("__atomic_compare_exchange");

void agentpar_atomic_load(std::size_t bytes, const void* from, void* to, int) {
    const agentpar::openmp::Held held;
    agentpar::openmp::copy(to, from, bytes);
}
void agentpar_atomic_store(std::size_t bytes, void* to, const void* from, int) {
    const agentpar::openmp::Held held;
    agentpar::openmp::copy(to, from, bytes);
}
void agentpar_atomic_exchange(std::size_t bytes, void* at, const void* desired, void* old, int) {
    const agentpar::openmp::Held held;
    agentpar::openmp::copy(old, at, bytes);
    agentpar::openmp::copy(at, desired, bytes);
}
bool agentpar_atomic_compare_exchange(std::size_t bytes, void* at, void* expected, const void* desired, int, int) {
    const agentpar::openmp::Held held;
    __tsan_read_range(at, bytes);
    const bool is_equal = std::memcmp(at, expected, bytes) == 0;
    agentpar::openmp::copy(is_equal ? at : expected, is_equal ? desired : at, bytes);
    return is_equal;
}
}

// Called by candidates in place of the instructions that ThreadSanitizer does not see; see the race gate's build.
extern "C" {
double agentpar_atomic_add_double(double* at, double by) {
    return agentpar::openmp::update<std::uint64_t>(at, [by](double x) { return x + by; });
}
double agentpar_atomic_sub_double(double* at, double by) {
    return agentpar::openmp::update<std::uint64_t>(at, [by](double x) { return x - by; });
}
float agentpar_atomic_add_float(float* at, float by) {
    return agentpar::openmp::update<std::uint32_t>(at, [by](float x) { return x + by; });
}
float agentpar_atomic_sub_float(float* at, float by) {
    return agentpar::openmp::update<std::uint32_t>(at, [by](float x) { return x - by; });
}
}

namespace agentpar::openmp {

// Once the runtimes have read their settings nobody else needs to: a candidate could tell from them that it is watched.
void hide_settings() {
    for (const char* name : {"TSAN_OPTIONS", "OMP_TOOL_LIBRARIES", "OMP_STACKSIZE", "OMP_SCHEDULE"}) {
        char* value = std::getenv(name);
        if (value == nullptr) continue;
        const std::size_t bytes = std::strlen(name) + 1 + std::strlen(value);
        unsetenv(name);
        std::memset(value - std::strlen(name) - 1, 0, bytes);
    }
}

}  // namespace agentpar::openmp

// LLVM's OpenMP runtime registers itself in a shared-memory file when it starts, and aborts where it cannot: so it starts
// before the worker gives up making files, and the file goes at once. Not before it is called: a launcher of ranks has
// its settings to hand on, and a process that forks must not have started.
extern "C" void agentpar_start_openmp() {
    omp_get_max_threads();
    agentpar::openmp::hide_settings();
    char path[96];
    std::snprintf(path, sizeof path, "/dev/shm/__KMP_REGISTERED_LIB_%d_%d", static_cast<int>(getpid()), static_cast<int>(getuid()));
    unlink(path);
}

// Locks with a deadline on a clock of choice, which std::timed_mutex and its like take since glibc 2.30. ThreadSanitizer
// (LLVM 16) does not know them, and would condemn what they guard; it knows the same calls on the wall clock. Linked into
// the worker of the race gate only.
#include <pthread.h>
#include <semaphore.h>

#include <ctime>

namespace agentpar {

inline timespec on_the_wall_clock(clockid_t clock, const timespec& until) {
    timespec now{}, wall{};
    clock_gettime(clock, &now);
    clock_gettime(CLOCK_REALTIME, &wall);
    wall.tv_sec += until.tv_sec - now.tv_sec;
    wall.tv_nsec += until.tv_nsec - now.tv_nsec;
    const long second_ns = 1'000'000'000, carry = wall.tv_nsec < 0 ? -1 : wall.tv_nsec >= second_ns ? 1 : 0;
    wall.tv_sec += carry;
    wall.tv_nsec -= carry * second_ns;
    return wall;
}

}  // namespace agentpar

extern "C" {
int pthread_mutex_clocklock(pthread_mutex_t* mutex, clockid_t clock, const timespec* until) noexcept {
    const timespec wall = agentpar::on_the_wall_clock(clock, *until);
    return pthread_mutex_timedlock(mutex, &wall);
}
int pthread_rwlock_clockrdlock(pthread_rwlock_t* lock, clockid_t clock, const timespec* until) noexcept {
    const timespec wall = agentpar::on_the_wall_clock(clock, *until);
    return pthread_rwlock_timedrdlock(lock, &wall);
}
int pthread_rwlock_clockwrlock(pthread_rwlock_t* lock, clockid_t clock, const timespec* until) noexcept {
    const timespec wall = agentpar::on_the_wall_clock(clock, *until);
    return pthread_rwlock_timedwrlock(lock, &wall);
}
int sem_clockwait(sem_t* semaphore, clockid_t clock, const timespec* until) {
    const timespec wall = agentpar::on_the_wall_clock(clock, *until);
    return sem_timedwait(semaphore, &wall);
}
}

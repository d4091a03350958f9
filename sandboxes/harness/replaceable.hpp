// Comes before each C++ source that becomes an object. Operators new and delete of its own stay replaceable: an object is
// loaded into a worker, whose library's are there already, and frees what the other allocated. So no call may take a
// short way to the object's own, which compilers do with functions that are not weak.
#pragma once
#pragma GCC system_header

#if defined(__cplusplus) && __cplusplus >= 201103L
namespace std {
struct nothrow_t;
#ifdef __cpp_aligned_new
enum class align_val_t : __SIZE_TYPE__;
#endif
}  // namespace std

__attribute__((weak)) void* operator new(__SIZE_TYPE__);
__attribute__((weak)) void* operator new[](__SIZE_TYPE__);
__attribute__((weak)) void* operator new(__SIZE_TYPE__, const std::nothrow_t&) noexcept;
__attribute__((weak)) void* operator new[](__SIZE_TYPE__, const std::nothrow_t&) noexcept;
__attribute__((weak)) void operator delete(void*) noexcept;
__attribute__((weak)) void operator delete[](void*) noexcept;
#ifdef __cpp_sized_deallocation
__attribute__((weak)) void operator delete(void*, __SIZE_TYPE__) noexcept;
__attribute__((weak)) void operator delete[](void*, __SIZE_TYPE__) noexcept;
#endif
#ifdef __cpp_aligned_new
__attribute__((weak)) void* operator new(__SIZE_TYPE__, std::align_val_t);
__attribute__((weak)) void* operator new[](__SIZE_TYPE__, std::align_val_t);
__attribute__((weak)) void operator delete(void*, std::align_val_t) noexcept;
__attribute__((weak)) void operator delete[](void*, std::align_val_t) noexcept;
__attribute__((weak)) void operator delete(void*, __SIZE_TYPE__, std::align_val_t) noexcept;
__attribute__((weak)) void operator delete[](void*, __SIZE_TYPE__, std::align_val_t) noexcept;
#endif
#endif

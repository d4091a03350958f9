// The device as the workers of the target `cuda` use it, by the driver's own functions.
//
// The primary context is made before anything untrusted is loaded. A candidate's runtime uses the same one, so what it
// started can be waited for, and its first call need not make one.
#pragma once

#include <dlfcn.h>

#include <array>
#include <cstdint>
#include <stdexcept>
#include <string>

#include "place.hpp"

namespace agentpar {

// A device address; none is 0.
using DeviceAddress = std::uint64_t;

// Without a driver or a device there is none, and nothing here does anything: what needs one then fails by itself.
class Device {
public:
    Device() {
        void* driver = dlopen("libcuda.so.1", RTLD_NOW | RTLD_GLOBAL);
        int (*init)(unsigned) = nullptr, (*get)(int*, int) = nullptr, (*attribute)(int*, int, int) = nullptr;
        int (*retain)(void**, int) = nullptr;
        if (driver == nullptr || !find(driver, "cuInit", init) || !find(driver, "cuDeviceGet", get) ||
            !find(driver, "cuDeviceGetAttribute", attribute) || !find(driver, "cuDevicePrimaryCtxRetain", retain) ||
            !find(driver, "cuCtxSetCurrent", set_current_) || !find(driver, "cuCtxSynchronize", synchronise_) ||
            !find(driver, "cuMemAlloc_v2", allocate_) || !find(driver, "cuMemFree_v2", release_) ||
            !find(driver, "cuMemcpyHtoD_v2", copy_in_) || !find(driver, "cuMemcpyDtoH_v2", copy_out_) ||
            !find(driver, "cuMemsetD8_v2", fill_))
            return;
        int device = 0, cache_bytes = 0;
        if (init(0) != 0 || get(&device, 0) != 0 || retain(&context_, device) != 0) return;
        constexpr int l2_cache_size = 38;  // CU_DEVICE_ATTRIBUTE_L2_CACHE_SIZE
        if (attribute(&cache_bytes, l2_cache_size, device) == 0) sweep_bytes_ = 2 * static_cast<std::size_t>(cache_bytes);
        enter();
        if (sweep_bytes_ != 0 && allocate_(&sweep_, sweep_bytes_) != 0) sweep_bytes_ = 0;
        flush();
        is_there_ = true;
    }

    bool is_there() const { return is_there_; }

    // A candidate may have made another context current.
    void enter() const {
        if (context_ != nullptr) set_current_(context_);
    }

    // Waits for all that was started; what failed on the way is told to whoever asks for an error.
    void finish() const {
        if (!is_there_) return;
        enter();
        require_done(synchronise_(), "the work on the device");
    }

    // Puts other data into the cache that all of the device's processors share.
    void flush() const {
        if (sweep_bytes_ == 0) return;
        enter();
        require_done(fill_(sweep_, 0x5a, sweep_bytes_), "flushing the device's cache");
        require_done(synchronise_(), "flushing the device's cache");
    }

    DeviceAddress copy_of(const void* data, std::size_t bytes) const {
        DeviceAddress address = 0;
        if (bytes == 0) return address;
        require_done(is_there_ ? allocate_(&address, bytes) : no_device, "room for an argument on the device");
        require_done(copy_in_(address, data, bytes), "copying an argument to the device");
        return address;
    }
    void copy_back(void* data, DeviceAddress address, std::size_t bytes) const {
        if (bytes != 0) require_done(copy_out_(data, address, bytes), "copying an argument from the device");
    }
    void let_go(DeviceAddress address) const {
        if (address != 0) release_(address);
    }

private:
    static constexpr int no_device = 100;

    template <class Function>
    static bool find(void* library, const char* name, Function& function) {
        function = reinterpret_cast<Function>(dlsym(library, name));
        return function != nullptr;
    }
    static void require_done(int status, const char* what) {
        if (status != 0) throw std::runtime_error(std::string(what) + " failed: CUDA error " + std::to_string(status));
    }

    void* context_ = nullptr;
    DeviceAddress sweep_ = 0;
    std::size_t sweep_bytes_ = 0;
    bool is_there_ = false;
    int (*set_current_)(void*) = nullptr, (*synchronise_)() = nullptr, (*allocate_)(DeviceAddress*, std::size_t) = nullptr;
    int (*release_)(DeviceAddress) = nullptr, (*copy_in_)(DeviceAddress, const void*, std::size_t) = nullptr;
    int (*copy_out_)(void*, DeviceAddress, std::size_t) = nullptr, (*fill_)(DeviceAddress, unsigned char, std::size_t) = nullptr;
};

// Where calls of a candidate take place: pointers are the host's.
template <class F>
class OnDevice : public OnHost<F> {
public:
    static constexpr bool has_driver = true;

    void flush() { device_.flush(); }
    void finish() { device_.finish(); }

protected:
    Device device_;
};

// Pointers are the device's, and the harness copies what they point at.
template <class F>
class WithDevicePointers;

template <class R, class... P>
class WithDevicePointers<R(P...)> : public OnDevice<R(P...)> {
    using C = Call<R(P...)>;

public:
    void place(typename C::Arguments& arguments) { place(arguments, std::index_sequence_for<P...>{}); }
    void collect(typename C::Arguments& arguments) { collect(arguments, std::index_sequence_for<P...>{}); }
    typename C::Result invoke(typename C::Pointer function, typename C::Arguments& arguments) {
        return invoke(function, arguments, std::index_sequence_for<P...>{});
    }

private:
    template <std::size_t I, class T>
    void place_one(std::vector<T>& held) {
        this->device_.let_go(addresses_[I]);
        addresses_[I] = this->device_.copy_of(held.data(), held.size() * sizeof(T));
    }
    template <std::size_t... I>
    void place(typename C::Arguments& arguments, std::index_sequence<I...>) {
        this->device_.enter();
        ([&] { if constexpr (std::is_pointer_v<P>) place_one<I>(std::get<I>(arguments)); }(), ...);
        this->device_.flush();  // copying left parts of the inputs in the cache
    }
    template <std::size_t... I>
    void collect(typename C::Arguments& arguments, std::index_sequence<I...>) {
        this->device_.enter();
        ([&] {
            if constexpr (std::is_pointer_v<P>) {
                auto& held = std::get<I>(arguments);
                this->device_.copy_back(held.data(), addresses_[I], held.size() * sizeof held[0]);
            }
        }(), ...);
    }
    template <std::size_t I, class T>
    T pass(typename Held<T>::Value& value) {
        if constexpr (std::is_pointer_v<T>) return reinterpret_cast<T>(addresses_[I]);
        else return Held<T>::pass(value);
    }
    template <std::size_t... I>
    typename C::Result invoke(typename C::Pointer function, typename C::Arguments& arguments, std::index_sequence<I...>) {
        if constexpr (std::is_void_v<R>) {
            function(pass<I, P>(std::get<I>(arguments))...);
            return 0;
        } else {
            return function(pass<I, P>(std::get<I>(arguments))...);
        }
    }

    std::array<DeviceAddress, sizeof...(P) + 1> addresses_{};
};

}  // namespace agentpar

// One call on generated inputs and nothing else, for tools that count: instructions (callgrind), or runs of lines (gcov).
#pragma once

#include <dlfcn.h>
#include <unistd.h>

#include "call.hpp"
#include "generate.hpp"
#include "place.hpp"
#include "wire.hpp"

// The tool counts while this function is on the stack; nothing may be inlined across its border.
extern "C" __attribute__((noinline)) void agentpar_counted(void (*call)(void*), void* context) { call(context); }

// See worker.hpp.
extern "C" __attribute__((weak)) void agentpar_set_threads(int count);

namespace agentpar {

// Usage: count OBJECT SEED GENERATOR DIM...
template <class Subject, class Place = OnHost<typename Subject::Function>>
int count_main(int argc, char** argv) {
    using C = Call<typename Subject::Function>;
    std::array<std::int64_t, Subject::dims> dims{};
    if (argc != 4 + static_cast<int>(dims.size())) return 64;
    for (std::size_t i = 0; i < dims.size(); ++i) dims[i] = std::strtoll(argv[4 + i], nullptr, 10);
    Random random(std::strtoull(argv[2], nullptr, 10));
    typename C::Arguments arguments{};
    Place place;
    Subject::make(arguments, dims, random, static_cast<Generator>(std::atoi(argv[3])));
    void* object = dlopen(argv[1], RTLD_NOW | RTLD_GLOBAL);
    auto entry = object == nullptr ? nullptr : reinterpret_cast<void* (*)()>(dlsym(object, "agentpar_entry"));
    if (entry == nullptr) return 71;
    if (agentpar_set_threads != nullptr) agentpar_set_threads(1);
    struct Context {
        typename C::Pointer function;
        typename C::Arguments& arguments;
        Place& place;
    } context{reinterpret_cast<typename C::Pointer>(entry()), arguments, place};
    place.place(arguments);
    agentpar_counted([](void* given) {
        auto& call = *static_cast<Context*>(given);
        (void)call.place.invoke(call.function, call.arguments);
    }, &context);
    place.finish();
    place.collect(arguments);
    return 0;
}

}  // namespace agentpar

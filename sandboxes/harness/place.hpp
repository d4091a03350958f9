// Where a candidate's calls take place, and what surrounds them there.
#pragma once

#include "call.hpp"

namespace agentpar {

// What the harness does around a candidate's calls on a device: nothing (there is none), empty its cache, or also copy
// inputs and outputs.
enum class Handling { none, flushes, copies };

// On the host nothing does.
template <class F>
class OnHost {
    using C = Call<F>;

public:
    static constexpr bool has_driver = false;

    void flush() {}                          // before inputs are known: empties what caches hold
    void place(typename C::Arguments&) {}    // once they are known: brings them where the function wants them
    typename C::Result invoke(typename C::Pointer function, typename C::Arguments& arguments) {
        return C::invoke(function, arguments);
    }
    void finish() {}                         // waits for what the function left running
    void collect(typename C::Arguments&) {}  // brings outputs back
};

}  // namespace agentpar

// kind: memory
// entry: quantize<float>
// sizes: in=n, out=n
#include <cmath>
#include <cstddef>
#include <cstdint>

template <typename Real>
void quantize(const Real* in, std::int8_t* out, std::size_t n) {
    for (std::size_t i = 0; i != n; ++i) {
        const Real scaled = in[i] * Real(127);
        const long level = static_cast<long>(scaled + (scaled < 0 ? Real(-0.5) : Real(0.5)));
        out[i] = static_cast<std::int8_t>(level > 127 ? 127 : level < -127 ? -127 : level);
    }
}

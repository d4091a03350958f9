// entry: decimate
// kind: arithmetic
// sizes: block=n,taps=k
// ranges: factor=2:4
// benchmark: n=300000,k=128

#include <complex>
#include <cstddef>
#include <vector>

using Sample = std::complex<float>;

// Low-pass filters a block of IQ samples and keeps every `factor`-th one.
// The block carries taps.size() - 1 samples of history at its front.
std::vector<Sample> decimate(const std::vector<Sample>& block, const std::vector<float>& taps, unsigned factor)
{
    std::vector<Sample> out;
    if (factor == 0 || taps.empty() || block.size() < taps.size())
        return out;
    out.reserve((block.size() - taps.size()) / factor + 1);

    for (std::size_t start = 0; start + taps.size() <= block.size(); start += factor) {
        Sample acc(0.0f, 0.0f);
        for (std::size_t k = 0; k < taps.size(); ++k)
            acc += taps[k] * block[start + k];
        out.push_back(acc);
    }
    return out;
}

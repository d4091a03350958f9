// entry: predict
// kind: arithmetic
// sizes: samples=batch;features,hidden=units;features+1,output=classes;units+1
// ranges: samples=-1:1,hidden=-1:1,output=-1:1
// benchmark: batch=2000,features=96,units=80,classes=10

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <utility>
#include <vector>

typedef std::vector<float> Row;
typedef std::vector<Row> Matrix;  // one row of weights per unit, the bias is its last element

static void dense(const Row& in, const Matrix& weights, Row& out) {
    out.resize(weights.size());
    for (std::size_t unit = 0; unit < weights.size(); ++unit) {
        const Row& w = weights[unit];
        float z = w.back();
        for (std::size_t k = 0; k + 1 < w.size(); ++k)
            z += w[k] * in[k];
        out[unit] = z;
    }
}

// Two layers, ReLU between them; returns each sample's class and its softmax probability.
std::vector<std::pair<int, float>> predict(const Matrix& samples, const Matrix& hidden, const Matrix& output) {
    std::vector<std::pair<int, float>> answers;
    answers.reserve(samples.size());
    Row activation, logits;
    for (const Row& sample : samples) {
        dense(sample, hidden, activation);
        for (float& a : activation)
            if (a < 0.0f) a = 0.0f;
        dense(activation, output, logits);

        auto top = std::max_element(logits.begin(), logits.end());
        float norm = 0.0f;
        for (float z : logits)
            norm += std::exp(z - *top);
        answers.emplace_back(static_cast<int>(top - logits.begin()), 1.0f / norm);
    }
    return answers;
}

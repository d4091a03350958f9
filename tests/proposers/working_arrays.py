"""Serial kernels with arrays that each round works in, some by calls, and some in which a round begins as one ended."""

_TURN = """\
static void turn_%s(const double* in, double* out, int n) {
    for (int k = 0; k < n; ++k) {
        double s = 0;
        for (int j = 0; j < n; ++j) s += in[j] * std::cos(0.01 * k * j);
        out[k] = s;
    }
}
"""
WORKING_ARRAYS = {
    "turned_columns": _TURN % "columns"
    + """\
void turned_columns(std::vector<double>& m, int rows, int cols) {
    std::vector<double> in(rows), out(rows);
    for (int c = 0; c < cols; ++c) {
        for (int r = 0; r < rows; ++r) in[r] = m[r * cols + c];
        turn_columns(in.data(), out.data(), rows);
        for (int r = 0; r < rows; ++r) m[r * cols + c] = out[r];
    }
}
""",
    "mirrored": """\
static void mirror(const std::vector<double>& in, std::vector<double>& out) {
    if (in.size() < 2) {
        out.assign(in.begin(), in.end());
        return;
    }
    for (size_t k = 0; k < in.size(); ++k) out[k] = in[in.size() - 1 - k] + in[k] * 0.5;
}
void mirrored(std::vector<double>& m, int rows, int cols) {
    std::vector<double> in(rows), out(rows);
    for (int c = 0; c < cols; ++c) {
        for (int r = 0; r < rows; ++r) in[r] = m[r * cols + c];
        mirror(in, out);
        for (int r = 0; r < rows; ++r) m[r * cols + c] = out[r];
    }
}
""",
    "loaded_rows": """\
static void load_row(const double* m, int r, int n, double* to) {
    for (int k = 0; k < n; ++k) *to++ = m[r * n + k];
}
void loaded_rows(std::vector<double>& m, int rows, int n) {
    double line[80];
    auto smooth = [](double* b, int k_end) {
        for (int k = 1; k < k_end; ++k) b[k] += b[k - 1] * 0.5;
    };
    for (int r = 0; r < rows; ++r) {
        load_row(m.data(), r, n, line);
        smooth(line, n);
        for (int k = 0; k < n; ++k) m[r * n + k] = line[k];
    }
}
""",
    "rows_then_columns": """\
void rows_then_columns(std::vector<double>& m, int rows, int cols) {
    std::vector<double> line(std::max(rows, cols));
    for (int r = 0; r < rows; ++r) {
        for (int c = 0; c < cols; ++c) line[c] = m[r * cols + c];
        for (int c = 0; c < cols; ++c) m[r * cols + c] = line[cols - 1 - c] * 2;
    }
    for (int c = 0; c < cols; ++c) {
        for (int r = 0; r < rows; ++r) line[r] = m[r * cols + c];
        for (int r = 0; r < rows; ++r) m[r * cols + c] = line[rows - 1 - r] * 2;
    }
}
""",
    "sparse_squares": """\
void sparse_squares(const std::vector<int>& key, const std::vector<double>& w, int n, std::vector<double>& out) {
    std::vector<double> sum(10, 0.0);
    std::vector<int> mark(10, -1), met;
    for (int i = 0; i < n; ++i) {
        met.clear();
        for (int p = i; p < n && p < i + 7; ++p) {
            int j = key[p];
            if (mark[j] != i) {
                mark[j] = i;
                sum[j] = 0;
                met.push_back(j);
            }
            sum[j] += w[p];
        }
        double s = 0;
        for (int j : met) s += sum[j] * sum[j];
        out[i] = s;
    }
}
""",
    "fresh_by_round": """\
void fresh_by_round(const std::vector<int>& key, int n, std::vector<double>& out) {
    std::vector<int> mark(10);
    for (int i = 0; i < n; ++i) {
        int fresh = 0;
        for (int p = i; p < n && p < i + 9; ++p) {
            if (mark[key[p]] == i + 1) continue;
            mark[key[p]] = i + 1;
            ++fresh;
        }
        out[i] = fresh;
    }
}
""",
    "distinct_near": """\
void distinct_near(const std::vector<int>& key, int n, std::vector<double>& out) {
    std::vector<char> seen(10, 0);
    std::vector<int> met;
    for (int i = 0; i < n; ++i) {
        for (int p = i; p < n && p < i + 9; ++p) {
            if (!seen[key[p]]) {
                seen[key[p]] = 1;
                met.push_back(key[p]);
            }
        }
        out[i] = met.size();
        for (int j : met) seen[j] = 0;
        met.clear();
    }
}
""",
    "smoothed_lines": """\
void smoothed_lines(double* a, int rows, int cols) {
    int r, c;
    double* line = (double*)malloc(cols * sizeof(double));
    for (r = 0; r < rows; r++) {
        for (c = 0; c < cols; c++) line[c] = a[r * cols + c] + a[r * cols + (c + 1) % cols];
        for (c = 0; c < cols; c++) a[r * cols + c] = line[c];
    }
    free(line);
}
""",
    "distinct_marks": """\
int distinct_marks(const int* at, int n, int* found) {
    int *mark = new int[64], total = 0;
    for (int j = 0; j < 64; j++) mark[j] = -1;
    for (int i = 0; i < n; i++) {
        int count = 0;
        for (int k = 0; k <= i % 9; k++)
            if (mark[(at[k] * 5 + k) & 63] != i) {
                mark[(at[k] * 5 + k) & 63] = i;
                count++;
            }
        found[i] = count;
        total += count;
    }
    delete[] mark;
    return total;
}
""",
    "least_three": """\
void least_three(const std::vector<double>& v, std::vector<double>& out) {
    std::priority_queue<double> heap;
    for (size_t i = 0; i < v.size(); ++i) {
        for (size_t j = 0; j < v.size(); ++j) {
            const double d = std::fabs(v[i] - v[j]);
            if (heap.size() < 3)
                heap.push(d);
            else if (d < heap.top()) {
                heap.pop();
                heap.push(d);
            }
        }
        size_t slot = heap.size();
        while (!heap.empty()) {
            out[3 * i + --slot] = heap.top();
            heap.pop();
        }
    }
}
""",
    "packed_tiles": """\
void packed_tiles(const double* a, double* out, int n, int width) {
    std::vector<double> tile(width * n);
    for (int jj = 0; jj < n; jj += width) {
        const int end = std::min(jj + width, n);
        for (int i = 0; i < n; ++i)
            for (int j = jj; j < end; ++j) tile[(j - jj) * n + i] = a[i * n + j];
        for (int i = 0; i < n; ++i)
            for (int j = jj; j < end; ++j) {
                double sum = 0;
                for (int k = 0; k < n; ++k) sum += a[i * n + k] * tile[(j - jj) * n + k];
                out[i * n + j] = sum;
            }
    }
}
""",
    "channel_filters": """\
struct Section {
    double b, a, z;
    double step(double x) {
        double y = b * x + z;
        z = x - a * y;
        return y;
    }
};
void channel_filters(std::vector<double>& samples, int channels) {
    int frames = samples.size() / channels;
    std::vector<Section> chain(3);
    for (int c = 0; c < channels; ++c) {
        for (int s = 0; s < 3; ++s) {
            Section& q = chain[s];
            q.b = 0.5 + 0.1 * s;
            q.a = 0.2;
            q.z = 0;
        }
        for (int i = 0; i < frames; ++i) {
            double v = samples[i * channels + c];
            for (auto& q : chain) v = q.step(v);
            samples[i * channels + c] = v;
        }
    }
}
""",
    "haar_rows": """\
static void haar(double* x, double* tmp, int n) {
    for (int half = n / 2; half >= 1; half /= 2) {
        for (int i = 0; i < half; i++) {
            tmp[i] = (x[2 * i] + x[2 * i + 1]) * 0.5;
            tmp[half + i] = (x[2 * i] - x[2 * i + 1]) * 0.5;
        }
        for (int i = 0; i < 2 * half; i++) x[i] = tmp[i];
    }
}
int haar_rows(double* image, int rows, int cols, double least) {
    double* tmp = (double*)malloc(cols * sizeof(double));
    int kept = 0;
    for (int r = 0; r < rows; r++) {
        haar(image + r * cols, tmp, cols);
        for (int c = 0; c < cols; c++) kept += std::fabs(image[r * cols + c]) > least;
    }
    free(tmp);
    return kept;
}
""",
    "mean_ways": """\
void mean_ways(const std::vector<int>& to, std::vector<double>& mean) {
    int n = to.size();
    std::vector<int> steps(n);
    std::queue<int> left;
    for (int s = 0; s < n; ++s) {
        std::fill(steps.begin(), steps.end(), -1);
        steps[s] = 0;
        left.push(s);
        long all = 0, reached = 0;
        while (!left.empty()) {
            int u = left.front();
            left.pop();
            all += steps[u];
            ++reached;
            for (int k = 1; k <= 2; ++k) {
                int v = (to[u] * k + 1) % n;
                if (steps[v] < 0) {
                    steps[v] = steps[u] + 1;
                    left.push(v);
                }
            }
        }
        mean[s] = double(all) / reached;
    }
}
""",
}

_CELLS = "    for (int i = 0; i < n; ++i) {\n"
HANDED_FROM_ROUND_TO_ROUND = {
    "rounds": "void rounds(std::vector<int>& m, int n, int k) {\n    std::vector<int> state(k, 1), next(k);\n"
    + _CELLS
    + "        for (int r = 0; r < k; ++r) next[r] = state[(r + 1) % k] + 3;\n"
    "        for (int r = 0; r < k; ++r) state[r] = next[r] % 17;\n        m[i] = state[0];\n    }\n}\n",
    "relaxed": "void relaxed(double* out, int n, int k) {\n    std::vector<double> x(k, 1.0);\n"
    + _CELLS
    + "        for (int r = 1; r + 1 < k; ++r) x[r] = (x[r - 1] + x[r + 1]) / 2;\n        out[i] = x[1];\n    }\n}\n",
    "rolling": "void rolling(const int* a, int* out, int n, int k) {\n"
    "    std::vector<std::vector<int>> d(2, std::vector<int>(k, 1));\n"
    + _CELLS
    + "        int now = i % 2;\n        d[now][0] = 1;\n"
    "        for (int j = 1; j < k; ++j) d[now][j] = d[1 - now][j - 1] + a[i];\n"
    "        out[i] = d[now][k - 1];\n    }\n}\n",
    "adds_up": "static void add_to(const double* v, double* sum, int k) {\n"
    "    for (int r = 0; r < k; ++r) sum[r] += v[r];\n}\n"
    "void adds_up(const double* v, double* out, int n, int k) {\n    std::vector<double> sum(k);\n"
    + _CELLS
    + "        add_to(v + i * k, sum.data(), k);\n        out[i] = sum[k / 2];\n    }\n}\n",
    "now_and_then": "void now_and_then(const int* a, int* out, int n) {\n    std::vector<int> t(8);\n"
    + _CELLS
    + "        if (a[i] > 100000)\n            for (int k = 0; k < 8; ++k) t[k] = a[i] * k;\n"
    "        out[i] = t[3] + a[i];\n    }\n}\n",
    "filled_in_one_case": "static void fill_if(int a, int* t) {\n    if (a < 100000) return;\n"
    "    for (int k = 0; k < 8; ++k) t[k] = a * k;\n}\n"
    "void filled_in_one_case(const int* a, int* out, int n) {\n    int t[8] = {0};\n"
    + _CELLS
    + "        if (a[i] > 0) fill_if(a[i], t);\n        out[i] = t[3] + a[i];\n    }\n}\n",
    "reset_in_part": "void reset_in_part(const int* key, double* out, int n) {\n    std::vector<int> count(16, 0);\n"
    + _CELLS
    + "        for (int p = 0; p < 5; ++p) count[key[i * 5 + p]]++;\n        out[i] = count[3];\n"
    "        for (int p = 0; p < 5; ++p)\n"
    "            if (count[key[i * 5 + p]] < 1000) count[key[i * 5 + p]] = 0;\n    }\n}\n",
    "reset_to_another": "void reset_to_another(const int* key, int* out, int n) {\n    std::vector<int> count(16, 1);\n"
    + _CELLS
    + "        for (int p = 0; p < 5; ++p) count[key[i * 5 + p]]++;\n        out[i] = count[3];\n"
    "        for (int p = 0; p < 5; ++p) count[key[i * 5 + p]] = 0;\n    }\n}\n",
    "marks_of_a_round": "void marks_of_a_round(const int* key, int* out, int n) {\n    std::vector<int> mark(16, 3);\n"
    + _CELLS
    + "        int fresh = 0;\n        for (int p = 0; p < 5; ++p)\n"
    "            if (mark[key[i * 5 + p]] != i) {\n                mark[key[i * 5 + p]] = i;\n"
    "                fresh++;\n            }\n        out[i] = fresh;\n    }\n}\n",
    "marks_asked_later": "int marks_asked_later(const int* key, int* out, int n) {\n"
    "    std::vector<int> mark(16, -1);\n" + _CELLS + "        int fresh = 0;\n        for (int p = 0; p < 5; ++p)\n"
    "            if (mark[key[i * 5 + p]] != i) {\n                mark[key[i * 5 + p]] = i;\n"
    "                fresh++;\n            }\n        out[i] = fresh;\n    }\n    return mark[3];\n}\n",
    "by_another_name": "void by_another_name(const double* a, double* out, int n) {\n    std::vector<double> t(8);\n"
    "    const double* seen = t.data();\n"
    + _CELLS
    + "        for (int k = 0; k < 8; ++k) t[k] = a[i] * k;\n        out[i] = seen[3];\n    }\n}\n",
    "held_by_a_lambda": "void held_by_a_lambda(const double* a, double* out, int n) {\n    std::vector<double> t(8);\n"
    "    auto third = [&]() { return t[3]; };\n"
    + _CELLS
    + "        for (int k = 0; k < 8; ++k) t[k] = a[i] * k;\n        out[i] = third();\n    }\n}\n",
    "rows_of_the_result": "static void fill_row(double* row, int k, double x) {\n"
    "    for (int j = 0; j < k; ++j) row[j] = x * j;\n}\n"
    "std::vector<double> rows_of_the_result(const double* a, int n, int k) {\n    std::vector<double> out(n * k);\n"
    + _CELLS
    + "        fill_row(out.data() + i * k, k, a[i]);\n    }\n    return out;\n}\n",
    "filter_goes_on": """\
struct Section {
    double b, z;
    double step(double x) {
        double y = b * x + z;
        z = x - y;
        return y;
    }
};
void filter_goes_on(std::vector<double>& samples, int channels) {
    int frames = samples.size() / channels;
    std::vector<Section> chain(3);
    for (int c = 0; c < channels; ++c)
        for (int i = 0; i < frames; ++i) {
            double v = samples[i * channels + c];
            for (auto& q : chain) v = q.step(v);
            samples[i * channels + c] = v;
        }
}
""",
    "tile_of_the_round_before": """\
void tile_of_the_round_before(const double* a, double* out, int n, int width) {
    std::vector<double> tile(width);
    for (int jj = 0; jj < n; jj += width)
        for (int j = jj; j < std::min(jj + width, n); ++j) {
            out[j] = tile[j - jj];
            tile[j - jj] = a[j];
        }
}
""",
}
"""Arrays that no thread may have a copy of: a round reads what another left, or others look at the shared one."""

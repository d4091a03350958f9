"""Kernels as they are found in the wild: the many ways to count, to stride, to walk and to look up."""

REALISTIC = {
    "wrap_hist": """
void wrap_hist(const std::vector<int>& v, std::vector<int>& bins, int nbins) {
  for (std::size_t i = 0; i < v.size(); ++i) {
    int b = v[i] % nbins;
    if (b < 0) b += nbins;
    bins[b]++;
  }
}
""",
    "rgb": """
void rgb(const unsigned char* rgb, unsigned char* gray, int pixels) {
  for (int i = 0; i < pixels; ++i)
    gray[i] = (unsigned char)((rgb[3 * i] * 77 + rgb[3 * i + 1] * 150 + rgb[3 * i + 2] * 29) >> 8);
}
""",
    "clamp_hist": """
void clamp_hist(const double* v, int n, double lo, double width, int* counts, int nbins) {
  for (int i = 0; i < n; ++i) {
    int b = static_cast<int>((v[i] - lo) / width);
    if (b < 0) b = 0;
    if (b >= nbins) b = nbins - 1;
    counts[b] += 1;
  }
}
""",
    "tern_hist": """
void tern_hist(const std::vector<int>& v, std::vector<int>& bins, int nbins) {
  for (int x : v) {
    int b = x % nbins;
    b = b < 0 ? b + nbins : b;
    bins[b] += 1;
  }
}
""",
    "skip_hist": """
void skip_hist(const std::vector<float>& v, std::vector<int>& bins, float scale) {
  const int n = (int)bins.size();
  for (size_t i = 0; i < v.size(); i++) {
    int b = (int)(v[i] * scale);
    if (b >= 0 && b < n) bins[b]++;
  }
}
""",
    "byte_hist": """
void byte_hist(const unsigned char* data, size_t n, unsigned* hist) {
  for (size_t i = 0; i < n; ++i) hist[data[i]]++;
}
""",
    "letters2": """
void letters2(const std::string& text, std::vector<int>& counts) {
  for (size_t i = 0; i < text.size(); ++i) counts[text[i] - 'a']++;
}
""",
    "weighted_hist": """
void weighted_hist(const int* key, const double* weight, double* sums, int n, int buckets) {
  for (int i = 0; i < n; ++i) sums[key[i] & (buckets - 1)] += weight[i];
}
""",
    "bucket_sorted": """
void bucket_sorted(const std::vector<double>& edges, const std::vector<double>& v, std::vector<int>& count) {
  for (double x : v) {
    auto it = std::upper_bound(edges.begin(), edges.end(), x);
    count[it - edges.begin()]++;
  }
}
""",
    "strided": """
void strided(const float* in, float* out, int width, int height, int stride) {
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x)
      out[y * width + x] = in[y * stride + x];
}
""",
    "dgemm": """
void dgemm(int m, int n, int k, double alpha, const double* a, int lda, const double* b, int ldb,
           double beta, double* c, int ldc) {
  for (int i = 0; i < m; ++i) for (int j = 0; j < n; ++j) {
    double s = 0;
    for (int p = 0; p < k; ++p) s += a[i * lda + p] * b[p * ldb + j];
    c[i * ldc + j] = alpha * s + beta * c[i * ldc + j];
  }
}
""",
    "rows": """
void rows(const double* a, double* out, int m, int n) {
  for (int i = 0; i < m; ++i) {
    const double* row = a + i * n;
    double s = 0;
    for (int j = 0; j < n; ++j) s += row[j];
    out[i] = s;
  }
}
""",
    "downsample": """
void downsample(const float* in, float* out, int w, int h) {
  for (int y = 0; y < h / 2; ++y)
    for (int x = 0; x < w / 2; ++x)
      out[y * (w / 2) + x] = 0.25f * (in[2 * y * w + 2 * x] + in[2 * y * w + 2 * x + 1] +
                                      in[(2 * y + 1) * w + 2 * x] + in[(2 * y + 1) * w + 2 * x + 1]);
}
""",
    "blur": """
void blur(const std::vector<float>& in, std::vector<float>& out, int w, int h, int r) {
  for (int y = 0; y < h; ++y) for (int x = 0; x < w; ++x) {
    float s = 0; int c = 0;
    for (int dy = -r; dy <= r; ++dy) for (int dx = -r; dx <= r; ++dx) {
      int yy = std::clamp(y + dy, 0, h - 1), xx = std::min(std::max(x + dx, 0), w - 1);
      s += in[yy * w + xx]; ++c;
    }
    out[y * w + x] = s / c;
  }
}
""",
    "triangular": """
void triangular(const double* packed, double* full, int n) {
  for (int i = 0; i < n; ++i) for (int j = 0; j <= i; ++j) full[i * n + j] = packed[i * (i + 1) / 2 + j];
}
""",
    "bump": """
void bump(double* p, int n) {
  for (double* q = p; q != p + n; ++q) *q += 1.0;
}
""",
    "bump2": """
double bump2(const double* p, int n) {
  const double* end = p + n;
  double s = 0;
  while (p < end) s += *p++;
  return s;
}
""",
    "softmax": """
void softmax(std::vector<float>& m, size_t rows, size_t cols) {
  for (size_t r = 0; r < rows; ++r) {
    float* p = m.data() + r * cols;
    float mx = *std::max_element(p, p + cols), s = 0;
    for (size_t c = 0; c < cols; ++c) { p[c] = std::exp(p[c] - mx); s += p[c]; }
    for (size_t c = 0; c < cols; ++c) p[c] /= s;
  }
}
""",
    "ptrcopy": """
void ptrcopy(const float* a, float* b, std::size_t n) { std::copy(a, a + n, b); std::partial_sum(b, b + n, b); }
""",
    "copycall": """
void copycall(const std::vector<double>& a, std::vector<double>& b) {
  std::copy(a.begin(), a.end(), b.begin());
  std::sort(b.begin(), b.end());
}
""",
    "zip": """
void zip(const std::vector<double>& a, const std::vector<double>& b, std::vector<double>& c) {
  std::transform(a.begin(), a.end(), b.begin(), c.begin(), [](double x, double y) { return x * y; });
}
""",
    "deposit": """
struct Particle { double x; double q; int cell; };
void deposit(const std::vector<Particle>& ps, std::vector<double>& rho) {
  for (const Particle& p : ps) rho[p.cell] += p.q;
}
""",
    "edges_deg": """
struct Edge { int u; int v; };
void edges_deg(const std::vector<Edge>& edges, std::vector<int>& degree) {
  for (std::size_t e = 0; e < edges.size(); ++e) { degree[edges[e].u]++; degree[edges[e].v]++; }
}
""",
    "pair_deg": """
void pair_deg(const std::vector<std::pair<int, int>>& edges, std::vector<int>& degree) {
  for (const auto& [u, v] : edges) { degree[u]++; degree[v]++; }
}
""",
    "bucketsum": """
void bucketsum(const std::vector<std::pair<int, double>>& items, std::vector<double>& sums) {
  for (const auto& [key, value] : items) sums[key] += value;
}
""",
    "cells": """
struct P { double x, y; };
void cells(const std::vector<P>& ps, std::vector<int>& count, int nx, int ny) {
  for (const auto& p : ps) { int i = (int)(p.x * nx), j = (int)(p.y * ny); count[j * nx + i]++; }
}
""",
    "adjacency": """
void adjacency(const std::vector<std::vector<int>>& adj, const std::vector<double>& x, std::vector<double>& y) {
  for (std::size_t v = 0; v < adj.size(); ++v) {
    double s = 0;
    for (int u : adj[v]) s += x[u];
    y[v] = s;
  }
}
""",
    "vv": """
void vv(const std::vector<std::vector<double>>& a, std::vector<std::vector<double>>& b, int rows, int cols) {
  for (int i = 0; i < rows; ++i) for (int j = 0; j < cols; ++j) b[j][i] = a[i][j];
}
""",
    "arrlist": """
void arrlist(const std::vector<std::array<int, 3>>& tri, const std::vector<double>& x, std::vector<double>& area) {
  for (std::size_t t = 0; t < tri.size(); ++t) area[t] = x[tri[t][0]] + x[tri[t][1]] + x[tri[t][2]];
}
""",
    "edit": """
int edit(const std::string& a, const std::string& b) {
  std::vector<std::vector<int>> d(a.size() + 1, std::vector<int>(b.size() + 1));
  for (size_t i = 0; i <= a.size(); ++i) d[i][0] = i;
  for (size_t j = 0; j <= b.size(); ++j) d[0][j] = j;
  for (size_t i = 1; i <= a.size(); ++i) for (size_t j = 1; j <= b.size(); ++j)
    d[i][j] = std::min({d[i-1][j] + 1, d[i][j-1] + 1, d[i-1][j-1] + (a[i-1] != b[j-1])});
  return d[a.size()][b.size()];
}
""",
    "strrev": """
void strrev(const std::string& s, std::string& out) {
  const int n = s.length();
  for (int i = n - 1; i >= 0; --i) out[n - 1 - i] = s[i];
}
""",
    "reverse": """
void reverse_copy_(const std::vector<int>& in, std::vector<int>& out) {
  for (size_t i = in.size(); i-- > 0;) out[in.size() - 1 - i] = in[i];
}
""",
    "backsub": """
void backsub(const double* U, const double* b, double* x, int n) {
  for (int i = n - 1; i >= 0; i--) {
    double s = b[i];
    for (int j = i + 1; j < n; j++) s -= U[i * n + j] * x[j];
    x[i] = s / U[i * n + i];
  }
}
""",
    "countdown": """
double countdown(const double* a, int n) {
  double s = 0;
  while (n-- > 0) s += a[n];
  return s;
}
""",
    "two_n": """
double two_n(const std::vector<double>& a, const std::vector<double>& b) {
  double s = 0;
  for (std::size_t i = 0; i < a.size(); ++i) s += (a[i] - b[i]) * (a[i] - b[i]);
  return s;
}
""",
    "atcall": """
void atcall(const std::vector<int>& in, std::vector<int>& out) {
  for (std::size_t i = 0; i < in.size(); ++i) out.at(i) = in.at(in.size() - 1 - i);
}
""",
    "lookup": """
void lookup(const std::vector<double>& table, const std::vector<double>& q, std::vector<int>& pos) {
  for (size_t i = 0; i < q.size(); ++i) {
    int lo = 0, hi = (int)table.size();
    while (lo < hi) {
      int mid = (lo + hi) / 2;
      if (table[mid] < q[i]) lo = mid + 1; else hi = mid;
    }
    pos[i] = lo;
  }
}
""",
    "lookup2": """
void lookup2(const double* table, int m, const double* q, int* pos, int n) {
  for (int i = 0; i < n; ++i)
    pos[i] = (int)(std::lower_bound(table, table + m, q[i]) - table);
}
""",
    "gather": """
void gather(const double* in, const int* index, double* out, int n) {
  for (int i = 0; i < n; ++i) out[i] = in[index[i]];
}
""",
    "gather_stencil": """
void gather_stencil(const std::vector<double>& in, const std::vector<int>& nb, std::vector<double>& out) {
  for (size_t i = 0; i < out.size(); ++i)
    out[i] = in[nb[4 * i]] + in[nb[4 * i + 1]] + in[nb[4 * i + 2]] + in[nb[4 * i + 3]];
}
""",
    "scatter_add": """
void scatter_add(const int* idx, const float* val, float* out, int n, int m) {
  for (int k = 0; k < n; ++k) { int j = idx[k]; if (j >= 0 && j < m) out[j] += val[k]; }
}
""",
    "edge_arrays": """
void edge_arrays(const int* src, const int* dst, int m, double* rank, const double* old, int n) {
  for (int i = 0; i < n; ++i) rank[i] = 0.15;
  for (int e = 0; e < m; ++e) rank[dst[e]] += 0.85 * old[src[e]];
}
""",
    "csr_scatter": """
void csr_scatter(int n, const int* xadj, const int* adjncy, const double* x, double* y) {
  for (int v = 0; v < n; v++)
    for (int e = xadj[v]; e < xadj[v + 1]; e++)
      y[adjncy[e]] += x[v];
}
""",
    "ell": """
void ell(const int* cols, const double* vals, const double* x, double* y, int rows, int width) {
  for (int r = 0; r < rows; ++r) {
    double s = 0;
    for (int k = 0; k < width; ++k) s += vals[r * width + k] * x[cols[r * width + k]];
    y[r] = s;
  }
}
""",
    "compact": """
int compact(const int* in, int* out, int n) {
  int k = 0;
  for (int i = 0; i < n; ++i) if (in[i] > 0) out[k++] = in[i];
  return k;
}
""",
    "periodic": """
void periodic(const double* u, double* w, int n) {
  for (int i = 0; i < n; ++i) {
    int l = i - 1, r = i + 1;
    if (l < 0) l += n;
    if (r >= n) r -= n;
    w[i] = u[l] - 2 * u[i] + u[r];
  }
}
""",
    "periodic2": """
void periodic2(const double* u, double* w, int n) {
  for (int i = 0; i < n; ++i) {
    int l = i == 0 ? n - 1 : i - 1;
    int r = i == n - 1 ? 0 : i + 1;
    w[i] = u[l] + u[r];
  }
}
""",
    "idxlambda": """
void idxlambda(const std::vector<double>& a, std::vector<double>& b, int rows, int cols) {
  auto at = [cols](int i, int j) { return i * cols + j; };
  for (int j = 0; j < rows; ++j) for (int i = 0; i < cols; ++i) b[at(j, i)] = 2 * a[at(j, i)];
}
""",
    "acclambda": """
void acclambda(const double* a, double* b, int n) {
  auto A = [&](int i, int j) -> double { return a[i * n + j]; };
  for (int i = 0; i < n; ++i) for (int j = 0; j < n; ++j) b[j * n + i] = A(i, j);
}
""",
    "idxmacro": """
#define IDX(i, j) ((i) * N + (j))
void idxmacro(const double* a, double* b, int M, int N) {
  for (int i = 0; i < M; ++i) for (int j = 0; j < N; ++j) b[IDX(i, j)] = a[IDX(i, j)];
}
""",
    "accmacro": """
#define A(i, j) a[(i) + (j) * lda]
#define SQ(x) ((x) * (x))
void accmacro(const double* a, double* out, int m, int n, int lda) {
  for (int j = 0; j < n; ++j) { double s = 0; for (int i = 0; i < m; ++i) s += SQ(A(i, j)); out[j] = s; }
}
""",
    "loopmacro": """
#define FOR(i, n) for (int i = 0; i < (n); ++i)
void loopmacro(const double* a, double* b, int n) { FOR(i, n) FOR(j, n) b[i * n + j] = a[j * n + i]; }
""",
    "objmacro": """
#define W 16
#define SIZE (W * W)
void objmacro(const float* in, float* out, int n) {
  for (int b = 0; b < n; ++b) for (int k = 0; k < SIZE; ++k) out[b * SIZE + k] = in[b * SIZE + k];
}
""",
    "fft": """
void bitrev(std::complex<double>* a, int n) {
  for (int i = 1, j = 0; i < n; ++i) {
    int bit = n >> 1;
    for (; j & bit; bit >>= 1) j ^= bit;
    j ^= bit;
    if (i < j) std::swap(a[i], a[j]);
  }
}
""",
}

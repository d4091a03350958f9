"""Small kernels of the shapes that users bring."""

KERNELS = {
    "gemm": """
void gemm(const std::vector<double>& A, const std::vector<double>& B, std::vector<double>& C, int M, int
    N, int K) {
  for (int i = 0; i < M; ++i) for (int j = 0; j < N; ++j) { double s = 0; for (int k = 0; k < K; ++k) s
    += A[i*K+k]*B[k*N+j]; C[i*N+j] = s; } }
""",
    "gemmp": """
void gemmp(const double* A, const double* B, double* C, size_t M, size_t N, size_t K) {
  for (size_t i = 0; i < M; ++i) for (size_t j = 0; j < N; ++j) { double s = 0; for (size_t k = 0; k <
    K; ++k) s += A[i*K+k]*B[k*N+j]; C[i*N+j] = s; } }
""",
    "square": """
void square(const double* A, double* C, int n) {
  for (int i = 0; i < n; ++i) for (int j = 0; j < n; ++j) C[j*n+i] = A[i*n+j]; }
""",
    "jacobi": """
void jacobi(const std::vector<double>& in, std::vector<double>& out, int rows, int cols) {
  for (int i = 1; i < rows-1; ++i) for (int j = 1; j < cols-1; ++j) out[i*cols+j] =
    0.25*(in[(i-1)*cols+j]+in[(i+1)*cols+j]+in[i*cols+j-1]+in[i*cols+j+1]); }
""",
    "sweeps": """
void sweeps(std::vector<double>& a, std::vector<double>& b, int rows, int cols, int steps) {
  for (int s=0;s<steps;++s) { for (int i = 1; i < rows-1; ++i) for (int j = 1; j < cols-1; ++j)
    b[i*cols+j] = a[(i+1)*cols+j]+a[(i-1)*cols+j]; std::swap(a,b); } }
""",
    "nest": """
void nest(const std::vector<std::vector<double>>& grid, std::vector<std::vector<double>>& out) {
  for (size_t i = 1; i + 1 < grid.size(); ++i) for (size_t j = 1; j + 1 < grid[0].size(); ++j) out[i][j]
    = grid[i-1][j] + grid[i+1][j] + grid[i][j+1]; }
""",
    "hist": """
void hist(const std::vector<int>& data, std::vector<int>& bins) {
  for (size_t i = 0; i < data.size(); ++i) bins[data[i]]++; }
""",
    "hist2": """
void hist2(const std::vector<int>& data, std::vector<int>& bins) {
  for (size_t i = 0; i < data.size(); ++i) { int b = data[i]; bins[b]++; } }
""",
    "hist3": """
void hist3(const std::vector<int>& data, std::vector<int>& bins, int nbins) {
  for (int x : data) bins[x % nbins]++; }
""",
    "hist4": """
void hist4(const std::vector<double>& data, std::vector<int>& bins, int nbins) {
  for (size_t i = 0; i < data.size(); ++i) { int b = (int)(data[i]*nbins); bins[b]++; } }
""",
    "hist5": """
void hist5(const std::vector<int>& data, std::vector<int>& bins) {
  const int nb = (int)bins.size(); for (int x : data) bins[x % nb]++; }
""",
    "prefix": """
void prefix(const std::vector<double>& in, std::vector<double>& out) {
  out[0] = in[0]; for (size_t i = 1; i < in.size(); ++i) out[i] = out[i-1] + in[i]; }
""",
    "spmv": """
void spmv(const std::vector<int>& rowptr, const std::vector<int>& col, const std::vector<double>& val,
    const std::vector<double>& x, std::vector<double>& y) {
  std::size_t rows = rowptr.size() - 1; for (std::size_t i = 0; i < rows; ++i) { double s = 0; for (int
    k = rowptr[i]; k < rowptr[i+1]; ++k) s += val[k]*x[col[k]]; y[i] = s; } }
""",
    "spmv2": """
void spmv2(int rows, const int* rowptr, const int* col, const double* val, const double* x, double* y) {
  for (int i = 0; i < rows; ++i) { double s = 0; const int b = rowptr[i], e = rowptr[i+1]; for (int k =
    b; k < e; ++k) s += val[k]*x[col[k]]; y[i] = s; } }
""",
    "nbody": """
struct Body {
  double x,y,z,vx,vy,vz,m; }; void nbody(std::vector<Body>& b, double dt) { const int n =
    static_cast<int>(b.size()); for (int i=0;i<n;++i){ double fx=0; for (int j=0;j<n;++j){ double
    dx=b[j].x-b[i].x; double d=dx*dx+1e-9; fx += b[j].m*dx/(d*std::sqrt(d)); } b[i].vx += fx*dt; } }
""",
    "nbody2": """
void nbody2(const std::vector<double>& x, const std::vector<double>& y, std::vector<double>& vx,
    std::vector<double>& vy, int n) {
  for (int i=0;i<n;++i) for (int j=0;j<n;++j) { vx[i]+=x[j]-x[i]; vy[i]+=y[j]-y[i]; } }
""",
    "mandel": """
void mandel(int width, int height, int max_iter, std::vector<int>& out) {
  for (int y=0;y<height;++y) for (int x=0;x<width;++x) { double a=0,b=0; int it=0; while (a*a+b*b<4.0 &&
    it<max_iter) { double t=a*a-b*b+x; b=2*a*b+y; a=t; ++it; } out[y*width+x]=it; } }
""",
    "kmeans": """
void kmeans(const std::vector<double>& points, const std::vector<double>& centroids, std::vector<int>&
    labels, int n, int k, int dim) {
  for (int i=0;i<n;++i){ double best=1e30; for (int c=0;c<k;++c){ double d=0; for (int j=0;j<dim;++j){
    double t=points[i*dim+j]-centroids[c*dim+j]; d+=t*t; } if (d<best){best=d; labels[i]=c;} } } }
""",
    "dot": """
double dot(const double* a, const double* b, int n) {
  double s=0; for (int i=0;i<n;i++) s+=a[i]*b[i]; return s; }
""",
    "pi": """
double pi(int steps) {
  double h=1.0/steps, s=0; for (int i=0;i<steps;++i){ double x=(i+0.5)*h; s+=4.0/(1.0+x*x);} return s*h;
    }
""",
    "sorted": """
void sorted(std::vector<double>& v) {
  std::sort(v.begin(), v.end()); }
""",
    "sum": """
double sum(const std::vector<float>& v) {
  double s=0; for (float x : v) s+=x; return s; }
""",
    "count": """
int count(const std::string& s) {
  int c=0; for (size_t i=0;i<s.size();++i) if (s[i]=='a') c++; return c; }
""",
    "filt": """
void filt(const std::vector<int>& in, std::vector<int>& out) {
  out.clear(); for (int x : in) if (x>0) out.push_back(x); }
""",
    "conv": """
void conv(const std::vector<double>& in, const std::vector<double>& w, std::vector<double>& out, int n,
    int k) {
  for (int i=0;i+k<=n;++i){ double s=0; for (int j=0;j<k;++j) s+=in[i+j]*w[j]; out[i]=s; } }
""",
    "life": """
void life(const std::vector<int>& g, std::vector<int>& o, int rows, int cols) {
  for (int i=0;i<rows;++i) for (int j=0;j<cols;++j) { int c=0; for (int di=-1;di<=1;++di) for (int
    dj=-1;dj<=1;++dj) { int ni=i+di, nj=j+dj; if (ni<0||ni>=rows||nj<0||nj>=cols) continue;
    c+=g[ni*cols+nj]; } o[i*cols+j]=c; } }
""",
    "scatter": """
void scatter(const std::vector<double>& in, const std::vector<int>& perm, std::vector<double>& out) {
  for (size_t i=0;i<in.size();++i) out[perm[i]]=in[i]; }
""",
    "helper": """
static double row(const double* a, int n) {
  double s=0; for (int i=0;i<n;++i) s+=a[i]; return s; } void helper(const std::vector<double>& m,
    std::vector<double>& r, int rows, int cols) { for (int i=0;i<rows;++i) r[i]=row(&m[i*cols], cols); }
""",
    "unknown": """
int unknown(const double* a, int* b) {
  int k=0; while (a[k] > 0) { b[k] = 1; k++; } return k; }
""",
    "desc": """
void desc(double* a, const double* b, int n) {
  for (int i = n - 1; i >= 0; --i) a[i] = b[n-1-i]; }
""",
    "qsort": """
void qsort_(std::vector<int>& v, int lo, int hi) {
  int p = v[hi]; int i = lo - 1; for (int j = lo; j < hi; ++j) if (v[j] < p) { ++i; std::swap(v[i],
    v[j]); } }
""",
    "tile": """
void tile(const double* A, double* B, int n) {
  const int T = 16; for (int ii=0; ii<n; ii+=T) for (int jj=0; jj<n; jj+=T) for (int i=ii;
    i<std::min(ii+T,n); ++i) for (int j=jj; j<std::min(jj+T,n); ++j) B[j*n+i]=A[i*n+j]; }
""",
    "arr": """
double arr(const std::vector<std::array<double,3>>& p) {
  double s=0; for (const auto& q : p) s+=q[0]*q[1]; return s; }
""",
    "xyz": """
double xyz(const double* pos, int n) {
  double s=0; for (int i=0;i<n;++i) s+=pos[3*i]+pos[3*i+1]+pos[3*i+2]; return s; }
""",
    "c3": """
void c3(const float* in, float* out, int nx, int ny, int nz) {
  for (int k=1;k<nz-1;++k) for (int j=1;j<ny-1;++j) for (int i=1;i<nx-1;++i)
    out[(k*ny+j)*nx+i]=in[((k-1)*ny+j)*nx+i]+in[((k+1)*ny+j)*nx+i]; }
""",
    "mm": """
void mm(const std::vector<std::vector<double>>& A, const std::vector<std::vector<double>>& B,
    std::vector<std::vector<double>>& C) {
  int n=A.size(), m=B[0].size(), p=B.size(); for (int i=0;i<n;i++) for (int j=0;j<m;j++) for (int
    k=0;k<p;k++) C[i][j]+=A[i][k]*B[k][j]; }
""",
    "minsz": """
double minsz(const std::vector<double>& a, const std::vector<double>& b) {
  size_t n = std::min(a.size(), b.size()); double s=0; for (size_t i=0;i<n;++i) s+=a[i]*b[i]; return s; }
""",
    "axpy": """
void axpy(double a, const std::vector<double>& x, std::vector<double>& y) {
  for (std::size_t i = 0; i < x.size(); ++i) y[i] += a * x[i]; }
""",
    "bsearch": """
int bsearch(const std::vector<int>& v, int key) {
  int lo=0, hi=(int)v.size()-1; while (lo<=hi) { int mid=lo+(hi-lo)/2; if (v[mid]==key) return mid; if
    (v[mid]<key) lo=mid+1; else hi=mid-1; } return -1; }
""",
    "merge": """
void merge(const std::vector<int>& a, const std::vector<int>& b, std::vector<int>& out) {
  size_t i=0,j=0,k=0; while (i<a.size() && j<b.size()) out[k++] = a[i]<b[j]?a[i++]:b[j++]; }
""",
    "bfs": """
void bfs(const std::vector<int>& offs, const std::vector<int>& edges, std::vector<int>& dist, int src) {
  int n = offs.size()-1; for (int i=0;i<n;++i) dist[i]=-1; std::vector<int> q; q.push_back(src);
    dist[src]=0; for (size_t h=0;h<q.size();++h) { int v=q[h]; for (int e=offs[v]; e<offs[v+1]; ++e) {
    int u=edges[e]; if (dist[u]<0) { dist[u]=dist[v]+1; q.push_back(u);} } } }
""",
    "tri": """
void tri(const double* L, const double* b, double* x, int n) {
  for (int i=0;i<n;++i) { double s=b[i]; for (int j=0;j<i;++j) s-=L[i*n+j]*x[j]; x[i]=s/L[i*n+i]; } }
""",
}

// kind: arithmetic
// ranges: adjacent=0:1
// Counts triples of vertices that are all joined, by the matrix of who is joined to whom.
#include <vector>

long triangles(const std::vector<unsigned char>& adjacent, int n) {
    long count = 0;
    for (int a = 0; a < n; ++a)
        for (int b = a + 1; b < n; ++b) {
            if (!adjacent[a * n + b]) continue;
            for (int c = b + 1; c < n; ++c) count += adjacent[a * n + c] & adjacent[b * n + c];
        }
    return count;
}

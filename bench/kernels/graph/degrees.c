/* kind: memory */
/* sizes: from=edges, to=edges, degree=vertices */
/* ranges: from=0:vertices-1, to=0:vertices-1 */
/* generators: from=graph, to=graph */
#include <stddef.h>

void degrees(const int *from, const int *to, size_t edges, unsigned *degree, size_t vertices)
{
    size_t i;
    for (i = 0; i < vertices; ++i)
        degree[i] = 0;
    for (i = 0; i < edges; ++i) {
        degree[from[i]]++;
        degree[to[i]]++;
    }
}

// kind: memory
// sizes: key=n, value=n, groups=k
// ranges: key=0:k-1
// Sum and number of the values in each group.
#include <vector>

struct Group {
    double sum;
    long count;
};

void group_sums(const std::vector<int>& key, const std::vector<double>& value, std::vector<Group>& groups) {
    for (std::size_t i = 0; i < key.size(); ++i) {
        Group& g = groups[key[i]];
        g.sum += value[i];
        g.count += 1;
    }
}

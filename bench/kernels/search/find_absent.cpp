// kind: memory
// ranges: values=0:1000, wanted=-9:-1
// The first place of a value that is not there, so that all are looked at.
#include <algorithm>
#include <vector>

long find_absent(const std::vector<int>& values, int wanted) {
    const auto found = std::find(values.begin(), values.end(), wanted);
    return found == values.end() ? -1 : found - values.begin();
}

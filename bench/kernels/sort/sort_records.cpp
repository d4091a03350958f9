// kind: arithmetic
// ranges: records=-1000:1000
#include <algorithm>
#include <vector>

struct Record {
    int key;
    int id;
};

void sort_records(std::vector<Record>& records) {
    std::sort(records.begin(), records.end(), [](const Record& a, const Record& b) {
        if (a.key != b.key) return a.key < b.key;
        return a.id < b.id;
    });
}
